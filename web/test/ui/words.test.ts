import assert from "node:assert/strict";
import { test } from "node:test";
import { nowhere } from "../../src/ui/invite.ts";
import { noRules, restReason } from "../../src/ui/pausing.ts";
import { emptySession, type SessionView } from "../../src/ui/session.ts";
import { initialState, type StudioState } from "../../src/ui/state.ts";
import { advice, headline, linkWords, nothingToLearn, sending } from "../../src/ui/words.ts";
import { tableTask } from "../input/support.ts";

function state(session: Partial<SessionView>, more: Partial<StudioState> = {}): StudioState {
  const base = initialState({ ...nowhere, secret: "s" }, false);
  const task = { ...tableTask, exchange: { local_steps: 1, deadline_ms: 10_000 } };
  return { ...base, task, session: { ...emptySession, ...session }, ...more };
}

test("an exchange is told only when it lasts, and for how long", () => {
  const exchanging = state({ phase: "exchanging", phaseSinceMs: 1000 });
  assert.equal(headline(exchanging, 1200), "Learning from your data");
  assert.equal(headline(exchanging, 2000), "Exchanging what was learnt");
  assert.match(advice(exchanging, 2000), /at most 9 seconds more/);
  assert.match(advice(exchanging, 10_500), /at most 1 second more/);
  assert.match(advice(exchanging, 60_000), /waits on for them/);
});

test("without data a sample is proposed where there is one", () => {
  const sample = { shards: [{ table: "a.csv" }] };
  const withSample = state({}, { task: { ...tableTask, sample } });
  assert.match(advice(withSample, 0), /or a sample with one click/);
  assert.match(nothingToLearn(withSample), /or take a sample/);
  const { sample: _, ...own } = tableTask;
  const without = state({}, { task: own });
  assert.match(advice(without, 0), /no sample comes/);
  assert.match(nothingToLearn(without), /^Connect data of your own first/);
});

test("who is missing is counted", () => {
  assert.match(headline(state({ phase: "waiting", missing: 1 }), 0), /one more participant$/);
  assert.match(headline(state({ phase: "waiting", missing: 3 }), 0), /3 more participants$/);
});

test("what is sent, and to whom, follows the choice", () => {
  const task = { ...tableTask, sends: "Changes." };
  assert.match(sending(task, state({}, { alone: true })), /^Nothing\./);
  const auto = sending(task, state({}));
  assert.match(auto, /^Changes\. .*directly and encrypted.*the server itself averages/);
  assert.ok(!sending(task, state({}, { mode: "decentralized" })).includes("averages"));
  assert.match(sending(task, state({}, { mode: "federated" })), /to the server, which averages/);
  const open = state({}, { place: { ...nowhere, room: "r" } });
  assert.match(sending(task, open), /server is trusted/);
});

test("a way to somebody is described in plain words", () => {
  const link = { link: 1, peer: "a", path: "direct" as const, sentBytes: 2_000_000, receivedBytes: 0 };
  assert.equal(linkWords(undefined), "");
  assert.equal(linkWords(link), "2.0 MB sent");
  const bad = { ...link, via: "turn" as const, roundTripMs: 80.4, wireSentBytes: 3_000_000, restarts: 2 };
  assert.equal(
    linkWords(bad),
    "by a relay server (TURN), 80 ms away, 2.0 MB sent, 50.0 % on top: the connection loses much, way changed 2 times",
  );
});

test("training rests by the visitor's rules only, and says why", () => {
  const away = { hidden: true, battery: true, metered: undefined };
  assert.equal(restReason(noRules, away), undefined);
  assert.match(restReason({ ...noRules, hidden: true }, away) ?? "", /background/);
  assert.match(restReason({ ...noRules, battery: true }, away) ?? "", /charged/);
  assert.equal(restReason({ ...noRules, metered: true }, away), undefined, "not known");
  assert.match(restReason({ ...noRules, metered: true }, { ...away, metered: true }) ?? "", /metered/);
  assert.match(advice(state({ phase: "paused" }, { resting: "Resting." }), 0), /^Resting\. It goes on by itself/);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import type { TrainerEvent } from "../../src/index.ts";
import { personName } from "../../src/ui/format.ts";
import { emptySession, reduceSession, withLine, withPhase } from "../../src/ui/session.ts";

const kPeer = "0b1c2d".padEnd(64, "4");

function status(
  state: "connecting" | "waiting" | "training" | "exchanging" | "stopped",
  more: { mode?: "local" | "decentralized" | "federated"; missing?: number; text?: string } = {},
): TrainerEvent {
  return { kind: "status", state, mode: "decentralized", text: state, ...more };
}

function step(loss: number, accuracy = 0.5, steps = 1): TrainerEvent {
  return {
    kind: "step",
    round: 1,
    epoch: 0.5,
    loss,
    accuracy,
    count: 16 * steps,
    steps,
    stepMs: 2,
  };
}

function round(number: number, peers: string[] = []): TrainerEvent {
  return {
    kind: "round",
    round: number,
    participants: peers.length,
    peers,
    weight: 1,
    modelHash: "ab".repeat(32),
    sentBytes: 10,
    receivedBytes: 20,
  };
}

function peer(
  name: string,
  state: "joined" | "left" | "late" | "refused",
  path?: "direct" | "relayed",
): TrainerEvent {
  return {
    kind: "peer",
    peer: name,
    state,
    ...(path ? { path } : {}),
    text: `${name.slice(0, 6)} ${state}.`,
  };
}

test("the trainer's states are the phases, until stopping is asked for", () => {
  let view = reduceSession(
    emptySession,
    [status("connecting"), status("waiting", { missing: 2 })],
    5,
  );
  assert.equal(view.phase, "waiting");
  assert.equal(view.missing, 2);
  assert.equal(view.phaseSinceMs, 5);
  view = reduceSession(withPhase(view, "stopping", 6), [status("training"), status("stopped")], 7);
  assert.equal(view.phase, "stopping");
  assert.equal(view.phaseSinceMs, 6);
});

test("steps count, and a round ends them", () => {
  const view = reduceSession(emptySession, [step(1, 0.5, 3), step(0.5)], 0);
  assert.equal(view.steps, 4);
  assert.equal(view.stepsInRound, 4);
  assert.deepEqual(view.curve.step, [3, 4]);
  const next = reduceSession(view, [round(7, [kPeer])], 1);
  assert.equal(next.round, 7);
  assert.equal(next.stepsInRound, 0);
  assert.equal(next.steps, 4);
  assert.equal(next.sentBytes, 10);
  assert.equal(view.round, 0, "the view before is left as it was");
});

test("who is late is here again after a round with them; who left stays marked", () => {
  const other = "ff".repeat(32);
  let view = reduceSession(
    emptySession,
    [peer(kPeer, "joined", "relayed"), peer(other, "joined", "direct")],
    0,
  );
  assert.deepEqual(
    view.people.map(({ state, path }) => [state, path]),
    [
      ["here", "relayed"],
      ["here", "direct"],
    ],
  );
  view = reduceSession(view, [peer(kPeer, "late"), round(1, [other]), peer(other, "left")], 1);
  assert.deepEqual(
    view.people.map(({ state, path }) => [state, path]),
    [
      ["late", "relayed"],
      ["left", "direct"],
    ],
  );
  view = reduceSession(view, [round(2, [kPeer, other])], 2);
  assert.deepEqual(
    view.people.map(({ state }) => state),
    ["here", "left"],
  );
});

test("people are called by their names, and who left gives way first", () => {
  let view = reduceSession(emptySession, [peer(kPeer, "left")], 0);
  const name = personName(kPeer);
  assert.equal(view.lines[0]?.text, `${name.charAt(0).toUpperCase()}${name.slice(1)} left.`);
  assert.equal(view.lines[0]?.tone, "warning");
  const crowd = Array.from({ length: 45 }, (_, i) => peer(String(i).padStart(64, "0"), "joined"));
  view = reduceSession(view, crowd, 1);
  assert.equal(view.people.length, 40);
  assert.ok(view.people.every((person) => person.state === "here"));
});

test("what happened is told once, and only the latest is kept", () => {
  let view = emptySession;
  for (let i = 0; i < 100; ++i)
    view = withLine(withLine(view, "plain", `${i}`, i), "plain", `${i}`, i);
  assert.equal(view.lines.length, 60);
  assert.equal(view.lines.at(-1)?.text, "99");
  view = reduceSession(view, [status("training", { text: "Training for round 3." })], 0);
  assert.equal(view.lines.at(-1)?.text, "99", "what repeats in every round is no news");
});

test("falling back to the server is told", () => {
  let view = reduceSession(emptySession, [status("connecting")], 0);
  view = reduceSession(
    view,
    [status("connecting", { mode: "federated", text: "No way to a peer." })],
    1,
  );
  assert.equal(view.mode, "federated");
  assert.ok(
    view.lines.some((line) => line.tone === "warning" && line.text.includes("through the server")),
  );
  view = reduceSession(
    view,
    [{ kind: "warning", code: "server-lost", text: "The server is away." }],
    2,
  );
  assert.equal(view.lines.at(-1)?.text, "The server is away.");
});

test("judgements stand at the step they were made at; done gives the last hash", () => {
  const view = reduceSession(
    emptySession,
    [
      step(1),
      { kind: "evaluation", round: 1, loss: 0.4, metrics: { accuracy: 0.9 }, count: 10 },
      { kind: "done", round: 2, modelHash: "cd" },
    ],
    0,
  );
  assert.deepEqual(view.evaluations, [
    { step: 1, round: 1, loss: 0.4, accuracy: 0.9, metrics: { accuracy: 0.9 }, count: 10 },
  ]);
  assert.deepEqual(view.judged, view.evaluations[0]);
  assert.equal(view.round, 2);
  assert.equal(view.modelHash, "cd");
});

test("how a peer is connected is told when it joins", () => {
  const view = reduceSession(
    emptySession,
    [peer(kPeer, "joined", "relayed"), peer("ff".repeat(32), "joined", "direct")],
    0,
  );
  assert.match(view.lines[0]?.text ?? "", /joined\. No direct connection: relayed, encrypted\.$/);
  assert.match(view.lines[1]?.text ?? "", /joined\. Direct connection\.$/);
});

test("in a star the rounds tell who is there, and the server is nobody", () => {
  const [a, b] = ["aa".repeat(32), "bb".repeat(32)];
  let view = reduceSession(
    emptySession,
    [status("waiting", { mode: "federated" }), peer(kPeer, "joined"), round(1, [a, b])],
    0,
  );
  assert.deepEqual(
    view.people.map(({ peer: name, state, path }) => [name, state, path]),
    [
      [a, "here", "coordinator"],
      [b, "here", "coordinator"],
    ],
  );
  view = reduceSession(view, [round(2, [b])], 1);
  assert.deepEqual(
    view.people.map(({ peer: name, state }) => [name, state]),
    [
      [b, "here"],
      [a, "left"],
    ],
  );
});

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import type { Task } from "../../src/task.ts";
import type { TrainerOptions } from "../../src/trainer/types.ts";
import { type Harness, ParticipantPage } from "./harness.ts";
import { type Moment, watchEvents, watchMoments } from "./moments.ts";

// Rooms of pages that a test stops at a moment of its choice, and the moments that there are.

const waitMs = 60_000;
/** All moments are asked for, instead of every other one. */
export const all = process.env["DEAI_PHASES"] === "all";

/** Every other one, from the first or from the second on. */
export const half = <T>(whole: T[], from: 0 | 1 = 0) => whole.filter((_, at) => at % 2 === from);
export const everyday = <T>(whole: T[]) => (all ? whole : half(whole));

export type Named = readonly [name: string, moment: Moment];

/** The moments of a round in a room of three. */
export const inRounds: Named[] = [
  ["a round begins", { kind: "event", event: "status", state: "training" }],
  ["in its local steps", { kind: "event", event: "step" }],
  ["a part of its update has left", { kind: "packet", way: "sent", packet: "update", part: "first" }],
  ["its update has left for one", { kind: "packet", way: "sent", packet: "update", part: "last" }],
  ["its update has left for all", { kind: "packet", way: "sent", packet: "update", part: "last", nth: 2 }],
  ["others' updates come", { kind: "packet", way: "received", packet: "update", part: "first" }],
  ["the last of others' updates is there", { kind: "packet", way: "received", packet: "update", part: "last", nth: 2 }],
  ["it has told one of the commit", { kind: "packet", way: "sent", packet: "commit", part: "last" }],
  ["it has told all of the commit", { kind: "packet", way: "sent", packet: "commit", part: "last", nth: 2 }],
  ["it hears of a commit", { kind: "packet", way: "received", packet: "commit", part: "last" }],
];
/** Those that a room of two has, too. */
export const inRoundsOfTwo = inRounds.filter(
  ([, moment]) => moment.kind !== "packet" || moment.nth === undefined,
);
/** Of a page that joins. */
export const inJoining: Named[] = [
  ["it looks for the others", { kind: "socket", data: "text", nth: 3 }],
  ["it has said who it is", { kind: "packet", way: "sent", packet: "proof", part: "last" }],
  ["it has asked for the model", { kind: "packet", way: "sent", packet: "fetch", part: "last" }],
  ["a part of the model is there", { kind: "packet", way: "received", packet: "model", part: "first" }],
];

/** Of some frames an update, and of steps enough that one can die between them. */
export async function longerTitanic(localSteps = 60): Promise<Task> {
  const url = new URL("../../../tasks/titanic/task.json", import.meta.url);
  const task = JSON.parse(await readFile(url, "utf8")) as Task;
  const layers = task.model.layers.map((layer) =>
    layer.kind === "dense" && layer.units === 32 ? { ...layer, units: 512 } : layer,
  );
  return { ...task, model: { ...task.model, layers }, exchange: { ...task.exchange, local_steps: localSteps } };
}

export interface Life {
  page: Page;
  participant: ParticipantPage;
}

/** Somebody new with a shard of the sample, or, `beside` a page, in its browser. Does not train yet. */
export async function enter(
  harness: Harness,
  shard: number,
  where: { browser?: Browser; beside?: Page; webRtc?: boolean },
  options: Partial<TrainerOptions> = {},
): Promise<Life> {
  const page = await harness.newPage(where);
  if (!where.beside) await page.context().addInitScript(watchMoments);
  await harness.openBlank(page);
  const participant = new ParticipantPage(page, () => page.close());
  await participant.create({
    ...{ task: await longerTitanic(), taskUrl: `${harness.server.url}/tasks/titanic/task.json` },
    ...{ room: "phases", secret: "secret", mode: "decentralized", seed: shard },
    ...options,
  });
  await participant.addSamples(shard);
  await watchEvents(page);
  return { page, participant };
}

export const each = (lives: Life[], act: (participant: ParticipantPage) => Promise<unknown>) =>
  Promise.all(lives.map(({ participant }) => act(participant)));
export const highest = async (lives: Life[]) =>
  Math.max(...(await Promise.all(lives.map(({ participant }) => participant.round()))));

/** They go on: so many rounds more than any of them has now. */
export async function goOn(lives: Life[], timeoutMs = waitMs): Promise<void> {
  const end = (await highest(lives)) + 3;
  await each(lives, (participant) => participant.reached(end, timeoutMs));
}

/** All end at one round with one model, and to nobody a round came twice or backwards. */
export async function endAlike(lives: Life[]): Promise<void> {
  await each(lives, (participant) => participant.stop());
  const end = Math.max(await highest(lives), 12) + 3;
  await each(lives, (participant) => participant.run({ untilRound: end }));
  await each(lives, (participant) => participant.finished(waitMs));
  const ends = await Promise.all(
    lives.map(async ({ participant }) => `${String(await participant.round())} ${await participant.modelHash()}`),
  );
  assert.equal(new Set(ends).size, 1, ends.join("\n"));
  for (const { participant } of lives) {
    const rounds = (await participant.events("round")).map(({ round }) => round);
    assert.deepEqual(rounds, [...new Set(rounds)].sort((a, b) => a - b));
    const { metrics } = await participant.evaluate();
    assert.ok((metrics.accuracy ?? 0) >= 0.75, `accuracy ${String(metrics.accuracy)}`);
  }
}

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { Harness, type ParticipantPage } from "./harness.ts";

// Pages that close and join in the middle, and a server that is killed. titanic's rounds follow each
// other without a pause, so that each of these falls into one. Waits are bounded by the round's
// deadline (10 s in task.json) and much slack for slow machines.

const waitMs = 60_000;
const limits = { timeout: 240_000 };
const modes = ["decentralized", "federated"] as const;
type Mode = (typeof modes)[number];

async function openPages(
  harness: Harness,
  mode: Mode,
  shards: number[],
): Promise<ParticipantPage[]> {
  const pages: ParticipantPage[] = [];
  for (const shard of shards) {
    const page = await harness.newParticipant({ task: "titanic", room: "faults", mode });
    await page.addSamples(shard);
    pages.push(page);
  }
  return pages;
}

function runAll(pages: ParticipantPage[], untilRound?: number): Promise<unknown> {
  const options = untilRound === undefined ? {} : { untilRound };
  return Promise.all(pages.map((page) => page.run(options)));
}

function reachedByAll(pages: ParticipantPage[], round: number): Promise<unknown> {
  return Promise.all(pages.map((page) => page.reached(round, waitMs)));
}

async function highestRound(pages: ParticipantPage[]): Promise<number> {
  return Math.max(...(await Promise.all(pages.map((page) => page.round()))));
}

/** All have come to the end of run(), at the same round and with the same model. */
async function endAlike(pages: ParticipantPage[]): Promise<void> {
  await Promise.all(pages.map((page) => page.finished(waitMs)));
  const ends = await Promise.all(
    pages.map(async (page) => `${String(await page.round())} ${await page.modelHash()}`),
  );
  assert.equal(new Set(ends).size, 1, ends.join("\n"));
}

/** Stops all that run without an end, and gives them a common one some rounds on. */
async function bringToAnEnd(pages: ParticipantPage[]): Promise<void> {
  for (const page of pages) await page.stop();
  await runAll(pages, (await highestRound(pages)) + 3);
  await endAlike(pages);
}

async function closedInMidRound(t: TestContext, mode: Mode): Promise<void> {
  const harness = await Harness.start(t);
  const pages = await openPages(harness, mode, [0, 1, 2]);
  await runAll(pages);
  await reachedByAll(pages, 3);
  const [first, second, leaver] = pages;
  assert.ok(first && second && leaver);
  await leaver.close();
  const others = [first, second];
  const closed = await highestRound(others);
  await reachedByAll(others, closed + 5);
  const rounds = (await first.events("round")).filter(({ round }) => round > closed + 3);
  assert.ok(rounds.length > 0);
  assert.ok(rounds.every(({ participants }) => participants === 2));
  await bringToAnEnd(others);
  harness.checkNoErrors();
}

async function joinedLater(t: TestContext, mode: Mode): Promise<void> {
  const harness = await Harness.start(t);
  const pages = await openPages(harness, mode, [0, 1, 2]);
  const [first, second, joiner] = pages;
  assert.ok(first && second && joiner);
  await runAll([first, second]);
  await reachedByAll([first, second], 3);
  await joiner.run({});
  await joiner.sawRoundOf(3, waitMs);
  const joined = await joiner.events("round");
  assert.ok((joined[0]?.round ?? 0) > 3, "it took the room's model over");
  await first.reached(joined.at(-1)?.round ?? 0, waitMs);
  const hashes = new Map((await first.events("round")).map((event) => [event.round, event.modelHash]));
  for (const { round, modelHash } of joined) assert.equal(hashes.get(round), modelHash);
  await bringToAnEnd(pages);
  harness.checkNoErrors();
}

for (const mode of modes) {
  test(`${mode}: a page closed in mid round, the others go on`, limits, (t) =>
    closedInMidRound(t, mode),
  );
  test(`${mode}: a page that joins after round 3 ends with the same model`, limits, (t) =>
    joinedLater(t, mode),
  );
}

test("decentralized: killing the server stops nobody; who comes after its restart joins", limits, async (t) => {
  const harness = await Harness.start(t);
  const pages = await openPages(harness, "decentralized", [0, 1, 2]);
  const [first, second, late] = pages;
  assert.ok(first && second && late);
  await runAll([first, second]);
  await reachedByAll([first, second], 3);
  await harness.server.kill();
  const killed = await highestRound([first, second]);
  await reachedByAll([first, second], killed + 5);
  await harness.server.restart();
  await late.run({});
  await late.sawRoundOf(3, waitMs);
  const [joined] = await late.events("round");
  assert.ok((joined?.round ?? 0) > killed, `${JSON.stringify(joined)} after ${String(killed)}`);
  await bringToAnEnd(pages);
  harness.checkNoErrors();
});

test("federated: after a kill of the server its pages go on from where they were", limits, async (t) => {
  const harness = await Harness.start(t);
  const pages = await openPages(harness, "federated", [0, 1]);
  await runAll(pages);
  await reachedByAll(pages, 3);
  await harness.server.kill();
  const killed = await highestRound(pages);
  assert.ok(killed >= 3);
  await harness.server.restart();
  await reachedByAll(pages, killed + 3);
  await bringToAnEnd(pages);
  for (const page of pages) {
    const numbers = (await page.events("round")).map(({ round }) => round);
    assert.equal(new Set(numbers).size, numbers.length, "no round was lost and done again");
  }
  harness.checkNoErrors();
});

test("federated: the stored model outlives the server and all pages", limits, async (t) => {
  const harness = await Harness.start(t);
  const before = await openPages(harness, "federated", [0, 1]);
  await runAll(before, 8);
  await endAlike(before);
  await harness.server.kill();
  for (const page of before) await page.close();
  await harness.server.restart();
  const after = await openPages(harness, "federated", [2, 3]);
  await runAll(after, 10);
  await endAlike(after);
  for (const page of after) {
    assert.deepEqual((await page.events("round")).map(({ round }) => round), [9, 10]);
  }
  harness.checkNoErrors();
});

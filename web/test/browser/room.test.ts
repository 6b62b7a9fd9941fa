import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { LinkPath } from "../../src/net/types.ts";
import type { TrainerOptions } from "../../src/trainer/types.ts";
import { Harness, type ParticipantPage } from "./harness.ts";

// Pages that train one model together, by every path; all waits are bounded, none measures speed.

const joinMs = 60_000;
const trainMs = 240_000;

type Options = Partial<Omit<TrainerOptions, "task">> & { webRtc?: boolean };

/** One page per list of shards, all in one room. */
async function openRoom(
  harness: Harness,
  task: string,
  shards: number[][],
  options: (index: number) => Options,
): Promise<ParticipantPage[]> {
  const pages: ParticipantPage[] = [];
  for (const [index, own] of shards.entries()) {
    const common = { task, room: "room of the test", secret: "secret", seed: index + 1 };
    const page = await harness.newParticipant({ ...common, ...options(index) });
    await page.addSamples(...own);
    pages.push(page);
  }
  return pages;
}

/** Two halves of titanic's sample, trained together: what each must have come to. */
async function trainTitanic(
  t: TestContext,
  options: (index: number) => Options,
  expected: { path: LinkPath; mode: "decentralized" | "federated" },
  serverArguments: string[] = [],
): Promise<void> {
  const harness = await Harness.start(t, serverArguments);
  const halves = [
    [0, 1],
    [2, 3],
  ];
  const pages = await openRoom(harness, "titanic", halves, options);
  await Promise.all(pages.map((page) => page.run({ untilRound: 12 })));
  await Promise.all(pages.map((page) => page.finished(trainMs)));
  const hashes = await Promise.all(pages.map((page) => page.modelHash()));
  assert.equal(new Set(hashes).size, 1);
  for (const page of pages) {
    const { metrics, count } = await page.evaluate();
    t.diagnostic(`accuracy ${String(metrics.accuracy)}`);
    assert.ok((metrics.accuracy ?? 0) >= 0.78, `accuracy ${String(metrics.accuracy)}`);
    assert.ok(count >= 250);
    assert.deepEqual(await page.paths(), [expected.path]);
    const status = (await page.events("status")).at(-1);
    assert.equal(status?.mode, expected.mode);
    const rounds = await page.events("round");
    assert.ok(rounds.every(({ participants }) => participants === 2));
  }
  harness.checkNoErrors();
}

/** All ten shards of mnist on three pages. */
async function trainMnist(t: TestContext, mode: "decentralized" | "federated"): Promise<void> {
  const harness = await Harness.start(t);
  const shards = [
    [0, 1, 2, 3],
    [4, 5, 6],
    [7, 8, 9],
  ];
  const pages = await openRoom(harness, "mnist", shards, () => ({ mode, minParticipants: 3 }));
  await Promise.all(pages.map((page) => page.run({ untilRound: 20 })));
  await Promise.all(pages.map((page) => page.finished(trainMs)));
  const hashes = await Promise.all(pages.map((page) => page.modelHash()));
  assert.equal(new Set(hashes).size, 1);
  let trained = 0;
  for (const page of pages) {
    for (const { count } of await page.events("step")) trained += count;
  }
  assert.ok(trained <= 3 * 60_000, `${String(trained)} images, more than 3 epochs`);
  const [first] = pages;
  assert.ok(first);
  const { metrics, count } = await first.evaluate();
  t.diagnostic(`accuracy ${String(metrics.accuracy)} after ${String(trained)} images`);
  assert.equal(count, 10_000);
  assert.ok((metrics.accuracy ?? 0) >= 0.97, `accuracy ${String(metrics.accuracy)}`);
  harness.checkNoErrors();
}

const limits = { timeout: joinMs + trainMs };

test("titanic, decentralized: both pages reach 0.78 and one model", limits, (t) =>
  trainTitanic(t, () => ({ mode: "decentralized" }), { path: "direct", mode: "decentralized" }),
);

test("titanic, federated", limits, (t) =>
  trainTitanic(t, () => ({ mode: "federated" }), { path: "coordinator", mode: "federated" }),
);

test("titanic, auto with WebRTC in both: direct", limits, (t) =>
  trainTitanic(t, () => ({ mode: "auto" }), { path: "direct", mode: "decentralized" }),
);

test("titanic, auto without WebRTC in one page: relayed", limits, (t) =>
  trainTitanic(t, (index) => ({ mode: "auto", webRtc: index > 0 }), {
    path: "relayed",
    mode: "decentralized",
  }),
);

test("titanic, auto without WebRTC in one page and without a relay: federated", limits, (t) =>
  trainTitanic(
    t,
    (index) => ({ mode: "auto", webRtc: index > 0 }),
    { path: "coordinator", mode: "federated" },
    ["--no-relay"],
  ),
);

test("mnist, decentralized: three pages reach 0.97 within 3 epochs in total", limits, (t) =>
  trainMnist(t, "decentralized"),
);

test("mnist, federated", limits, (t) => trainMnist(t, "federated"));

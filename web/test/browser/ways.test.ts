import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import type { SignallingChoice } from "../../src/net/signalling.ts";
import type { LinkPath } from "../../src/net/types.ts";
import { startPeerjsServer } from "../peerjsServer.ts";
import { Harness, type ParticipantPage } from "./harness.ts";

// Rooms whose participants find each other otherwise than by our server.

const trainMs = 60_000;
const limits = { timeout: 120_000 };
const rounds = 6;

function participant(harness: Harness, index: number, way: SignallingChoice, more: object = {}) {
  const common = { task: "titanic", room: "room of the test", secret: "secret", seed: index + 1 };
  return harness.newParticipant({ ...common, signalling: [way], ...more });
}

async function connectByHand(inviter: ParticipantPage, guest: ParticipantPage): Promise<void> {
  const answer = await guest.answer(await inviter.invite());
  assert.equal(await inviter.answer(answer ?? ""), undefined);
}

async function endInOneModel(pages: ParticipantPage[], path: LinkPath): Promise<void> {
  await Promise.all(pages.map((page) => page.finished(trainMs)));
  const hashes = await Promise.all(pages.map((page) => page.modelHash()));
  assert.equal(new Set(hashes).size, 1);
  for (const page of pages) {
    const paths = await page.paths();
    assert.deepEqual(new Set(paths), new Set([path]));
    assert.equal(paths.length, pages.length - 1);
    const { metrics } = await page.evaluate();
    assert.ok((metrics.accuracy ?? 0) >= 0.75, `accuracy ${String(metrics.accuracy)}`);
  }
}

test("thirty seconds without a network: the round waits, and both are back as soon as it is", limits, async (t) => {
  const harness = await Harness.start(t);
  const common = { task: "titanic", room: "room of the test", secret: "secret" };
  const pages = [
    await harness.newParticipant({ ...common, mode: "decentralized", webRtc: false }),
    await harness.newParticipant({ ...common, mode: "decentralized" }),
  ];
  await Promise.all(pages.map((page, index) => page.addSamples(index)));
  await Promise.all(pages.map((page) => page.run({})));
  await Promise.all(pages.map((page) => page.reached(2, trainMs)));
  await harness.server.kill();
  const contexts = pages.map(({ page }) => (page as Page).context());
  for (const context of contexts) await context.setOffline(true);
  await new Promise((resolve) => setTimeout(resolve, 30_000));
  const before = await Promise.all(pages.map((page) => page.round()));
  await harness.server.restart();
  for (const context of contexts) await context.setOffline(false);
  const most = Math.max(...before);
  // Not after the next of the growing delays, but at once.
  await Promise.all(pages.map((page) => page.reached(most + 2, 10_000)));
  for (const page of pages) {
    assert.deepEqual(await page.paths(), ["relayed"]);
    const links = (await page.events("links")).at(-1)?.links ?? [];
    assert.ok(links.every(({ roundTripMs }) => roundTripMs !== undefined));
  }
  harness.checkNoErrors();
});

test("titanic by a PeerJS server", limits, async (t) => {
  const harness = await Harness.start(t);
  const way = { kind: "peerjs" as const, url: await startPeerjsServer(t) };
  const pages = [await participant(harness, 0, way), await participant(harness, 1, way)];
  await Promise.all(pages.map((page, index) => page.addSamples(index)));
  await Promise.all(pages.map((page) => page.run({ untilRound: rounds })));
  await endInOneModel(pages, "direct");
  harness.checkNoErrors();
});

test("titanic between tabs, without WebRTC in one of them: through the tabs", limits, async (t) => {
  const harness = await Harness.start(t);
  const one = await participant(harness, 0, { kind: "tabs" });
  const more = { beside: one.page as Page, webRtc: false };
  const pages = [one, await participant(harness, 1, { kind: "tabs" }, more)];
  await Promise.all(pages.map((page, index) => page.addSamples(index)));
  await Promise.all(pages.map((page) => page.run({ untilRound: rounds })));
  await endInOneModel(pages, "relayed");
  harness.checkNoErrors();
});

test("titanic by hand in three pages: the third exchanges texts with one only", limits, async (t) => {
  const harness = await Harness.start(t);
  const more = { minParticipants: 3 };
  const pages: ParticipantPage[] = [];
  for (const index of [0, 1, 2]) {
    pages.push(await participant(harness, index, { kind: "byHand" }, more));
    await pages[index]?.addSamples(index);
    await pages[index]?.run({ untilRound: rounds });
  }
  await Promise.all(pages.map((page) => page.invite())); // by then all is loaded
  await harness.server.kill();
  const [one, two, three] = pages as [ParticipantPage, ParticipantPage, ParticipantPage];
  await connectByHand(one, two);
  await connectByHand(two, three);
  await Promise.all(pages.map((page) => page.reached(rounds, trainMs)));
  await harness.server.restart(); // the held-out sample is read from there
  await endInOneModel(pages, "direct");
  harness.checkNoErrors();
});

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import type { Exchange, Task } from "../../src/task.ts";
import type { TrainerOptions } from "../../src/trainer/types.ts";
import { Harness, ParticipantPage } from "./harness.ts";

// Rooms with more pages than their mesh takes, with the real server and real WebRTC.

const waitMs = 60_000;

async function titanicWith(exchange: Partial<Exchange>): Promise<Task> {
  const url = new URL("../../../tasks/titanic/task.json", import.meta.url);
  const task = JSON.parse(await readFile(url, "utf8")) as Task;
  return { ...task, exchange: { ...task.exchange, ...exchange } };
}

interface Watched {
  /** The most data channels that were open at once. */
  most: number;
}

/** Runs in pages. */
function watchLinks(): void {
  const watched = globalThis as unknown as Watched;
  watched.most = 0;
  const channels: RTCDataChannel[] = [];
  const { createDataChannel } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.createDataChannel = function (...given) {
    const channel = createDataChannel.apply(this, given);
    channels.push(channel);
    return channel;
  };
  setInterval(() => {
    const open = channels.filter(({ readyState }) => readyState === "open");
    watched.most = Math.max(watched.most, open.length);
  }, 20);
}

const mostLinks = (page: ParticipantPage): Promise<number> =>
  page.page.evaluate(() => (globalThis as unknown as Watched).most);

async function join(
  harness: Harness,
  task: Task,
  seed: number,
  mode: TrainerOptions["mode"],
): Promise<ParticipantPage> {
  const page = await harness.newPage();
  await page.addInitScript(watchLinks);
  await harness.openBlank(page);
  const participant = new ParticipantPage(page, () => page.context().close());
  await participant.create({
    ...{ task, taskUrl: `${harness.server.url}/tasks/titanic/task.json`, mode: mode ?? "auto" },
    ...{ room: "large", secret: "secret", seed, minParticipants: 2 },
  });
  await participant.addSamples(seed % 4);
  await participant.run({});
  return participant;
}

/** Waits until each has so many links and knows how many there are. */
async function matched(pages: ParticipantPage[], most: number): Promise<number[]> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    const all = await Promise.all(pages.map((page) => page.statistics()));
    const links = all.map((facts) => facts.links.length);
    const known = all.every(({ people }) => people === pages.length);
    if (known && links.every((count) => count > 0 && count <= most)) return links;
    const told = all.map(({ people, links: { length } }) => `${String(length)} of ${String(people)}`);
    assert.ok(Date.now() < deadline, told.join(", "));
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const limits = { timeout: 240_000 };

test("seven pages of a task whose mesh takes four: two links each, one leaves and one comes", limits, async (t) => {
  const harness = await Harness.start(t);
  const task = await titanicWith({ scheme: "choco", local_steps: 5, max_participants: 4 });
  const pages: ParticipantPage[] = [];
  for (let seed = 1; seed <= 7; seed++) pages.push(await join(harness, task, seed, "decentralized"));
  await matched(pages, 2);
  const begun = Math.max(...(await Promise.all(pages.map((page) => page.round()))));
  await Promise.all(pages.map((page) => page.reached(begun + 150, waitMs)));
  const [leaver] = pages.splice(2, 1);
  await leaver?.close();
  const newcomer = await join(harness, task, 8, "decentralized");
  pages.push(newcomer);
  await matched(pages, 2);
  // Nobody's rounds stop for it.
  const then = Math.max(...(await Promise.all(pages.map((page) => page.round()))));
  await Promise.all(pages.map((page) => page.reached(then + 150, waitMs)));
  const links = await matched(pages, 2);
  await Promise.all(pages.map((page) => page.stop()));
  for (const [index, page] of pages.entries()) {
    const { metrics } = await page.evaluate();
    const { consensusDistance } = await page.statistics();
    const { accuracy = 0 } = metrics;
    const most = await mostLinks(page);
    t.diagnostic(
      `accuracy ${accuracy.toFixed(3)}, ${String(await page.round())} rounds, models ${consensusDistance.toFixed(4)} apart, ${String(links[index])} links, at most ${String(most)}`,
    );
    assert.ok(accuracy >= 0.78, `accuracy ${String(accuracy)}`);
    assert.ok(consensusDistance > 0 && consensusDistance < 0.2, String(consensusDistance));
    assert.ok(most <= 3, `${String(most)} links at once`);
    const refused = (await page.events("peer")).filter(({ state }) => state === "refused");
    assert.deepEqual(refused, []);
  }
  assert.ok((await mostLinks(newcomer)) <= 2);
  harness.checkNoErrors();
});

test("one page more than the mesh of a common model takes: the room goes on through the server", limits, async (t) => {
  const harness = await Harness.start(t);
  const task = await titanicWith({ max_participants: 2 });
  const pages = [await join(harness, task, 1, "auto"), await join(harness, task, 2, "auto")];
  await Promise.all(pages.map((page) => page.reached(2, waitMs)));
  pages.push(await join(harness, task, 3, "auto"));
  await Promise.all(pages.map((page) => page.sawRoundOf(3, waitMs)));
  for (const page of pages) {
    assert.deepEqual(await page.paths(), ["coordinator"]);
    assert.equal((await page.events("status")).at(-1)?.mode, "federated");
  }
  harness.checkNoErrors();
});

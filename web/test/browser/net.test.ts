import assert from "node:assert/strict";
import { test } from "node:test";
import { build } from "esbuild";
import type { Page } from "playwright-core";
import type { Network, NetworkEvent, NetworkOptions } from "../../src/net/types.ts";
import { Harness } from "./harness.ts";

// The wires alone in real pages, with real WebRTC: no engine, no task.

const waitMs = 30_000;

interface PageGlobals {
  network: Network;
  events: NetworkEvent[];
}

async function bundleNet(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [new URL("../../src/net/network.ts", import.meta.url).pathname],
    bundle: true,
    format: "esm",
    external: ["ws"],
    write: false,
  });
  return outputFiles[0]?.text ?? "";
}

async function enter(
  harness: Harness,
  script: string,
  number: number,
  { webRtc = true, ...options }: Partial<NetworkOptions> & { webRtc?: boolean } = {},
): Promise<Page> {
  const page = await harness.newPage({ webRtc });
  await harness.openBlank(page, { "/net.js": script });
  const given = {
    server: harness.server.url,
    room: "test room",
    secret: "secret",
    peer: String(number).padStart(64, "0"),
    mode: "auto" as const,
    task: "{}",
    taskHash: "ab".repeat(32),
    minParticipants: 2,
    mesh: { most: 16, links: 0 },
    ...options,
  };
  await page.evaluate(async (networkOptions) => {
    const module = "/net.js";
    const { createNetwork } = (await import(module)) as typeof import("../../src/net/network.ts");
    const globals = globalThis as unknown as PageGlobals;
    globals.events = [];
    const onEvent = (event: NetworkEvent) => globals.events.push(event);
    globals.network = createNetwork({ ...networkOptions, onEvent });
  }, given);
  return page;
}

/** The path of the newest link that is up; waits for one. */
async function linkPath(page: Page): Promise<string> {
  const path = await page.waitForFunction(
    () => {
      const { events } = globalThis as unknown as PageGlobals;
      const up = events.findLast((event) => event.kind === "linkUp");
      const down = events.some((event) => event.kind === "linkDown" && event.link === up?.link);
      return down ? undefined : up?.path;
    },
    undefined,
    { timeout: waitMs, polling: 20 },
  );
  return (await path.jsonValue()) ?? "";
}

/** Sends numbered frames of 16 KiB on the newest link. */
function sendFrames(page: Page, count: number): Promise<void> {
  return page.evaluate((frames) => {
    const { network, events } = globalThis as unknown as PageGlobals;
    const up = events.findLast((event) => event.kind === "linkUp");
    for (let i = 0; i < frames; i++) {
      network.send(up?.link ?? 0, new Uint8Array(16 * 1024).fill(i & 0xff));
    }
  }, count);
}

/** The first bytes of that many frames, once they are there. */
async function receivedFrames(page: Page, count: number): Promise<number[]> {
  const frames = await page.waitForFunction(
    (wanted) => {
      const { events } = globalThis as unknown as PageGlobals;
      const all = events.flatMap((event) => (event.kind === "frames" ? event.frames : []));
      return all.length >= wanted ? all.map((frame) => frame[0]) : undefined;
    },
    count,
    { timeout: waitMs, polling: 20 },
  );
  return ((await frames.jsonValue()) ?? []) as number[];
}

async function drainedBytes(page: Page, bytes: number): Promise<void> {
  await page.waitForFunction(
    (wanted) => {
      const { events } = globalThis as unknown as PageGlobals;
      const drained = events.map((event) => (event.kind === "drained" ? event.bytes : 0));
      return drained.reduce((sum, part) => sum + part, 0) === wanted;
    },
    bytes,
    { timeout: waitMs, polling: 20 },
  );
}

const numbered = (count: number) => Array.from({ length: count }, (_, i) => i & 0xff);

test("two pages connect directly; 8 MB arrive in order; a closed page is noticed", async (t) => {
  const harness = await Harness.start(t);
  const script = await bundleNet();
  const one = await enter(harness, script, 1);
  const two = await enter(harness, script, 2);
  assert.equal(await linkPath(one), "direct");
  assert.equal(await linkPath(two), "direct");
  await Promise.all([sendFrames(one, 500), sendFrames(two, 300)]);
  assert.deepEqual(await receivedFrames(two, 500), numbered(500));
  assert.deepEqual(await receivedFrames(one, 300), numbered(300));
  await drainedBytes(one, 500 * 16 * 1024);
  await two.context().close();
  await one.waitForFunction(
    () => (globalThis as unknown as PageGlobals).events.some(({ kind }) => kind === "linkDown"),
    undefined,
    { timeout: waitMs, polling: 20 },
  );
  harness.checkNoErrors();
});

test("a page without WebRTC is relayed, and comes back after a kill of the server", async (t) => {
  const harness = await Harness.start(t);
  const script = await bundleNet();
  const one = await enter(harness, script, 1);
  const two = await enter(harness, script, 2, { webRtc: false });
  assert.equal(await linkPath(one), "relayed");
  await sendFrames(one, 200);
  assert.deepEqual(await receivedFrames(two, 200), numbered(200));
  await drainedBytes(one, 200 * 16 * 1024);
  await harness.server.kill();
  await one.waitForFunction(
    () => (globalThis as unknown as PageGlobals).events.some(({ kind }) => kind === "linkDown"),
    undefined,
    { timeout: waitMs, polling: 20 },
  );
  await harness.server.restart();
  assert.equal(await linkPath(one), "relayed");
  assert.equal(await linkPath(two), "relayed");
  harness.checkNoErrors();
});

test("direct links live on without the server", async (t) => {
  const harness = await Harness.start(t);
  const script = await bundleNet();
  const one = await enter(harness, script, 1);
  const two = await enter(harness, script, 2);
  assert.equal(await linkPath(one), "direct");
  assert.equal(await linkPath(two), "direct");
  await harness.server.kill();
  await one.waitForFunction(
    () => {
      const { events } = globalThis as unknown as PageGlobals;
      return events.some((event) => event.kind === "server" && event.state === "lost");
    },
    undefined,
    { timeout: waitMs, polling: 20 },
  );
  await sendFrames(one, 50);
  assert.deepEqual(await receivedFrames(two, 50), numbered(50));
});

test("a connection whose way is gone finds another one under the same link", async (t) => {
  const harness = await Harness.start(t);
  const script = await bundleNet();
  const one = await enter(harness, script, 1);
  const two = await enter(harness, script, 2);
  assert.equal(await linkPath(one), "direct");
  assert.equal(await linkPath(two), "direct");
  await sendFrames(one, 100);
  // The answerer's browser says that its connection has failed; what follows is real.
  await two.evaluate(() => {
    const { peerConnections: connections } = globalThis as unknown as { peerConnections: RTCPeerConnection[] };
    const connection = connections[0] as RTCPeerConnection;
    Object.defineProperty(connection, "connectionState", { get: () => "failed", configurable: true });
    connection.dispatchEvent(new Event("connectionstatechange"));
    Reflect.deleteProperty(connection, "connectionState");
  });
  await one.waitForFunction(
    async () => {
      const { network } = globalThis as unknown as PageGlobals;
      return (await network.statistics())[0]?.restarts === 1;
    },
    undefined,
    { timeout: waitMs, polling: 50 },
  );
  await sendFrames(one, 100);
  assert.deepEqual(await receivedFrames(two, 200), [...numbered(100), ...numbered(100)]);
  await one.waitForTimeout(9000); // the deadline of a restart
  for (const page of [one, two]) {
    const links = await page.evaluate(() => {
      const { events, network } = globalThis as unknown as PageGlobals;
      const changes = events.filter(({ kind }) => kind === "linkUp" || kind === "linkDown");
      return network.statistics().then((rows) => ({ changes: changes.length, rows }));
    });
    assert.equal(links.changes, 1);
    assert.equal(links.rows[0]?.via, "host");
    assert.ok(links.rows[0]?.roundTripMs !== undefined);
  }
  assert.deepEqual(await descriptions(one), await descriptions(two));
  harness.checkNoErrors();
});

/** Both ends speak of the same, newer way: the credentials that a restart changes. */
function descriptions(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const { peerConnections: connections } = globalThis as unknown as { peerConnections: RTCPeerConnection[] };
    const name = (sdp = "") => /a=ice-ufrag:(.*)/.exec(sdp)?.[1]?.trim() ?? "";
    const [connection] = connections;
    const { localDescription, remoteDescription } = connection as RTCPeerConnection;
    return [name(localDescription?.sdp), name(remoteDescription?.sdp)].sort();
  });
}

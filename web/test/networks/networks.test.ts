import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { Browser } from "playwright-core";
import type { LinkPath } from "../../src/net/types.ts";
import { type Coturn, startCoturn } from "../browser/coturn.ts";
import { Harness, launchChromium, type ParticipantPage } from "../browser/harness.ts";
import { internetAddress, makePlace, type Place } from "./place.ts";

// Two pages in two browsers, each behind a NAT of its own, by lines that lose 2 % of the packets and
// take 50 ms: 100 ms from page to page. Without a way there would be no training.

const line = { delayMs: 50, loss: 0.02 };
const waitMs = 60_000;
const limits = { timeout: 170_000 };

type Mode = "decentralized" | "federated";

interface Homes {
  place: Place;
  harness: Harness;
  /** One in each home. */
  browsers: Browser[];
}

/** `given`: what the server is told, with coturn at the same address. */
async function openHomes(
  t: TestContext,
  given: (coturn: Coturn) => string[],
): Promise<Homes | undefined> {
  const place = await makePlace(t, line);
  if (!place) return undefined;
  const coturn = await startCoturn(t, internetAddress, place.internet);
  const server = ["--host", internetAddress, "--https", ...given(coturn)];
  const [first, second] = place.homes;
  const harness = await Harness.start(t, server, { server: place.internet, browser: first });
  return { place, harness, browsers: [harness.browser, await launchChromium(t, second)] };
}

function openRoom({ harness, browsers }: Homes, mode: Mode): Promise<ParticipantPage[]> {
  return Promise.all(
    browsers.map(async (browser, at) => {
      const room = `two homes, ${mode}`;
      const common = { task: "titanic", room, secret: "secret", mode, seed: at };
      const page = await harness.newParticipant({ ...common, browser });
      await page.addSamples(2 * at, 2 * at + 1);
      return page;
    }),
  );
}

const stun = ({ host, port }: Coturn) => ["--ice", JSON.stringify([{ urls: `stun:${host}:${String(port)}` }])];

/** They train to their accuracy and one model; how they are connected meanwhile. */
async function train(homes: Homes): Promise<{ paths: LinkPath[]; ways: string[] }> {
  const pages = await openRoom(homes, "decentralized");
  await Promise.all(pages.map((page) => page.run({ untilRound: 12 })));
  await Promise.all(pages.map((page) => page.reached(2, waitMs)));
  const paths = (await Promise.all(pages.map((page) => page.paths()))).flat();
  const ways = (await Promise.all(pages.map((page) => page.candidates()))).flat();
  await endAlike(pages);
  homes.harness.checkNoErrors();
  return { paths, ways };
}

async function endAlike(pages: ParticipantPage[]): Promise<void> {
  await Promise.all(pages.map((page) => page.finished(waitMs)));
  const hashes = await Promise.all(pages.map((page) => page.modelHash()));
  assert.equal(new Set(hashes).size, 1);
  for (const page of pages) {
    const { metrics } = await page.evaluate();
    assert.ok((metrics.accuracy ?? 0) >= 0.78, `accuracy ${String(metrics.accuracy)}`);
  }
}

test("two NATs, 2 % loss, 100 ms: directly through both", limits, async (t) => {
  const homes = await openHomes(t, (coturn) => [...stun(coturn), "--no-relay"]);
  if (!homes) return;
  const { paths, ways } = await train(homes);
  assert.deepEqual(paths, ["direct", "direct"]);
  assert.equal(ways.length, 2);
  for (const way of ways) assert.match(way, /^(srflx|prflx)$/);
});

test("UDP blocked for one of them: by TURN over TCP", limits, async (t) => {
  const given = (coturn: Coturn) => [...coturn.serverArguments("udp", "tcp"), "--no-relay"];
  const homes = await openHomes(t, given);
  if (!homes) return;
  homes.place.blockUdp();
  const { paths, ways } = await train(homes);
  assert.deepEqual(paths, ["direct", "direct"]);
  assert.ok(ways.includes("relay by tcp"), ways.join());
});

test("UDP blocked and no TURN: by the server's relay", limits, async (t) => {
  const homes = await openHomes(t, stun);
  if (!homes) return;
  homes.place.blockUdp();
  const { paths } = await train(homes);
  assert.deepEqual(paths, ["relayed", "relayed"]);
});

test("one line away for 30 s in the middle of rounds: both kinds of room go on", limits, async (t) => {
  const homes = await openHomes(t, stun);
  if (!homes) return;
  const { place, harness } = homes;
  const rooms = await Promise.all([openRoom(homes, "decentralized"), openRoom(homes, "federated")]);
  const pages = rooms.flat();
  await Promise.all(pages.map((page) => page.run({})));
  await Promise.all(pages.map((page) => page.reached(3, waitMs)));
  place.cut();
  await new Promise((resolve) => setTimeout(resolve, 30_000));
  const before = await Promise.all(pages.map((page) => page.round()));
  place.join();
  await Promise.all(pages.map((page, at) => page.reached((before[at] ?? 0) + 3, 90_000)));
  for (const room of rooms) {
    for (const page of room) await page.stop();
    const rounds = await Promise.all(room.map((page) => page.round()));
    await Promise.all(room.map((page) => page.run({ untilRound: Math.max(...rounds, 12) + 3 })));
    await endAlike(room);
  }
  harness.checkNoErrors();
});

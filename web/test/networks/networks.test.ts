import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { Browser } from "playwright-core";
import type { LinkPath, LinkStatistics } from "../../src/net/types.ts";
import { type Coturn, startCoturn } from "../browser/coturn.ts";
import { Harness, launchChromium, type ParticipantPage } from "../browser/harness.ts";
import { arm, came, disarm, type Moment } from "../browser/moments.ts";
import { all, endAlike, enter, goOn, half, inJoining, inRoundsOfTwo, type Life, longerTitanic } from "../browser/phases.ts";
import { internetAddress, makePlace, type Place } from "./place.ts";

// Two pages in two browsers, each behind a NAT of its own, by lines that lose 2 % of the packets and
// take 50 ms: 100 ms from page to page. Without a way there would be no training.
//
//   DEAI_PHASES=all npm run test:networks     with every moment of a round, instead of every other one;
//                                             in two halves, as one machine cannot have so many pages

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
  await endWell(pages);
  homes.harness.checkNoErrors();
  return { paths, ways };
}

async function endWell(pages: ParticipantPage[]): Promise<void> {
  await Promise.all(pages.map((page) => page.finished(waitMs)));
  const hashes = await Promise.all(pages.map((page) => page.modelHash()));
  assert.equal(new Set(hashes).size, 1);
  for (const page of pages) {
    const { metrics } = await page.evaluate();
    assert.ok((metrics.accuracy ?? 0) >= 0.78, `accuracy ${String(metrics.accuracy)}`);
  }
}

/** They stop, and go on to a common end. */
async function goOnAlike(pages: ParticipantPage[]): Promise<void> {
  for (const page of pages) await page.stop();
  const rounds = await Promise.all(pages.map((page) => page.round()));
  await Promise.all(pages.map((page) => page.run({ untilRound: Math.max(...rounds, 12) + 3 })));
  await endWell(pages);
}

async function linkWhen(page: ParticipantPage, holds: (link: LinkStatistics) => boolean): Promise<LinkStatistics> {
  for (const untilMs = Date.now() + waitMs; ; ) {
    const [link] = (await page.statistics()).links;
    if (link && holds(link)) return link;
    assert.ok(Date.now() < untilMs, JSON.stringify(link));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Whom the page missed meanwhile. */
async function leavers(page: ParticipantPage): Promise<string[]> {
  return (await page.events("peer")).filter(({ state }) => state === "left").map(({ text }) => text);
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

test("UDP blocked and no TURN: by the server's relay; directly once it is let through", limits, async (t) => {
  const homes = await openHomes(t, stun);
  if (!homes) return;
  homes.place.blockUdp();
  const pages = await openRoom(homes, "decentralized");
  await Promise.all(pages.map((page) => page.run({})));
  await Promise.all(pages.map((page) => page.reached(8, waitMs)));
  const relayed = await Promise.all(pages.map((page) => page.statistics()));
  assert.deepEqual(relayed.map(({ links }) => links[0]?.path), ["relayed", "relayed"]);
  homes.place.unblockUdp();
  for (const page of pages) await page.page.evaluate(() => dispatchEvent(new Event("online")));
  for (const [at, page] of pages.entries()) {
    const { link, sentBytes } = await linkWhen(page, ({ path }) => path === "direct");
    const before = relayed[at]?.links[0];
    assert.equal(link, before?.link);
    assert.ok(sentBytes > (before?.sentBytes ?? Infinity));
    assert.deepEqual(await leavers(page), []);
  }
  await goOnAlike(pages);
  homes.harness.checkNoErrors();
});

test("a home's address changes: the same connection goes on after an ICE restart", limits, async (t) => {
  const homes = await openHomes(t, (coturn) => [...stun(coturn), "--no-relay"]);
  if (!homes) return;
  const pages = await openRoom(homes, "decentralized");
  await Promise.all(pages.map((page) => page.run({})));
  await Promise.all(pages.map((page) => page.reached(3, waitMs)));
  const before = await Promise.all(pages.map((page) => page.statistics()));
  homes.place.readdress();
  const began = Date.now();
  for (const [at, page] of pages.entries()) {
    const [first] = before[at]?.links ?? [];
    const now = await linkWhen(page, ({ restarts, sentBytes }) => {
      return (at > 0 || (restarts ?? 0) > 0) && sentBytes > (first?.sentBytes ?? 0) + 50_000;
    });
    assert.equal(now.link, first?.link);
    assert.equal(now.path, "direct");
    assert.ok((now.wireSentBytes ?? 0) > (first?.wireSentBytes ?? Infinity));
    const made = await page.page.evaluate(
      () => (globalThis as unknown as { peerConnections: unknown[] }).peerConnections.length,
    );
    assert.equal(made, 1, "one connection from the beginning to the end");
  }
  t.diagnostic(`mended after ${String(Date.now() - began)} ms`);
  await goOnAlike(pages);
  homes.harness.checkNoErrors();
});

for (const from of all ? ([0, 1] as const) : ([0] as const)) {
  const name = `one line away for 30 s, at every other moment of a round from number ${String(from)} on: all rooms go on`;
  test(name, { timeout: 300_000 }, (t) => cutOneLine(t, from));
}

async function cutOneLine(t: TestContext, from: 0 | 1): Promise<void> {
  const homes = await openHomes(t, stun);
  if (!homes) return;
  const { place, harness, browsers } = homes;
  const lively = (lives: Life[]) => Promise.all(lives.map(({ participant }) => participant.run({})));
  // Many rooms at once on one machine: little to compute.
  const task = await longerTitanic(5);
  const open = (room: string, at: number[], more = {}) =>
    Promise.all(at.map((home, shard) => enter(harness, shard, { browser: browsers[home] as Browser }, { room, task, ...more })));
  // In each room one of the home whose line will be cut is stopped at its moment.
  const rooms: { name: string; lives: Life[]; stopped: Life | undefined; moment: Moment | undefined }[] = [];
  for (const [name, moment] of half(inRoundsOfTwo, from)) {
    const lives = await open(name, [0, 1]);
    rooms.push({ name, lives, stopped: lives[0], moment });
  }
  for (const [name, moment] of half(inJoining, from)) {
    const lives = await open(name, [0, 1, 1]);
    rooms.push({ name, lives, stopped: lives.shift(), moment });
  }
  const federated = await open("federated", [0, 1], { mode: "federated" });
  rooms.push({ name: "federated", lives: federated, stopped: undefined, moment: undefined });
  await Promise.all(rooms.map(({ lives }) => lively(lives)));
  await Promise.all(rooms.map(({ lives }) => goOn(lives)));
  const stop = async ({ lives, stopped, moment }: (typeof rooms)[number]) => {
    if (!stopped || !moment) return;
    await arm(stopped.page, moment, "held");
    if (!lives.includes(stopped)) await stopped.participant.run({});
    await came(stopped.page, waitMs);
  };
  // To join takes the longest.
  await Promise.all(rooms.filter(({ lives, stopped }) => stopped && !lives.includes(stopped)).map(stop));
  await Promise.all(rooms.filter(({ lives, stopped }) => stopped && lives.includes(stopped)).map(stop));
  t.diagnostic(`${String(rooms.length)} rooms are at their moments`);
  const began = Date.now();
  await place.cut();
  await Promise.all(rooms.map(({ stopped }) => stopped && disarm(stopped.page)));
  await new Promise((resolve) => setTimeout(resolve, 30_000));
  await place.join();
  await Promise.all(
    rooms.map(async ({ name, lives, stopped }) => {
      const whole = stopped ? [...new Set([stopped, ...lives])] : lives;
      await goOn(whole, 90_000);
      t.diagnostic(`${name}: on again ${String(Date.now() - began)} ms after the cut`);
      await endAlike(whole);
    }),
  );
  harness.checkNoErrors();
}

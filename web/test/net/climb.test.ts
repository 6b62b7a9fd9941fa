import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "./clock.ts";
import {
  drainedBy,
  enterTwo,
  kinds,
  lastLink,
  linksOf,
  nameOf,
  type Participant,
  receivedBy,
} from "./participants.ts";
import { FakeRoom } from "./room.ts";

// A relayed pair moves up to a direct connection when one becomes possible.

async function relayedPair(): ReturnType<typeof enterTwo> {
  const pair = await enterTwo({ faults: { directWorks: false } });
  await pair.room.clock.advance(9000);
  assert.deepEqual(linksOf(pair.one), ["relayed 2"]);
  return pair;
}

/** Numbers the frames both ways, while time passes. */
async function talk(room: FakeRoom, ends: Participant[], from: number, to: number, ms: number): Promise<void> {
  for (let i = from; i < to; i++) {
    for (const end of ends) end.network.send(lastLink(end), Uint8Array.of(i >> 8, i & 255));
    await room.clock.advance(ms);
  }
}

const numbered = (count: number) => Array.from({ length: count }, (_, i) => [i >> 8, i & 255]);
const moves = (participant: Participant) => kinds(participant, "linkMoved").map(({ path }) => path);

test("the link stays, no frame is lost or out of order, and the statistics go on", async () => {
  const { room, one, two } = await relayedPair();
  const link = lastLink(one);
  await talk(room, [one, two], 0, 20, 100);
  room.directWorks = true;
  await talk(room, [one, two], 20, 620, 100);
  assert.deepEqual(moves(one), ["direct"]);
  assert.deepEqual(moves(two), ["direct"]);
  for (const participant of [one, two]) {
    assert.deepEqual(receivedBy(participant), numbered(620));
    assert.equal(drainedBy(participant), 2 * 620);
    assert.deepEqual(kinds(participant, "linkDown"), []);
    assert.equal(kinds(participant, "linkUp").length, 1);
  }
  const [statistics] = await one.network.statistics();
  assert.deepEqual(statistics, {
    ...{ link, peer: nameOf(2), path: "direct", roundTripMs: 20, restarts: 0 },
    ...{ sentBytes: 2 * 620, receivedBytes: 2 * 620 },
  });
  const relayed = room.relayed.length;
  await talk(room, [one, two], 620, 625, 100);
  assert.equal(room.relayed.length, relayed, "the relay is left alone");
});

test("what comes directly waits for what is still on its way by the relay", async () => {
  const { room, one, two } = await relayedPair();
  const late: (() => void)[] = [];
  room.passRelayed = (from, to, bytes) => {
    if (from !== nameOf(1)) return [bytes];
    late.push(() => room.members.get(to)?.events.relayed(from, bytes));
    return [];
  };
  await talk(room, [one], 0, 3, 10);
  room.directWorks = true;
  await room.clock.advance(60_000);
  assert.deepEqual(moves(one), ["direct"]);
  for (let i = 3; i < 6; i++) one.network.send(lastLink(one), Uint8Array.of(0, i));
  await settle();
  assert.deepEqual(receivedBy(two), []);
  for (const pass of late) pass();
  await settle();
  assert.deepEqual(receivedBy(two), numbered(6));
  await room.clock.advance(1000);
  assert.equal(drainedBy(one), 12);
});

test("one tries less and less often, and at once when its page wakes up", async () => {
  const { room, one } = await relayedPair();
  const before = room.connections.length;
  const tries = () => (room.connections.length - before) / 2;
  await room.clock.advance(60_000);
  assert.equal(tries(), 1);
  await room.clock.advance(3_600_000);
  assert.ok(tries() >= 8 && tries() <= 17, `${String(tries())} tries in an hour`);
  assert.deepEqual(kinds(one, "linkDown"), []);
  const hour = tries();
  room.directWorks = true;
  for (const wake of room.wakers) wake();
  await settle();
  assert.equal(tries(), hour + 1);
  assert.deepEqual(moves(one), ["direct"]);
  await room.clock.advance(3_600_000);
  assert.equal(tries(), hour + 1, "it has what it wanted");
});

test("without WebRTC at an end nothing is tried", async () => {
  const { room, one } = await enterTwo({ two: { webRtc: false } });
  await room.clock.advance(3_600_000);
  assert.deepEqual(linksOf(one), ["relayed 2"]);
  assert.equal(room.connections.length, 0);
});

test("a relay that goes once both have moved is not missed", async () => {
  const { room, one, two } = await relayedPair();
  room.directWorks = true;
  await room.clock.advance(60_000);
  for (const [, { events }] of room.members) events.lost("the server was killed");
  one.network.send(lastLink(one), Uint8Array.of(0, 0));
  await settle();
  assert.deepEqual(receivedBy(two), numbered(1));
  assert.deepEqual(kinds(one, "linkDown"), []);
});

test("a relay that goes while they move ends the link, and another one is made", async () => {
  for (const mute of [1, 2]) {
    const { room, one, two } = await relayedPair();
    room.passRelayed = (from, _to, bytes) => (from === nameOf(mute) ? [] : [bytes]);
    room.directWorks = true;
    await room.clock.advance(60_000);
    const seats = [...room.members];
    room.members.clear();
    for (const [, { events }] of seats) events.lost("the server was killed");
    await settle();
    assert.equal(kinds(mute === 1 ? two : one, "linkDown").length, 1, "its last frames never came");
    room.passRelayed = (_from, _to, bytes) => [bytes];
    for (const [name, seat] of seats) room.join(name, seat);
    await room.clock.advance(60_000);
    assert.deepEqual(linksOf(one), ["direct 2"]);
    assert.deepEqual(linksOf(two), ["direct 1"]);
  }
});

test("a channel that opens at one end only ends the link: its frames went nowhere", async () => {
  const { room, one, two } = await relayedPair();
  room.directWorks = true;
  const known = room.connections.length;
  room.onConnection = (connection) => {
    if (room.connections.length === known + 2) connection.channel.isDeaf = true; // the answerer's
  };
  await room.clock.advance(60_000);
  assert.equal(kinds(one, "linkDown").length, 1);
  assert.equal(kinds(two, "linkDown").length, 1);
  await room.clock.advance(60_000);
  assert.deepEqual(linksOf(one), ["direct 2"]);
  assert.deepEqual(linksOf(two), ["direct 1"]);
});

test("a connection that fails after the move is mended, and the link stays", async () => {
  const { room, one, two } = await relayedPair();
  room.directWorks = true;
  await room.clock.advance(60_000);
  for (const connection of room.connections.slice(-2)) {
    connection.becomes("failed");
    await talk(room, [one], 0, 1, 1000);
    assert.equal(connection.connectionState, "connected");
  }
  assert.equal(receivedBy(two).length, 2);
  assert.deepEqual(kinds(one, "linkDown"), []);
  assert.equal((await one.network.statistics())[0]?.restarts, 2);
});

test("a peer that floods before its last relayed frames is cut off", async () => {
  const { room, one, two } = await relayedPair();
  room.passRelayed = (from, _to, bytes) => (from === nameOf(1) ? [] : [bytes]);
  room.directWorks = true;
  await room.clock.advance(60_000);
  assert.deepEqual(moves(one), ["direct"]);
  for (let i = 0; i < 300; i++) one.network.send(lastLink(one), new Uint8Array(16 * 1024));
  while (kinds(two, "linkDown").length === 0) await settle();
  assert.deepEqual(receivedBy(two), []);
});

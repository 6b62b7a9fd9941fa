import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "./clock.ts";
import { drainedBy, enter, enterTwo, kinds, lastLink, linksOf, nameOf, receivedBy } from "./participants.ts";
import { FakeRoom } from "./room.ts";
import { wireFacts } from "../../src/net/wireFacts.ts";

test("two that can connect directly do, and frames keep their order both ways", async () => {
  const { one, two } = await enterTwo();
  assert.deepEqual(linksOf(one), ["direct 2"]);
  assert.deepEqual(linksOf(two), ["direct 1"]);
  assert.deepEqual(kinds(one, "presence").at(-1)?.peers, [nameOf(2)]);
  for (let i = 0; i < 50; i++) {
    one.network.send(lastLink(one), Uint8Array.of(1, i));
    two.network.send(lastLink(two), Uint8Array.of(2, i));
  }
  await settle();
  assert.deepEqual(receivedBy(two), Array.from({ length: 50 }, (_, i) => [1, i]));
  assert.deepEqual(receivedBy(one), Array.from({ length: 50 }, (_, i) => [2, i]));
  assert.equal(drainedBy(one), 100);
  const [statistics] = await one.network.statistics();
  assert.deepEqual(statistics, {
    link: lastLink(one),
    peer: nameOf(2),
    path: "direct",
    sentBytes: 100,
    receivedBytes: 100,
    roundTripMs: 20,
    restarts: 0,
  });
});

test("a data channel is not flooded, and every byte is reported as drained", async () => {
  const { room, one, two } = await enterTwo();
  const frame = new Uint8Array(16 * 1024);
  for (let i = 0; i < 100; i++) one.network.send(lastLink(one), frame);
  while (receivedBy(two).length < 100) await settle();
  await settle();
  assert.equal(drainedBy(one), 100 * frame.length);
  const most = Math.max(...room.connections.map(({ channel }) => channel.mostBuffered));
  assert.ok(most <= 256 * 1024 + frame.length, `${String(most)} bytes were buffered`);
  assert.throws(() => one.network.send(lastLink(one), new Uint8Array(16 * 1024 + 1)), RangeError);
});

test("no direct connection within its deadline: relayed, sealed, in order", async () => {
  const { room, one, two } = await enterTwo({ faults: { directWorks: false } });
  await room.clock.advance(7900);
  assert.deepEqual(linksOf(one), []);
  await room.clock.advance(200);
  assert.deepEqual(linksOf(one), ["relayed 2"]);
  assert.deepEqual(linksOf(two), ["relayed 1"]);
  for (let i = 0; i < 50; i++) one.network.send(lastLink(one), Uint8Array.of(200, 201, 202, i));
  two.network.send(lastLink(two), Uint8Array.of(9));
  await room.clock.advance(100);
  assert.deepEqual(receivedBy(two), Array.from({ length: 50 }, (_, i) => [200, 201, 202, i]));
  assert.deepEqual(receivedBy(one), [[9]]);
  assert.equal(drainedBy(one), 200);
  const plain = room.relayed.some((bytes) => bytes.join().includes("200,201,202"));
  assert.ok(!plain, "the server saw a frame as it is");
  assert.equal(kinds(one, "mode").length, 0);
});

test("the relay's window bounds what is on its way", async () => {
  const { room, one, two } = await enterTwo({ one: { webRtc: false } });
  assert.deepEqual(linksOf(one), ["relayed 2"]);
  let held = true;
  const waiting: (() => void)[] = [];
  room.passRelayed = (from, to, bytes) => {
    if (!held || from !== nameOf(1)) return [bytes];
    waiting.push(() => room.members.get(to)?.events.relayed(from, bytes));
    return [];
  };
  const frame = new Uint8Array(16 * 1024);
  for (let i = 0; i < 60; i++) one.network.send(lastLink(one), frame);
  await settle();
  assert.equal(waiting.length, 16, "256 KiB of frames");
  held = false;
  for (const pass of waiting) pass();
  await room.clock.advance(200);
  assert.equal(receivedBy(two).length, 60);
  assert.equal(drainedBy(one), 60 * frame.length);
});

test("a direct connection that fails at the answerer does not wait for the deadline", async () => {
  const { room, one } = await enterTwo({ faults: { directWorks: false } });
  await room.clock.advance(1000);
  assert.equal(room.connections.length, 2);
  room.connections[1]?.becomes("failed");
  await settle();
  assert.deepEqual(linksOf(one), ["relayed 2"]);
});

test("one without WebRTC is relayed at once", async () => {
  const { room, one, two } = await enterTwo({ two: { webRtc: false } });
  assert.deepEqual(linksOf(one), ["relayed 2"]);
  assert.deepEqual(linksOf(two), ["relayed 1"]);
  assert.equal(room.connections.length, 0);
});

test("neither direct nor relayed: the whole room goes on through the coordinator", async () => {
  const { room, one, two } = await enterTwo({ faults: { relay: false } });
  assert.deepEqual(linksOf(one), ["direct 2"]);
  const three = enter(room, 3, { webRtc: false });
  await settle();
  for (const participant of [one, two, three]) {
    assert.deepEqual(linksOf(participant), ["coordinator"]);
    assert.equal(kinds(participant, "mode").length, 1);
  }
  assert.match(kinds(one, "linkDown")[0]?.reason ?? "", /through the server/);
  const late = enter(room, 4);
  await settle();
  assert.deepEqual(linksOf(late), ["coordinator"]);
  assert.deepEqual(
    room.coordinatorSockets[0]?.texts[0]?.["task"],
    '{"deai": 1}',
    "the task as it was written",
  );
});

test("a relay that carries nothing: federated after its deadline", async () => {
  const { room, one, two } = await enterTwo({ faults: { directWorks: false, passRelayed: () => [] } });
  await room.clock.advance(15_000);
  assert.deepEqual(linksOf(one), []);
  await room.clock.advance(2000);
  assert.deepEqual(linksOf(one), ["coordinator"]);
  assert.deepEqual(linksOf(two), ["coordinator"]);
});

test("decentralized never falls back: it warns, tries again, and connects when it can", async () => {
  const { room, one, two } = await enterTwo({
    faults: { relay: false, directWorks: false },
    one: { mode: "decentralized" },
  });
  await room.clock.advance(60_000);
  assert.equal(room.coordinatorSockets.length, 0);
  assert.deepEqual(kinds(one, "warning").map(({ code }) => code), ["unreachable"], "warned once");
  room.directWorks = true;
  await room.clock.advance(60_000);
  assert.deepEqual(linksOf(one), ["direct 2"]);
  assert.deepEqual(linksOf(two), ["direct 1"]);
});

test("one that cannot be reached and would not follow is no reason to go federated", async () => {
  const { room, one } = await enterTwo({
    faults: { relay: false },
    two: { mode: "decentralized", webRtc: false },
  });
  await room.clock.advance(60_000);
  assert.equal(room.coordinatorSockets.length, 0);
  assert.deepEqual(kinds(one, "warning").map(({ code }) => code), ["unreachable"]);
});

test("decentralized only stays with peers when others go federated", async () => {
  const room = new FakeRoom();
  const one = enter(room, 1, { mode: "decentralized" });
  const two = enter(room, 2, { mode: "decentralized" });
  const three = enter(room, 3);
  await settle();
  room.goFederated();
  await settle();
  assert.deepEqual(linksOf(one), ["direct 2"]);
  assert.deepEqual(linksOf(two), ["direct 1"]);
  assert.deepEqual(linksOf(three), ["coordinator"]);
  assert.deepEqual(kinds(one, "warning").map(({ code }) => code), ["room-federated"]);
});

test("federated on request opens nothing but the coordinator's link", async () => {
  const room = new FakeRoom();
  const one = enter(room, 1, { mode: "federated" });
  await settle();
  assert.deepEqual(linksOf(one), ["coordinator"]);
  assert.equal(room.members.size, 0);
  assert.deepEqual(kinds(one, "server").map(({ state }) => state), ["connecting", "connected"]);
});

test("what a browser tells of a connection: far away, by which way, how many bytes left", () => {
  const report = (...entries: object[]) =>
    new Map(entries.map((entry, i) => [String(i), entry])) as unknown as RTCStatsReport;
  const pair = { id: "p", type: "candidate-pair", localCandidateId: "a", remoteCandidateId: "b" };
  const ends = (local: string, remote: string) => [
    { id: "a", type: "local-candidate", candidateType: local },
    { id: "b", type: "remote-candidate", candidateType: remote },
  ];
  const transport = { type: "transport", selectedCandidatePairId: "p", bytesSent: 5000 };
  const other = { ...pair, id: "q", nominated: true, currentRoundTripTime: 9 };
  const selected = { ...pair, currentRoundTripTime: 0.03 };
  assert.deepEqual(wireFacts(report(other, selected, transport, ...ends("host", "relay")), 1), {
    ...{ restarts: 1, roundTripMs: 30, wireSentBytes: 5000, via: "turn" },
  });
  // Firefox tells of no transport.
  const nominated = { ...selected, nominated: true, bytesSent: 70 };
  assert.deepEqual(wireFacts(report(nominated, ...ends("host", "srflx")), 0), {
    ...{ restarts: 0, roundTripMs: 30, wireSentBytes: 70, via: "nat" },
  });
  assert.equal(wireFacts(report(nominated, ...ends("host", "host")), 0).via, "host");
  assert.deepEqual(wireFacts(report(), 0), { restarts: 0 });
});

test("how far a relayed peer is away is asked; a silent one is not waited for", async () => {
  const { room, one } = await enterTwo({ one: { webRtc: false } });
  const asked = one.network.statistics();
  await settle();
  assert.equal((await asked)[0]?.roundTripMs, 0);
  room.passRelayed = () => [];
  const silent = one.network.statistics();
  await room.clock.advance(5000);
  assert.equal((await silent)[0]?.roundTripMs, undefined);
});

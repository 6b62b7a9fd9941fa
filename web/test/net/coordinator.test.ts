import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "./clock.ts";
import { drainedBy, enter, kinds, lastLink, linksOf, receivedBy } from "./participants.ts";
import { FakeRoom } from "./room.ts";

test("the coordinator's link comes back after growing delays", async () => {
  const room = new FakeRoom();
  const one = enter(room, 1, { mode: "federated" });
  await settle();
  const first = lastLink(one);
  room.coordinatorSockets[0]?.tell(Uint8Array.of(5));
  room.coordinatorSockets[0]?.break();
  await settle();
  assert.deepEqual(linksOf(one), []);
  assert.deepEqual(receivedBy(one), [[5]]);
  assert.equal(kinds(one, "server").at(-1)?.state, "lost");
  await room.clock.advance(600);
  assert.deepEqual(linksOf(one), ["coordinator"]);
  assert.notEqual(lastLink(one), first);
});

test("a server that stays away is asked ever more seldom, and soon again once it was there", async () => {
  const room = new FakeRoom();
  room.coordinatorAway = true;
  const one = enter(room, 1, { mode: "federated" });
  await room.clock.advance(5000);
  const inFiveSeconds = room.coordinatorSockets.length;
  assert.ok(inFiveSeconds >= 4 && inFiveSeconds <= 8, String(inFiveSeconds));
  await room.clock.advance(300_000);
  const later = room.coordinatorSockets.length - inFiveSeconds;
  assert.ok(later >= 10 && later <= 24, String(later));
  room.coordinatorAway = false;
  await room.clock.advance(30_000);
  assert.deepEqual(linksOf(one), ["coordinator"]);
  room.coordinatorSockets.at(-1)?.break();
  await room.clock.advance(500);
  assert.equal(kinds(one, "linkUp").length, 2);
});

test("a silent line is noticed by pings that nobody answers", async () => {
  const room = new FakeRoom();
  const one = enter(room, 1, { mode: "federated" });
  await room.clock.advance(21_000);
  const [socket] = room.coordinatorSockets;
  assert.equal(socket?.texts.at(-1)?.["kind"], "ping");
  socket.tell({ kind: "pong" });
  await room.clock.advance(30_000);
  assert.deepEqual(kinds(one, "linkDown"), [], "it answered");
  await room.clock.advance(30_000);
  assert.equal(kinds(one, "linkDown")[0]?.reason, "the server does not answer");
});

test("frames keep to a window and are drained as the server takes them", async () => {
  const room = new FakeRoom();
  const one = enter(room, 1, { mode: "federated" });
  await settle();
  const [socket] = room.coordinatorSockets;
  const frame = new Uint8Array(16 * 1024);
  for (let i = 0; i < 20; i++) one.network.send(lastLink(one), frame);
  assert.equal(socket?.frames.length, 16);
  socket.tell({ kind: "taken", bytes: 4 * frame.length });
  socket.tell({ kind: "taken", bytes: 1e9 });
  socket.tell({ kind: "taken", bytes: -5 });
  await settle();
  assert.equal(socket.frames.length, 20);
  assert.equal(drainedBy(one), 4 * frame.length);
});

test("a refusal is told; a passing one is tried again, a final one is not", async () => {
  for (const [code, tries] of [["full", 2], ["task", 1]] as const) {
    const room = new FakeRoom();
    const one = enter(room, 1, { mode: "federated" });
    await settle();
    room.coordinatorSockets[0]?.tell({ kind: "refused", code, text: "no" });
    room.coordinatorSockets[0]?.break();
    await room.clock.advance(30_000);
    assert.deepEqual(kinds(one, "warning"), [{ kind: "warning", code, text: "no" }]);
    assert.equal(room.coordinatorSockets.length, tries, code);
  }
});

test("junk from the server is ignored or ends the connection, never the page", async () => {
  const room = new FakeRoom();
  const one = enter(room, 1, { mode: "federated" });
  await settle();
  for (const data of ["{", "null", '{"kind":"taken"}', '{"kind":"refused"}']) {
    room.coordinatorSockets[0]?.onmessage?.({ data });
  }
  await settle();
  assert.deepEqual(linksOf(one), ["coordinator"]);
  room.coordinatorSockets[0]?.tell(new Uint8Array(100_000));
  await settle();
  assert.deepEqual(linksOf(one), []);
});

test("a page that wakes up sees soon that its line is dead, and does not wait for the next try", async () => {
  const room = new FakeRoom();
  const one = enter(room, 1, { mode: "federated" });
  await settle();
  assert.deepEqual(linksOf(one), ["coordinator"]);
  room.wakers.forEach((wake) => wake());
  await room.clock.advance(4000);
  assert.deepEqual(linksOf(one), ["coordinator"]);
  room.coordinatorAway = true;
  for (let second = 0; second < 7; second++) {
    room.wakers.forEach((wake) => wake()); // however often it is asked
    await room.clock.advance(1000);
  }
  assert.deepEqual(linksOf(one), []);
  await room.clock.advance(300_000); // nobody answers the ping, and there is no way back
  assert.deepEqual(linksOf(one), []);
  room.coordinatorAway = false;
  const tried = room.coordinatorSockets.length;
  room.wakers.forEach((wake) => wake());
  await room.clock.advance(100);
  assert.equal(room.coordinatorSockets.length, tried + 1);
  assert.deepEqual(linksOf(one), ["coordinator"]);
});

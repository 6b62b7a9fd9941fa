import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "./clock.ts";
import { drainedBy, enter, enterTwo, kinds, lastLink, linksOf, nameOf, receivedBy } from "./participants.ts";
import { FakeRoom } from "./room.ts";

// Other secrets, and bytes that nobody of the room has sent.

test("offers of another secret are refused: a warning, no link, no change of mode", async () => {
  for (const secret of ["other secret", undefined]) {
    const { room, one, two } = await enterTwo({ one: { secret: "secret" }, two: { secret } });
    await room.clock.advance(60_000);
    assert.deepEqual(linksOf(one), []);
    assert.deepEqual(linksOf(two), []);
    assert.equal(kinds(two, "mode").length, 0);
    assert.equal(kinds(one, "mode").length, 0);
    assert.deepEqual(kinds(two, "warning").map(({ code }) => code), ["wrong-secret"]);
  }
});

test("with the secret the server sees no offer; relay keys depend on it", async () => {
  const room = new FakeRoom();
  const one = enter(room, 1, { secret: "secret" });
  enter(room, 2, { secret: "secret" });
  enter(room, 3, { secret: "secret", webRtc: false });
  await settle();
  assert.deepEqual(linksOf(one), ["direct 2", "relayed 3"]);
  assert.ok(room.payloads.length > 4);
  assert.ok(room.payloads.every((payload) => !/sdp|candidate|relay/.test(payload)));
});

test("signals that the server redirects or invents are refused", async () => {
  const room = new FakeRoom();
  const one = enter(room, 1, { secret: "secret" });
  await settle();
  enter(room, 2, { secret: "secret" });
  const offer = room.payloads.length;
  await settle();
  const payload = room.payloads[offer];
  assert.ok(payload);
  room.members.get(nameOf(1))?.events.signal(nameOf(7), payload);
  room.members.get(nameOf(1))?.events.signal(nameOf(2), '{"kind":"again"}');
  await settle();
  assert.deepEqual(linksOf(one), ["direct 2"]);
  assert.equal(kinds(one, "warning").length, 2);
});

test("replayed, forged and foreign relay frames are ignored; a missing one ends the link", async () => {
  const { room, one, two } = await enterTwo({ one: { webRtc: false } });
  room.passRelayed = (_from, _to, bytes) => {
    const forged = bytes.slice();
    forged[forged.length - 1]! ^= 1;
    return [forged, bytes, bytes, Uint8Array.of(0xc1), new Uint8Array(100)];
  };
  one.network.send(lastLink(one), Uint8Array.of(1));
  one.network.send(lastLink(one), Uint8Array.of(2));
  await room.clock.advance(100);
  assert.deepEqual(receivedBy(two), [[1], [2]]);
  assert.equal(drainedBy(one), 2);
  let drop = true;
  room.passRelayed = (_from, _to, bytes) => {
    const lost = drop;
    drop = false;
    return lost ? [] : [bytes];
  };
  one.network.send(lastLink(one), Uint8Array.of(3));
  one.network.send(lastLink(one), Uint8Array.of(4));
  await room.clock.advance(60_000);
  assert.deepEqual(receivedBy(two), [[1], [2]], "nothing after the gap");
  assert.deepEqual(kinds(two, "linkDown").map(({ reason }) => reason), ["the relay lost a frame"]);
  assert.deepEqual(linksOf(one), ["relayed 2"], "made again with new keys");
  assert.deepEqual(linksOf(two), ["relayed 1"]);
});

test("junk from a peer ends its link, and other links stay", async () => {
  const room = new FakeRoom();
  const one = enter(room, 1);
  enter(room, 2);
  enter(room, 3);
  await settle();
  const toSecond = room.connections[0]?.channel.other;
  assert.ok(toSecond);
  (toSecond as { send(data: string): void }).send("text");
  await settle();
  assert.equal(kinds(one, "linkDown").length, 1);
  assert.ok(linksOf(one).includes("direct 3"));
});

test("junk as signals changes nothing", async () => {
  const { room, one, two } = await enterTwo();
  const junk = [
    "",
    "{",
    "null",
    '{"kind":"description"}',
    '{"kind":"description","attempt":"x","description":{"type":"offer"}}',
    '{"kind":"description","attempt":"x","description":{"type":"answer","sdp":"sdp of 0"}}',
    '{"kind":"candidate","attempt":"x","candidate":{"candidate":5}}',
    '{"kind":"relay","attempt":"x","key":"no key"}',
    '{"kind":"failed","attempt":"x","reason":5}',
    `{"kind":"failed","attempt":"${"x".repeat(99)}","reason":""}`,
    '{"kind":"unheard-of","attempt":"x"}',
  ];
  for (const payload of junk) room.members.get(nameOf(1))?.events.signal(nameOf(2), payload);
  await settle();
  assert.deepEqual(linksOf(one), ["direct 2"]);
  assert.deepEqual(linksOf(two), ["direct 1"]);
  assert.deepEqual(kinds(one, "linkDown"), []);
});

test("without a secure context nothing can be sealed", async () => {
  const room = new FakeRoom();
  const withSecret = enter(room, 1, { secret: "secret", secure: false });
  const stubborn = enter(room, 2, { secret: "secret", secure: false, mode: "decentralized" });
  await settle();
  assert.deepEqual(linksOf(withSecret), ["coordinator"]);
  assert.deepEqual(linksOf(stubborn), []);
  for (const participant of [withSecret, stubborn]) {
    assert.deepEqual(kinds(participant, "warning").map(({ code }) => code), ["insecure-context"]);
  }
  const other = new FakeRoom();
  const plain = enter(other, 1, { secure: false });
  enter(other, 2);
  await settle();
  assert.deepEqual(linksOf(plain), ["direct 2"], "WebRTC encrypts by itself");
});

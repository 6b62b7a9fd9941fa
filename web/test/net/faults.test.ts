import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "./clock.ts";
import { enter, enterTwo, kinds, lastLink, linksOf, nameOf, receivedBy } from "./participants.ts";
import { FakeRoom } from "./room.ts";

// Lines, peers and the server come and go.

test("a peer that vanishes in mid handshake leaves nothing behind and changes no mode", async () => {
  const { room, one, two } = await enterTwo({ faults: { directWorks: false } });
  await room.clock.advance(1000);
  two.network.close();
  await room.clock.advance(120_000);
  assert.deepEqual(kinds(one, "presence").at(-1)?.peers, []);
  assert.equal(kinds(one, "mode").length, 0);
  assert.ok(room.connections.every(({ closed }) => closed));
  room.directWorks = true;
  enter(room, 3);
  await settle();
  assert.deepEqual(linksOf(one), ["direct 3"]);
});

test("a peer that sleeps is asked again, not a reason to change the room's mode", async () => {
  const { room, one, two } = await enterTwo({ faults: { keepSignal: (from) => from !== nameOf(2) } });
  await room.clock.advance(200_000);
  assert.deepEqual(linksOf(one), []);
  assert.equal(kinds(one, "mode").length, 0);
  assert.ok(room.connections.length > 6, "several attempts");
  room.keepSignal = () => true;
  await room.clock.advance(60_000);
  // By which path depends on the stage of the attempt in which it woke.
  assert.match(linksOf(one).join(), /^(direct|relayed) 2$/);
  assert.match(linksOf(two).join(), /^(direct|relayed) 1$/);
});

test("signalling lost and back: direct links stay, relayed ones are made again", async () => {
  const room = new FakeRoom();
  const one = enter(room, 1);
  const two = enter(room, 2);
  const three = enter(room, 3, { webRtc: false });
  await settle();
  assert.deepEqual(linksOf(one), ["direct 2", "relayed 3"]);
  const seats = [...room.members];
  room.members.clear();
  for (const [, { events }] of seats) events.lost("the server was killed");
  await settle();
  assert.deepEqual(linksOf(one), ["direct 2"]);
  assert.deepEqual(linksOf(three), []);
  for (const [, { events }] of seats) {
    events.connecting();
    events.lost("the server is still away");
  }
  await settle();
  const told = kinds(one, "server").map(({ state, text }) => `${state} ${text}`);
  assert.deepEqual(told.slice(-2), ["connected Connected to the server.", "lost The server was killed."]);
  one.network.send(lastLink(one) - 1, Uint8Array.of(1));
  await settle();
  assert.deepEqual(receivedBy(two), [[1]], "the server is not needed");
  for (const [name, seat] of seats) room.join(name, seat);
  await settle();
  assert.deepEqual(linksOf(one), ["direct 2", "relayed 3"]);
  assert.deepEqual(linksOf(two), ["direct 1", "relayed 3"]);
  assert.equal(kinds(one, "linkUp").length, 3, "the direct link was not made again");
  assert.equal(kinds(one, "mode").length, 0);
});

test("a peer whose own signalling is lost keeps its direct link until the connection suffers", async () => {
  const { room, one } = await enterTwo();
  room.leave(nameOf(2));
  await settle();
  assert.deepEqual(linksOf(one), ["direct 2"]);
  room.connections[0]?.becomes("disconnected");
  await settle();
  assert.deepEqual(linksOf(one), []);
});

test("the link to a peer that said good-bye goes down at once", async () => {
  const { room, one } = await enterTwo();
  room.leave(nameOf(2), true);
  await settle();
  assert.deepEqual(kinds(one, "linkDown").map(({ reason }) => reason), ["the peer left the room"]);
});

test("a peer that is in the room may be disconnected for a while", async () => {
  const { room, one } = await enterTwo();
  room.connections[0]?.becomes("disconnected");
  room.connections[0]?.becomes("connected");
  await room.clock.advance(30_000);
  assert.deepEqual(kinds(one, "linkDown"), []);
});

test("a connection that fails finds another way: the link stays, and nothing is lost", async () => {
  for (const failing of [0, 1]) {
    const { room, one, two } = await enterTwo();
    room.connections[failing]?.becomes("failed"); // the offerer's, or the answerer's, which asks
    one.network.send(lastLink(one), Uint8Array.of(7));
    await room.clock.advance(60_000);
    assert.deepEqual(kinds(one, "linkDown").concat(kinds(two, "linkDown")), []);
    assert.equal(room.connections.length, 2, "no other connection was made");
    assert.equal(room.connections[failing]?.connectionState, "connected");
    assert.deepEqual(receivedBy(two), [[7]]);
  }
});

test("an offer of another way that got lost with the signalling is made again once that is back", async () => {
  for (const lost of [1, 2]) {
    const { room, one, two } = await enterTwo();
    const seat = room.members.get(nameOf(lost));
    assert.ok(seat);
    room.connections[0]?.becomes("disconnected");
    room.connections[1]?.becomes("disconnected");
    assert.equal(room.hurries, 2, "whether the server is still there is asked at once");
    // Nobody knows yet that this one's line is dead.
    room.keepSignal = (from, to) => from !== nameOf(lost) && to !== nameOf(lost);
    await room.clock.advance(4000);
    for (const connection of room.connections) connection.becomes("failed");
    await room.clock.advance(4000);
    room.keepSignal = () => true;
    seat.events.lost("the server does not answer");
    room.join(nameOf(lost), seat);
    one.network.send(lastLink(one), Uint8Array.of(7));
    await room.clock.advance(60_000);
    assert.deepEqual(kinds(one, "linkDown").concat(kinds(two, "linkDown")), []);
    assert.equal(room.connections.length, 2, "no other connection was made");
    assert.deepEqual(receivedBy(two), [[7]]);
    const restarts = await Promise.all([one, two].map(({ network }) => network.statistics()));
    const [mine, theirs] = restarts.map(([row]) => row?.restarts ?? 0);
    assert.ok(mine !== undefined && mine >= 1 && mine === theirs, `${String(mine)}, ${String(theirs)}`);
  }
});

test("an answer to an offer before the newest one is not taken", async () => {
  const { room, one, two } = await enterTwo();
  const late: (() => void)[] = [];
  room.keepSignal = (from, to, payload) => {
    const isAnswer = from === nameOf(2) && payload.includes("description") && late.length === 0;
    if (isAnswer) late.push(() => room.members.get(to)?.events.signal(from, payload));
    return !isAnswer;
  };
  room.connections[0]?.becomes("failed");
  await room.clock.advance(2000);
  assert.equal(late.length, 1);
  assert.equal(room.connections[0]?.connectionState, "failed");
  room.connections[1]?.becomes("failed"); // which asks again
  room.keepSignal = (from, _to, payload) => from !== nameOf(2) || !payload.includes("description");
  await settle();
  late[0]?.();
  await settle();
  assert.equal(room.connections[0]?.connectionState, "failed", "of the first offer");
  room.keepSignal = () => true;
  await room.clock.advance(2000);
  const seat = room.members.get(nameOf(2));
  if (seat) room.join(nameOf(2), seat);
  await settle();
  assert.equal(room.connections[0]?.connectionState, "connected");
  assert.deepEqual(kinds(one, "linkDown").concat(kinds(two, "linkDown")), []);
});

test("a connection that finds no other way in time is made again under another link number", async () => {
  const { room, one, two } = await enterTwo();
  const first = lastLink(one);
  room.directWorks = false;
  room.connections[0]?.becomes("failed");
  await room.clock.advance(7000);
  assert.deepEqual(linksOf(one), ["direct 2"], "it may come back still");
  await room.clock.advance(20_000);
  assert.deepEqual(linksOf(one), ["relayed 2"]);
  assert.deepEqual(linksOf(two), ["relayed 1"]);
  assert.notEqual(lastLink(one), first);
  assert.equal(kinds(two, "linkDown").length, 1);
});

test("a page that wakes up does not wait for its next try", async () => {
  const { room, one } = await enterTwo({
    faults: { keepSignal: () => false },
    one: { mode: "decentralized" },
    two: { mode: "decentralized" },
  });
  await room.clock.advance(400_000);
  assert.deepEqual(linksOf(one), []);
  room.keepSignal = () => true;
  for (const wake of room.wakers) wake();
  await room.clock.advance(9000); // an attempt that was under way has its deadline
  for (const wake of room.wakers) wake();
  await room.clock.advance(1000);
  assert.match(linksOf(one).join(), /^(direct|relayed) 2$/);
  one.network.close();
  assert.equal(room.wakers.size, 1);
});

test("an hour asleep: the clock jumps, lines are dead, and the participant is back", async () => {
  const { room, one, two } = await enterTwo();
  const seat = room.members.get(nameOf(2));
  room.leave(nameOf(2));
  seat?.events.lost("asleep");
  room.connections[0]?.becomes("disconnected");
  await room.clock.advance(3_600_000);
  assert.deepEqual(linksOf(one), []);
  room.connections[1]?.becomes("failed");
  room.wakers.forEach((wake) => wake());
  await room.clock.advance(100);
  if (seat) room.join(nameOf(2), seat);
  await room.clock.advance(15_000);
  assert.deepEqual(linksOf(one), ["direct 2"]);
  assert.deepEqual(linksOf(two), ["direct 1"]);
});

test("a link lost at the answerer alone is made again: it asks", async () => {
  const { room, one, two } = await enterTwo();
  const channel = room.connections[1]?.channel;
  assert.ok(channel?.other);
  channel.other.onclose = null; // the offerer does not notice
  room.connections[1]?.becomes("failed");
  await room.clock.advance(60_000);
  assert.deepEqual(linksOf(one), ["direct 2"]);
  assert.deepEqual(linksOf(two), ["direct 1"]);
});

test("a link closed on purpose comes back only after a good while", async () => {
  const { room, one, two } = await enterTwo();
  one.network.closeLink(lastLink(one));
  one.network.closeLink(lastLink(one));
  await room.clock.advance(20_000);
  assert.equal(kinds(one, "linkDown").length, 1);
  assert.deepEqual(linksOf(one), []);
  assert.deepEqual(linksOf(two), []);
  await room.clock.advance(60_000);
  assert.deepEqual(linksOf(one), ["direct 2"]);
});

test("no event comes after close(), nor from within a call", async () => {
  const { room, one, two } = await enterTwo();
  const before = one.events.length;
  one.network.closeLink(lastLink(one));
  assert.equal(one.events.length, before, "in a turn of its own");
  one.network.close();
  one.network.close();
  await room.clock.advance(100_000);
  assert.equal(one.events.length, before);
  assert.deepEqual(linksOf(two), []);
  const told: string[] = [];
  const three = enter(new FakeRoom(), 3, {
    onEvent: ({ kind }) => {
      told.push(kind);
      three.network.close();
    },
  });
  await settle();
  assert.deepEqual(told, ["server"], "closed by the listener, in the midst of events");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "./clock.ts";
import { enter, enterTwo, kinds, linksOf, nameOf, type Participant } from "./participants.ts";
import { FakeRoom } from "./room.ts";

// Rooms in which not everybody is to be linked with everybody.

const eventsOf = (room: FakeRoom, { name }: Participant) => {
  const seat = room.members.get(name);
  assert.ok(seat);
  return seat.events;
};
const lastPresence = (participant: Participant) => kinds(participant, "presence").at(-1);
const warnings = (participant: Participant) => kinds(participant, "warning").map(({ code }) => code);

test("two who are not to be linked any more: the link ends at both, is not tried again, others stay", async () => {
  const room = new FakeRoom();
  const [one, two, three] = [enter(room, 1), enter(room, 2), enter(room, 3)];
  await settle();
  assert.deepEqual(linksOf(one), ["direct 2", "direct 3"]);
  // The other end hears of it late, when the connection has ended already.
  eventsOf(room, one).parted([two.name]);
  eventsOf(room, one).count(9);
  await settle();
  assert.deepEqual(linksOf(one), ["direct 3"]);
  await room.clock.advance(2000);
  eventsOf(room, two).parted([one.name]);
  eventsOf(room, two).count(9);
  await room.clock.advance(200_000);
  assert.deepEqual(linksOf(one), ["direct 3"]);
  assert.deepEqual(linksOf(two), ["direct 3"]);
  assert.deepEqual(linksOf(three).sort(), ["direct 1", "direct 2"]);
  assert.deepEqual([lastPresence(one)?.peers, lastPresence(one)?.count], [[three.name], 9]);
  assert.equal(room.connections.length, 6, "no other one was made");
  const abilities = { direct: true, relay: true, fallback: true };
  eventsOf(room, one).arrived({ peer: two.name, ...abilities });
  eventsOf(room, two).arrived({ peer: one.name, ...abilities });
  await settle();
  assert.deepEqual(linksOf(one), ["direct 3", "direct 2"]);
  assert.deepEqual([...warnings(one), ...warnings(two)], []);
});

test("a participant links with no more than its task's mesh takes; who is over waits for a place", async () => {
  const room = new FakeRoom();
  const mesh = { most: 3, links: 0 };
  const [one, two] = [enter(room, 1, { mesh }), enter(room, 2, { mesh })];
  const three = enter(room, 3, { mesh });
  const four = enter(room, 4, { mesh });
  await room.clock.advance(1000);
  assert.deepEqual(linksOf(one), ["direct 2", "direct 3"]);
  assert.deepEqual(warnings(one), ["full"]);
  assert.equal(lastPresence(one)?.count, 4);
  room.leave(nameOf(2), true);
  two.network.close();
  await room.clock.advance(60_000);
  assert.deepEqual(linksOf(one), ["direct 3", "direct 4"]);
  assert.deepEqual(linksOf(three), ["direct 1", "direct 4"]);
  assert.deepEqual(linksOf(four).sort(), ["direct 1", "direct 3"]);
});

test("who is matched with others after signalling was away leaves the old ones when a place is needed, or soon", async () => {
  const room = new FakeRoom();
  const mesh = { most: 4, links: 2 };
  const all = [1, 2, 3, 4].map((number) => enter(room, number, { mesh }));
  const [one, two, three, four] = all as [Participant, Participant, Participant, Participant];
  await settle();
  assert.equal(linksOf(one).length, 3);
  const seats = [...room.members];
  room.members.clear();
  for (const [, { events }] of seats) events.lost("the server was killed");
  await settle();
  assert.equal(linksOf(one).length, 3, "the server is not needed");
  const five = enter(room, 5, { mesh });
  await settle();
  for (const [name, seat] of seats) room.members.set(name, seat);
  const abilities = { direct: true, relay: true, fallback: true };
  const matched = (participant: Participant, ...mates: Participant[]) => {
    const peers = mates.map(({ name }) => ({ peer: name, ...abilities }));
    const { events } = room.members.get(participant.name) ?? assert.fail();
    events.count(5);
    events.joined({ peers, iceServers: [], relay: true, mode: "decentralized" });
  };
  matched(one, two, five);
  matched(two, one, three);
  matched(three, two, four);
  matched(four, three);
  matched(five, one);
  await settle();
  assert.equal(linksOf(one).length, 3, "two that are matched, and one of before");
  assert.ok(linksOf(one).includes("direct 5"));
  await room.clock.advance(31_000);
  assert.deepEqual(linksOf(one).sort(), ["direct 2", "direct 5"]);
  assert.deepEqual(linksOf(three).sort(), ["direct 2", "direct 4"]);
  assert.equal(kinds(two, "linkDown").length, 1, "links of before that are wanted stay");
  assert.deepEqual(all.flatMap(warnings), []);
});

test("where all are told by name, a link that signalling does not know of stays", async () => {
  const { room, one } = await enterTwo();
  const { events } = room.members.get(one.name) ?? assert.fail();
  events.lost("the server was killed");
  events.joined({ peers: [], iceServers: [], relay: true, mode: "decentralized" });
  events.count(1);
  await room.clock.advance(60_000);
  assert.deepEqual(linksOf(one), ["direct 2"]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { fields, plainSeal, secretSeal, type SignalSeal } from "../../src/net/seal.ts";
import type {
  RoomPeer,
  Signalling,
  SignallingEvents,
  SignallingStrategy,
} from "../../src/net/signalling.ts";
import { byHandSignalling } from "../../src/net/ways/byHand.ts";
import { peerjsSignalling } from "../../src/net/ways/peerjs.ts";
import { severalWays } from "../../src/net/ways/several.ts";
import { tabsSignalling } from "../../src/net/ways/tabs.ts";
import type { TabChannel, World } from "../../src/net/world.ts";
import { settle, trackedCrypto } from "./clock.ts";
import { enter, linksOf, nameOf } from "./participants.ts";
import { FakePeerjsServer } from "./peerjs.ts";
import { FakeRoom } from "./room.ts";

// Every way of signalling alone, with mocks that fail on request; then participants that find each
// other so.

const taskHash = "ab".repeat(32);

interface Seat {
  name: string;
  way: Signalling;
  present: Set<string>;
  signals: string[];
  relayed: number[][];
  told: string[];
}

/** One participant that does nothing but signal. */
function sit(
  strategy: SignallingStrategy,
  world: World,
  number: number,
  seal: Promise<SignalSeal> = Promise.resolve(plainSeal),
  secret?: string,
): Seat {
  const name = nameOf(number);
  const seat: Omit<Seat, "way"> = { name, present: new Set(), signals: [], relayed: [], told: [] };
  const short = (peer: string) => String(parseInt(peer, 16));
  const events: SignallingEvents = {
    connecting: () => seat.told.push("connecting"),
    joined: ({ peers }) => {
      seat.told.push("joined");
      seat.present = new Set(peers.map(({ peer }) => short(peer)));
    },
    arrived: ({ peer }: RoomPeer) => seat.present.add(short(peer)),
    left: (peer, gone) => {
      seat.told.push(`${gone ? "gone" : "left"} ${short(peer)}`);
      seat.present.delete(short(peer));
    },
    parted: (peers) => {
      for (const peer of peers) seat.present.delete(short(peer));
    },
    count: (count) => seat.told.push(`count ${String(count)}`),
    signal: (from, payload) => seat.signals.push(`${short(from)}: ${payload}`),
    relayed: (_from, bytes) => seat.relayed.push([...bytes]),
    mode: (mode) => seat.told.push(mode),
    refused: (code) => seat.told.push(`refused ${code}`),
    lost: () => seat.told.push("lost"),
  };
  const abilities = { direct: true, relay: true, fallback: false };
  const mesh = { most: 16, links: 0 };
  const options = { room: "test room", taskHash, peer: name, abilities, mesh, secret, seal };
  return Object.assign(seat, { way: strategy(world, options, events) });
}

const present = (seat: Seat) => [...seat.present].sort().join(" ");

// --- tabs ---

/** Channels and locks of one browser. */
class FakeTabs {
  private readonly channels = new Set<FakeTab>();
  private readonly held = new Map<string, Promise<unknown>>();
  readonly sent: unknown[] = [];

  world(room: FakeRoom): World {
    return {
      ...room.world(true, true),
      openChannel: (name) => this.open(name),
      locks: {
        // As the browser's: what holds it runs at once or when the one before is done.
        request: async (name: string, ...rest: unknown[]) => {
          const action = rest.at(-1) as () => unknown;
          const before = this.held.get(name) ?? Promise.resolve();
          const turn = before.then(() => action());
          this.held.set(name, turn);
          return turn;
        },
      } as unknown as LockManager,
    };
  }

  private open(name: string): TabChannel {
    const tab: FakeTab = {
      name,
      onmessage: null,
      postMessage: (message) => {
        this.sent.push(message);
        const data = structuredClone(message);
        for (const other of this.channels) {
          if (other !== tab && other.name === name) queueMicrotask(() => other.onmessage?.({ data }));
        }
      },
      close: () => this.channels.delete(tab),
    };
    this.channels.add(tab);
    return tab;
  }

  post(name: string, message: unknown): void {
    this.open(name).postMessage(message);
  }
}

interface FakeTab extends TabChannel {
  readonly name: string;
}

test("tabs find each other, whatever the order, and hear of those that leave", async () => {
  const room = new FakeRoom();
  const tabs = new FakeTabs();
  const seats = [1, 2, 3].map((number) => sit(tabsSignalling, tabs.world(room), number));
  await settle();
  assert.deepEqual(seats.map(present), ["2 3", "1 3", "1 2"]);
  seats[0]?.way.send(nameOf(3), "hello");
  seats[1]?.way.relay(nameOf(3), Uint8Array.of(1, 2));
  await settle();
  assert.deepEqual(seats[2]?.signals, ["1: hello"]);
  assert.deepEqual(seats[2]?.relayed, [[1, 2]]);
  assert.deepEqual(seats[1]?.signals, [], "others do not hear it");
  seats[2]?.way.close();
  await settle();
  assert.deepEqual(seats.slice(0, 2).map(present), ["2", "1"]);
  assert.deepEqual(seats[0]?.told.slice(-1), ["gone 3"]);
});

test("junk of another script in this origin is not heard", async () => {
  const tabs = new FakeTabs();
  const seat = sit(tabsSignalling, tabs.world(new FakeRoom()), 1);
  await settle();
  const junk = [undefined, 7, {}, { kind: "here" }, { kind: "here", member: { peer: "x" } },
    { kind: "signal", from: nameOf(2), payload: "of nobody who is here" },
    { kind: "relay", from: nameOf(2), bytes: "no bytes" }];
  for (const message of junk) tabs.post(`deai ${taskHash} test room`, message);
  await settle();
  assert.equal(present(seat), "");
  assert.deepEqual(seat.signals, []);
});

test("participants in tabs connect directly, and without WebRTC through the tabs themselves", async () => {
  for (const [webRtc, path] of [[true, "direct 2"], [false, "relayed 2"]] as const) {
    const room = new FakeRoom();
    const tabs = new FakeTabs();
    const way: FakeRoom = Object.assign(Object.create(room) as FakeRoom, {
      world: (_: boolean, secure: boolean) => ({ ...tabs.world(room), ...(secure ? {} : {}),
        createPeerConnection: room.world(webRtc, true).createPeerConnection }),
      signalling: tabsSignalling,
    });
    const one = enter(way, 1, { secret: "secret", server: undefined });
    const two = enter(way, 2, { secret: "secret", server: undefined });
    await room.clock.advance(100);
    assert.deepEqual(linksOf(one), [path]);
    assert.equal(linksOf(two).length, 1);
    assert.ok(!JSON.stringify(tabs.sent).includes("sdp of"), "offers are sealed");
  }
});

// --- PeerJS ---

function peerjsRoom() {
  const room = new FakeRoom();
  const server = new FakePeerjsServer(room.clock);
  const world: World = { ...room.world(true, true), openSocket: (url) => server.open(url) };
  const seal = secretSeal(trackedCrypto, "secret", "test room", taskHash);
  const place = { url: "http://peers.test/path?key=mine" };
  const sitDown = (number: number) => sit(peerjsSignalling(place), world, number, seal, "secret");
  return { room, server, sitDown };
}

test("a PeerJS server's ids become a room; who comes later finds all", async () => {
  const { room, server, sitDown } = peerjsRoom();
  const seats: Seat[] = [];
  for (const number of [1, 2, 3]) {
    seats.push(sitDown(number));
    await room.clock.advance(1000);
  }
  assert.deepEqual(seats.map(present), ["2 3", "1 3", "1 2"]);
  assert.match(server.urls[0] ?? "", /^ws:\/\/peers\.test\/path\/peerjs\?key=mine&id=[0-9a-f]{40}&/);
  seats[2]?.way.send(nameOf(1), "hello");
  await room.clock.advance(100);
  assert.deepEqual(seats[0]?.signals, ["3: hello"]);
  assert.ok(!server.passed.join().includes(nameOf(1)), "the server reads no names");
  // The first id becomes free; who takes it finds those behind it.
  seats[0]?.way.close();
  await room.clock.advance(100);
  assert.deepEqual(seats.slice(1).map(present), ["3", "2"]);
  assert.ok(seats[1]?.told.includes("gone 1"));
  const four = sitDown(4);
  await room.clock.advance(1000);
  assert.equal(present(four), "2 3");
});

test("a PeerJS server that restarts: all come back to their ids and to each other", async () => {
  const { room, server, sitDown } = peerjsRoom();
  const seats = [1, 2].map(sitDown);
  await room.clock.advance(1000);
  server.kill();
  await room.clock.advance(5000);
  assert.ok(seats.every(({ told }) => told.includes("lost")));
  server.away = false;
  await room.clock.advance(60_000);
  assert.deepEqual(seats.map(present), ["2", "1"]);
});

test("a participant that vanishes without a word is missed; one that is silent for a while is not", async () => {
  const { room, server, sitDown } = peerjsRoom();
  const seats = [sitDown(1)];
  await room.clock.advance(1000);
  seats.push(sitDown(2));
  await room.clock.advance(1000);
  server.mute(1); // its line is dead, and the server has not noticed
  await room.clock.advance(60_000);
  assert.equal(present(seats[0] as Seat), "2");
  await room.clock.advance(200_000);
  assert.equal(present(seats[0] as Seat), "");
});

test("who does not know the secret cannot name the room's ids; a full room says so", async () => {
  const { room, server, sitDown } = peerjsRoom();
  sitDown(1);
  await room.clock.advance(1000);
  const guess = await crypto.subtle.digest("SHA-256", fields("deai peerjs 1", "test room", taskHash, "", "0"));
  assert.ok(!server.urls.some((url) => url.includes(Buffer.from(guess).toString("hex").slice(0, 40))));
  server.full = true;
  const two = sitDown(2);
  await room.clock.advance(1000);
  assert.ok(two.told.includes("refused full"));
});

// --- by hand ---

function byHandRoom(secret = "secret") {
  const room = new FakeRoom();
  const seal = secretSeal(trackedCrypto, secret, "test room", taskHash);
  const sitDown = (number: number, own = seal) =>
    sit(byHandSignalling({}), room.world(true, true), number, own);
  return { room, sitDown };
}

async function shakeHands(room: FakeRoom, inviter: Seat, guest: Seat): Promise<string[]> {
  const inviting = inviter.way.byHand?.invite();
  await room.clock.advance(5000);
  const invitation = (await inviting) ?? "";
  const answering = guest.way.byHand?.answer(invitation);
  await settle();
  await room.clock.advance(5000);
  const answer = (await answering) ?? "";
  assert.equal(await inviter.way.byHand?.answer(` ${answer.slice(0, 30)}\n${answer.slice(30)}`), undefined);
  await settle();
  return [invitation, answer];
}

test("two texts connect two; a third needs to know one of them only", async () => {
  const { room, sitDown } = byHandRoom();
  const seats = [1, 2, 3, 4].map((number) => sitDown(number));
  const [one, two, three, four] = seats as [Seat, Seat, Seat, Seat];
  const texts = await shakeHands(room, one, two);
  assert.match(texts[0] ?? "", /^deai-offer-[\w-]+$/);
  assert.match(texts[1] ?? "", /^deai-answer-[\w-]+$/);
  await shakeHands(room, two, three);
  await shakeHands(room, three, four);
  assert.deepEqual(seats.map(present), ["2 3 4", "1 3 4", "1 2 4", "1 2 3"]);
  one.way.send(nameOf(4), "hello");
  await settle();
  assert.deepEqual(four.signals, ["1: hello"]);
  assert.deepEqual(two.signals, [], "passed on unread");
  two.way.close();
  await settle();
  assert.deepEqual([one, three, four].map(present), ["", "4", "3"]);
});

test("a circle of hands keeps nobody who is gone", async () => {
  const { room, sitDown } = byHandRoom();
  const [one, two, three, four] = [1, 2, 3, 4].map((number) => sitDown(number)) as [Seat, Seat, Seat, Seat];
  for (const [inviter, guest] of [[one, two], [two, three], [three, one], [three, four]] as const) {
    await shakeHands(room, inviter, guest);
  }
  assert.equal(present(one), "2 3 4");
  four.way.close();
  for (let i = 0; i < 10; i++) await settle();
  assert.deepEqual([one, two, three].map(present), ["2 3", "1 3", "1 2"]);
});

test("texts of others, damaged ones and those that were used say what is wrong", async () => {
  const { room, sitDown } = byHandRoom();
  const [one, two] = [sitDown(1), sitDown(2)];
  const stranger = sitDown(3, secretSeal(trackedCrypto, "other secret", "test room", taskHash));
  const [invitation = "", answer = ""] = await shakeHands(room, one, two);
  const refused = (seat: Seat, text: string, words: RegExp) =>
    assert.rejects(async () => seat.way.byHand?.answer(text), words);
  await refused(one, "hello", /no invitation/);
  await refused(one, invitation, /made here/);
  await refused(one, answer, /answered already/);
  await refused(stranger, invitation, /another secret/);
  await refused(two, `${invitation.slice(0, -5)}AAAAA`, /damaged/);
  const plain = sitDown(4, Promise.resolve(plainSeal));
  await refused(plain, "deai-offer-AAAA", /damaged/);
});

// --- several ---

test("several ways: found by one is enough, lost on one of two is no loss", async () => {
  const rooms = [new FakeRoom(), new FakeRoom()];
  const [first, second] = rooms as [FakeRoom, FakeRoom];
  second.relay = false;
  const both = severalWays(rooms.map(({ signalling }) => signalling));
  const world = first.world(true, true);
  const one = sit(both, world, 1);
  const two = sit(both, world, 2);
  const three = sit(second.signalling, world, 3);
  await settle();
  assert.deepEqual([one, two, three].map(present), ["2 3", "1 3", "1 2"]);
  const seat = first.members.get(nameOf(1));
  first.leave(nameOf(1));
  seat?.events.lost("the first server was killed");
  await settle();
  assert.equal(present(one), "2 3");
  assert.equal(present(two), "1 3");
  assert.ok(!one.told.includes("lost"));
  one.way.send(nameOf(2), "by the other server");
  await settle();
  assert.deepEqual(two.signals, ["1: by the other server"]);
  second.members.get(nameOf(1))?.events.lost("the second, too");
  await settle();
  assert.equal(one.told.at(-1), "lost");
});

test("an answer goes the way by which the question came", async () => {
  const rooms = [new FakeRoom(), new FakeRoom()];
  const [first, second] = rooms as [FakeRoom, FakeRoom];
  first.keepSignal = () => false; // it seems to work, and carries nothing
  const world = first.world(true, true);
  const one = sit(severalWays(rooms.map(({ signalling }) => signalling)), world, 1);
  const two = sit(severalWays([second.signalling, first.signalling]), world, 2);
  await settle();
  two.way.send(nameOf(1), "question");
  await settle();
  one.way.send(nameOf(2), "answer");
  await settle();
  assert.deepEqual(one.signals, ["2: question"]);
  assert.deepEqual(two.signals, ["1: answer"]);
});

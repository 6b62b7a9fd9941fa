import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { afterEach, test } from "node:test";
import { parseSignalReply } from "../../src/net/messages.ts";
import {
  Client,
  health,
  joinCoordinator,
  joinMessage,
  joinRoom,
  peerName,
  startServer,
  stopServer,
  type TestServer,
} from "./support.ts";

// Rooms that are larger than their mesh, over real sockets.

let server: TestServer;
afterEach(() => stopServer(server));

const usual = { most: 16, links: 4 };

/** A member as a page is one: it believes what it is told. */
class MemberClient {
  readonly mates = new Set<string>();
  count = 0;
  mostMates = 0;
  messages = 0;
  token = "";
  /** Relay numbers of those it was told of. */
  readonly numbers = new Map<string, number>();
  readonly heard: string[] = [];

  private constructor(
    readonly number: number,
    readonly client: Client,
  ) {
    client.socket.on("message", (data: Buffer, isBinary) => {
      if (isBinary) this.heard.push(`bytes ${String(data.at(-1))}`);
      else this.took(data.toString());
    });
  }

  static async join(number: number, more: object = { mesh: usual }): Promise<MemberClient> {
    const client = await Client.open(server, "/signal");
    const member = new MemberClient(number, client);
    client.send(joinMessage(number, more));
    await until(() => member.token !== "");
    return member;
  }

  get name(): string {
    return peerName(this.number);
  }

  private took(text: string): void {
    const reply = parseSignalReply(text);
    assert.ok(reply, text);
    this.messages++;
    if (reply.kind === "refused") assert.fail(reply.text);
    if ("count" in reply) this.count = reply.count;
    if (reply.kind === "signal") this.heard.push(reply.payload);
    if (reply.kind === "left") this.mates.delete(reply.peer);
    if (reply.kind === "parted") for (const peer of reply.peers) this.mates.delete(peer);
    if (reply.kind === "joined") {
      this.token = reply.token;
      this.mates.clear();
    }
    const members =
      reply.kind === "joined" ? reply.members : reply.kind === "arrived" ? [reply.member] : [];
    for (const { peer, member } of members) {
      this.mates.add(peer);
      this.numbers.set(peer, member);
    }
    // Never more, even for a moment.
    this.mostMates = Math.max(this.mostMates, this.mates.size);
  }
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, "it did not come about within 10 s");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Everything that was on its way has come. */
async function settle(members: Iterable<MemberClient>): Promise<void> {
  for (const { client } of members) {
    const before = client.socket;
    before.send(JSON.stringify({ kind: "ping" }));
    await new Promise<void>((resolve) => {
      const look = (data: Buffer) => {
        if (!data.toString().includes('"pong"')) return;
        before.off("message", look);
        resolve();
      };
      before.on("message", look);
    });
  }
}

function check(members: MemberClient[], most: number): void {
  const byName = new Map(members.map((member) => [member.name, member]));
  for (const { name, mates } of members) {
    assert.ok(mates.size <= most, `${name} has ${String(mates.size)}`);
    for (const mate of mates) assert.ok(byName.get(mate)?.mates.has(name), "each knows the other");
  }
  const seen = new Set(members.slice(0, 1));
  for (const { mates } of seen) {
    for (const mate of mates) seen.add(byName.get(mate) ?? assert.fail("nobody of this room"));
  }
  assert.equal(seen.size, members.length, "connected");
}

test("sixty come and go: connected, few links each, and what each hears does not grow", async () => {
  server = await startServer({ limits: { countMs: 60_000 } });
  const members: MemberClient[] = [];
  /** Messages that one arrival causes, in all. */
  const perJoin: number[] = [];
  const heard = () => members.reduce((sum, { messages }) => sum + messages, 0);
  for (let number = 1; number <= 60; number++) {
    const before = heard();
    members.push(await MemberClient.join(number));
    await settle(members);
    perJoin.push(heard() - before - members.length); // without the pongs
    if (number <= 16) assert.ok(members.every(({ mates }) => mates.size === number - 1));
  }
  check(members, usual.links);
  // Its own greeting, the two in each ring between whom it comes, who hear of it and of each other.
  for (const count of perJoin.slice(17)) assert.ok(count <= 1 + 2 * 2 * 2, String(count));
  let state = 11;
  const next = (below: number) => (state = (state * 48271) % 2147483647) % below;
  for (let step = 0; step < 60; step++) {
    if (step % 2 === 0) {
      const [gone] = members.splice(next(members.length), 1);
      await gone?.client.close();
    } else members.push(await MemberClient.join(100 + step));
  }
  await settle(members);
  check(members, usual.links);
  assert.ok(members.every(({ mostMates }) => mostMates < usual.most));
  const late = members.filter(({ number }) => number > 100);
  assert.ok(late.every(({ mostMates }) => mostMates <= usual.links));
  assert.equal((await health(server))["peers"], 60);
});

test("around the limit a room does not flip between all and few on each arrival", async () => {
  server = await startServer();
  const mesh = { most: 8, links: 4 };
  const members: MemberClient[] = [];
  for (let number = 1; number <= 9; number++) members.push(await MemberClient.join(number, { mesh }));
  await settle(members);
  check(members, 4);
  // Down to seven and up again: few stay few.
  for (const number of [9, 8]) {
    const gone = members.pop();
    assert.equal(gone?.number, number);
    await gone.client.close();
    await settle(members);
    check(members, 4);
  }
  await members.pop()?.client.close();
  await settle(members);
  await until(() => members.every(({ mates }) => mates.size === 5));
  members.push(await MemberClient.join(20, { mesh }), await MemberClient.join(21, { mesh }));
  await settle(members);
  assert.ok(members.every(({ mates }) => mates.size === 7), "up to eight are all with all");
});

test("signals and relayed bytes pass between those only who are matched", async () => {
  server = await startServer();
  const members: MemberClient[] = [];
  const mesh = { most: 4, links: 2 };
  for (let number = 1; number <= 8; number++) members.push(await MemberClient.join(number, { mesh }));
  await settle(members);
  check(members, 2);
  const [one] = members;
  assert.ok(one);
  // All of the first four know each other's numbers from when they were all with all.
  const strangers = members.slice(1, 4).filter(({ name }) => !one.mates.has(name));
  const mates = members.filter(({ name }) => one.mates.has(name));
  assert.ok(strangers.length > 0 && mates.length === 2);
  for (const other of members.slice(1)) {
    one.client.send({ kind: "signal", to: other.name, payload: "hello" });
    const frame = new Uint8Array(5).fill(7);
    new DataView(frame.buffer).setUint32(0, one.numbers.get(other.name) ?? 0, true);
    one.client.send(frame);
  }
  await settle(members);
  for (const mate of mates) assert.deepEqual(mate.heard, ["hello", "bytes 7"]);
  for (const stranger of strangers) assert.deepEqual(stranger.heard, []);
});

test("who loses its connection keeps its place for a while, and then others are matched", async () => {
  server = await startServer({ limits: { awayMs: 500 } });
  const members: MemberClient[] = [];
  const mesh = { most: 4, links: 2 };
  for (let number = 1; number <= 8; number++) members.push(await MemberClient.join(number, { mesh }));
  await settle(members);
  const away = members[3];
  assert.ok(away);
  const [mates, others] = [[...away.mates], members.filter((member) => member !== away)];
  const told = others.map(({ messages }) => messages);
  away.client.socket.terminate();
  await until(() => others.every(({ mates: known }) => !known.has(away.name)));
  assert.equal((await health(server))["peers"], 7);
  const back = await MemberClient.join(4, { mesh, token: away.token });
  assert.deepEqual([...back.mates].sort(), mates.sort());
  await settle(others);
  for (const [index, { name, messages }] of others.entries()) {
    const heard = messages - (told[index] ?? 0) - 1;
    assert.equal(heard, mates.includes(name) ? 2 : 0, "it left, it arrived; nobody else is told");
  }
  check([...others, back], 2);
  back.client.socket.terminate();
  await until(() => others.every(({ mates: known }) => known.size === 2));
  await settle(others);
  check(others, 2);
  // A page that was loaded anew has no token, and its name is free.
  const anew = await MemberClient.join(4, { mesh });
  await settle(others);
  check([...others, anew], 2);
});

test("a page may claim what it likes: the server bounds the mesh and the links", async () => {
  server = await startServer({ limits: { peersPerRoom: 6, linksPerPeer: 2, countMs: 20 } });
  const members: MemberClient[] = [];
  for (let number = 1; number <= 10; number++) {
    members.push(await MemberClient.join(number, { mesh: { most: 1000, links: 999 } }));
  }
  await settle(members);
  check(members, 2);
  await until(() => members.every(({ count }) => count === 10));
});

test("one liar does not decide for a room: neither that it is full nor how it is matched", async () => {
  server = await startServer({ limits: { awayMs: 60_000 } });
  const liar = await MemberClient.join(1, { mesh: { most: 1, links: 0 }, fallback: false });
  const mesh = { most: 4, links: 2 };
  const members = [liar];
  for (let number = 2; number <= 9; number++) members.push(await MemberClient.join(number, { mesh }));
  await settle(members);
  check(members, 2);
  const full = { most: 3, links: 0 };
  for (const number of [1, 2]) await joinRoom(server, number, { room: "other", mesh: full, fallback: false });
  // Nor does it get in by a claim of its own where there is no place.
  const third = await joinRoom(server, 3, { room: "other", mesh: full, fallback: false });
  assert.equal(third.joined["kind"], "joined");
  const fourth = await joinRoom(server, 4, { room: "other", mesh: { most: 16, links: 8 } });
  assert.equal(fourth.joined["code"], "full");
});

test("a mesh of the mean scheme that is full: through the coordinator where all can, else a refusal", async () => {
  server = await startServer();
  const taskHash = createHash("sha256").update('{"deai":1}').digest("hex");
  const mesh = { most: 3, links: 0 };
  const members: MemberClient[] = [];
  for (let number = 1; number <= 3; number++) {
    members.push(await MemberClient.join(number, { mesh, taskHash }));
  }
  const stays = await joinRoom(server, 4, { mesh, taskHash, fallback: false });
  assert.equal(stays.joined["code"], "full");
  assert.equal(stays.joined["text"], "this room's mesh takes 3 participants, no more fit");
  const goes = await joinRoom(server, 5, { mesh, taskHash });
  assert.deepEqual([goes.joined["mode"], goes.joined["members"], goes.joined["count"]], ["federated", [], 4]);
  await settle(members);
  assert.ok(members.every(({ mates }) => mates.size === 2), "nobody is to be linked with it");
  await joinCoordinator(server, { task: '{"deai":1}' });
  const sixth = await joinRoom(server, 6, { mesh, taskHash });
  assert.equal(sixth.joined["mode"], "federated");
  // One that trains with peers only keeps the others with peers, too.
  await joinRoom(server, 1, { mesh: { most: 1, links: 0 }, fallback: false });
  const refused = await joinRoom(server, 2, { mesh: { most: 1, links: 0 } });
  assert.equal(refused.joined["code"], "full");
});

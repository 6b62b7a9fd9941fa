import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import {
  bounded,
  Client,
  CountingEngine,
  health,
  joinCoordinator,
  joinMessage,
  joinRoom,
  peerName,
  startServer,
  stopServer,
  type TestServer,
} from "./support.ts";

let server: TestServer;
afterEach(() => stopServer(server));

test("members learn of each other, and only within their room and task", async () => {
  server = await startServer({ iceServers: [{ urls: "stun:127.0.0.1:3478" }] });
  const one = await joinRoom(server, 1);
  assert.equal(one.joined["kind"], "joined");
  assert.deepEqual(one.joined["members"], []);
  assert.deepEqual(one.joined["iceServers"], [{ urls: "stun:127.0.0.1:3478" }]);
  const elsewhere = await joinRoom(server, 2, { room: "other" });
  const otherTask = await joinRoom(server, 3, { taskHash: "cd".repeat(32) });
  assert.deepEqual(elsewhere.joined["members"], []);
  assert.deepEqual(otherTask.joined["members"], []);
  const four = await joinRoom(server, 4, { direct: false });
  assert.deepEqual((four.joined["members"] as { peer: string }[]).map(({ peer }) => peer), [
    peerName(1),
  ]);
  const arrived = await one.client.nextText();
  const abilities = { direct: false, relay: true, fallback: true };
  const member = arrived["member"] as Record<string, unknown>;
  assert.equal(arrived["kind"], "arrived");
  assert.deepEqual({ ...member, member: 0 }, { peer: peerName(4), member: 0, ...abilities });
  assert.deepEqual([(await health(server))["rooms"], (await health(server))["peers"]], [3, 4]);
  await four.client.close();
  assert.deepEqual(await one.client.nextText(), {
    ...{ kind: "left", peer: peerName(4), gone: true },
    count: 1,
  });
  const five = await joinRoom(server, 5);
  await one.client.nextText();
  five.client.socket.terminate();
  assert.deepEqual(await one.client.nextText(), {
    ...{ kind: "left", peer: peerName(5), gone: false },
    count: 1,
  });
});

test("signals go to the one they are for, with the sender's name as the server knows it", async () => {
  server = await startServer();
  const one = await joinRoom(server, 1);
  const two = await joinRoom(server, 2);
  const outsider = await joinRoom(server, 3, { room: "other" });
  await one.client.nextText();
  two.client.send({ kind: "signal", to: peerName(1), payload: "hello", from: peerName(9) });
  const expected = { kind: "signal", from: peerName(2), payload: "hello" };
  assert.deepEqual(await one.client.nextText(), expected);
  outsider.client.send({ kind: "signal", to: peerName(1), payload: "from another room" });
  outsider.client.send({ kind: "ping" });
  assert.deepEqual(await outsider.client.nextText(), { kind: "pong" });
  one.client.send({ kind: "ping" });
  assert.deepEqual(await one.client.nextText(), { kind: "pong" });
});

test("relay frames reach the named member alone and carry the sender's number", async () => {
  server = await startServer();
  const one = await joinRoom(server, 1);
  const two = await joinRoom(server, 2);
  const three = await joinRoom(server, 3);
  const outsider = await joinRoom(server, 4, { room: "other" });
  const [first] = three.joined["members"] as { peer: string; member: number }[];
  assert.ok(first?.peer === peerName(1));
  three.client.send(relayFrame(first.member, [7, 8, 9]));
  outsider.client.send(relayFrame(first.member, [6, 6, 6]));
  assert.equal((await one.client.nextText())["kind"], "arrived");
  const arrived = await one.client.nextText();
  const { member } = arrived["member"] as { member: number };
  assert.deepEqual(await one.client.nextBytes(), relayFrame(member, [7, 8, 9]));
  two.client.send({ kind: "ping" });
  assert.equal((await two.client.nextText())["kind"], "arrived");
  assert.deepEqual(await two.client.nextText(), { kind: "pong" });
});

test("a server without a relay says so and refuses frames", async () => {
  server = await startServer({ relay: false });
  const { client, joined } = await joinRoom(server, 1);
  assert.equal(joined["relay"], false);
  client.send(relayFrame(1, [1]));
  assert.equal((await client.nextText())["code"], "relay");
  assert.equal((await client.closed).code, 1008);
});

test("one that does not read holds up who writes to it, and gets every frame later", async () => {
  server = await startServer({ limits: { waitingBytes: 64 * 1024 } });
  const late = await joinRoom(server, 1);
  const writer = await joinRoom(server, 2);
  await late.client.nextText();
  const [target] = writer.joined["members"] as { member: number }[];
  assert.ok(target);
  late.client.socket.pause();
  const count = 2000; // 32 MB, more than the system's own buffers hold
  for (let i = 0; i < count; i++) {
    const frame = relayFrame(target.member, new Array<number>(16_000).fill(i & 0xff));
    writer.client.send(frame);
  }
  writer.client.send({ kind: "ping" });
  const pong = writer.client.nextText(60_000);
  const held = new Promise((resolve) => setTimeout(resolve, 2000, "held up"));
  assert.equal(await Promise.race([pong, held]), "held up", "the server reads on");
  late.client.socket.resume();
  for (let i = 0; i < count; i++) {
    const frame = await late.client.nextBytes();
    assert.equal(frame.length, 16_004);
    assert.equal(frame[4], i & 0xff);
  }
  assert.deepEqual(await pong, { kind: "pong" });
});

test("one that does not read for long is dropped", async () => {
  server = await startServer({ limits: { waitingBytes: 64 * 1024, slowReaderMs: 400 } });
  const slow = await joinRoom(server, 1);
  const writer = await joinRoom(server, 2);
  const [target] = writer.joined["members"] as { member: number }[];
  assert.ok(target);
  slow.client.socket.pause();
  const frame = relayFrame(target.member, new Array<number>(16_000).fill(5));
  for (let i = 0; i < 2000; i++) writer.client.send(frame);
  const left = { kind: "left", peer: peerName(1), gone: false, count: 1 };
  assert.deepEqual(await writer.client.nextText(), left);
  writer.client.send({ kind: "ping" });
  assert.deepEqual(await writer.client.nextText(), { kind: "pong" });
});

test("who comes back with its token takes its seat over; a stranger cannot", async () => {
  server = await startServer();
  const one = await joinRoom(server, 1);
  const two = await joinRoom(server, 2);
  await one.client.nextText();
  const thief = await joinRoom(server, 2);
  assert.equal(thief.joined["code"], "taken");
  const again = await joinRoom(server, 2, { token: two.joined["token"] });
  assert.equal(again.joined["kind"], "joined");
  await two.client.closed;
  one.client.send({ kind: "signal", to: peerName(2), payload: "still there?" });
  assert.equal((await again.client.nextText())["payload"], "still there?");
  one.client.send({ kind: "ping" });
  assert.deepEqual(await one.client.nextText(), { kind: "pong" }, "no left, no arrived");
});

test("rooms, peers and rates have limits with clear refusals", async () => {
  server = await startServer({
    limits: { rooms: 1, peersPerRoom: 2, messageBurst: 20, messagesPerSecond: 1 },
  });
  const one = await joinRoom(server, 1);
  await joinRoom(server, 2);
  const third = await joinRoom(server, 3, { fallback: false });
  assert.equal(third.joined["code"], "full");
  assert.match(String(third.joined["text"]), /2 participants/);
  const room = await joinRoom(server, 4, { room: "second" });
  assert.match(String(room.joined["text"]), /1 rooms/);
  await one.client.nextText();
  for (let i = 0; i < 30; i++) one.client.send({ kind: "ping" });
  let message = await one.client.nextText();
  while (message["kind"] === "pong") message = await one.client.nextText();
  assert.equal(message["code"], "rate");
  assert.equal((await one.client.closed).code, 1008);
});

test("the number of sockets is bounded, and one that says nothing is closed", async () => {
  server = await startServer({ limits: { sockets: 2, joinMs: 200 } });
  const silent = await Client.open(server, "/signal");
  await Client.open(server, "/coordinator");
  await assert.rejects(Client.open(server, "/signal"), /503/);
  assert.equal((await silent.nextText())["code"], "late");
  await bounded(silent.closed);
});

test("a dead line is noticed by the heartbeat", async () => {
  server = await startServer({ limits: { heartbeatMs: 100 } });
  const alive = await joinRoom(server, 1);
  const dead = await joinRoom(server, 2);
  assert.equal((await alive.client.nextText())["kind"], "arrived");
  dead.client.socket.pause(); // reads no ping, answers none
  const left = { kind: "left", peer: peerName(2), gone: false, count: 1 };
  assert.deepEqual(await alive.client.nextText(), left);
});

test("who joins is told the room's mode, and the others when somebody goes federated", async () => {
  server = await startServer();
  const early = await joinCoordinator(server);
  assert.equal(early.answer["kind"], "joined");
  const hash = new CountingEngine(JSON.stringify({ deai: 1 })).taskHash;
  const late = await joinRoom(server, 1, { taskHash: hash });
  assert.equal(late.joined["mode"], "federated");
  await early.client.close();
  await until(async () => (await health(server))["participants"] === 0);
  const after = await joinRoom(server, 2, { taskHash: hash });
  assert.equal(after.joined["mode"], "decentralized");
  await joinCoordinator(server);
  assert.deepEqual(await after.client.nextText(), { kind: "mode", mode: "federated" });
});

test("junk on the signalling socket closes that socket and nothing else", async () => {
  server = await startServer();
  const honest = await joinRoom(server, 1);
  const junk: (string | Uint8Array | object)[] = [
    Uint8Array.of(0xc1),
    "",
    "{",
    "null",
    "[]",
    "1e999",
    '{"kind":"__proto__"}',
    { kind: "join" },
    { kind: "signal", to: peerName(1), payload: "not joined" },
    { kind: "ping" },
    joinMessage(2, { room: "" }),
    joinMessage(2, { room: "a\nb" }),
    joinMessage(2, { room: "x".repeat(65) }),
    joinMessage(2, { taskHash: "AB".repeat(32) }),
    joinMessage(2, { peer: "x" }),
    joinMessage(2, { direct: "yes" }),
    joinMessage(2, { token: 5 }),
    joinMessage(2, { version: 1 }),
    joinMessage(2, { mesh: undefined }),
    joinMessage(2, { mesh: { most: 0, links: 0 } }),
    joinMessage(2, { mesh: { most: 16, links: -1 } }),
    joinMessage(2, { mesh: { most: 1e999, links: 4 } }),
    "\u0000".repeat(1000),
  ];
  for (const message of junk) {
    const client = await Client.open(server, "/signal");
    client.send(message);
    assert.equal((await client.nextText())["kind"], "refused", JSON.stringify(message));
    await client.closed;
  }
  honest.client.send({ kind: "ping" });
  assert.deepEqual(await honest.client.nextText(), { kind: "pong" });
});

test("oversized and broken WebSocket frames close that socket and nothing else", async () => {
  server = await startServer();
  const honest = await joinRoom(server, 1);
  const big = await joinRoom(server, 2);
  await honest.client.nextText();
  big.client.send("x".repeat(200_000));
  assert.equal((await big.client.closed).code, 1009);
  await honest.client.nextText();
  for (let i = 0; i < 60; i++) {
    const client = await Client.open(server, "/signal");
    // Below the frame layer: opcodes that do not exist, fragments without end, wrong lengths.
    const raw = Reflect.get(client.socket, "_socket") as import("node:net").Socket;
    raw.on("error", () => undefined);
    raw.write(Uint8Array.from({ length: 1 + i }, (_, k) => (k * 97 + i * 31 + 0xc1) & 0xff));
    raw.end();
    await client.closed;
  }
  const fragmented = await Client.open(server, "/signal");
  const text = JSON.stringify(joinMessage(3));
  fragmented.socket.send(text.slice(0, 10), { fin: false });
  fragmented.socket.send(text.slice(10), { fin: true });
  assert.equal((await fragmented.nextText())["kind"], "joined", "fragments of a good one are good");
  assert.equal((await honest.client.nextText())["kind"], "arrived");
});

test("ten thousand random and a thousand mutated messages leave honest members alone", async () => {
  server = await startServer({ limits: { messageBurst: 100_000 } });
  const honest = await joinRoom(server, 1);
  const target = await joinRoom(server, 2);
  await honest.client.nextText();
  let state = 7;
  const next = () => (state = (state * 48271) % 2147483647);
  const valid = [joinMessage(4), { kind: "signal", to: peerName(9), payload: "p" }, { kind: "ping" }];
  let stranger: Client | undefined;
  for (let i = 0; i < 11_000; i++) {
    if (stranger?.socket.readyState !== 1) {
      stranger = await Client.open(server, "/signal");
      // Most of the junk comes from one who is in the room: the relay has to look at it, too.
      if (next() % 4 > 0) stranger.send(joinMessage(1000 + i));
    }
    if (i % 11 === 0) {
      const text = JSON.stringify(valid[next() % valid.length]);
      const at = next() % text.length;
      stranger.send(text.slice(0, at) + String.fromCharCode(next() % 128) + text.slice(at + 1));
    } else stranger.send(Uint8Array.from({ length: next() % 64 }, () => next() & 0xff));
    if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  honest.client.send({ kind: "signal", to: peerName(2), payload: "unhurt" });
  let message = await target.client.next();
  while (message instanceof Uint8Array || message?.["kind"] !== "signal") {
    assert.ok(message);
    message = await target.client.next();
  }
  assert.equal(message["payload"], "unhurt");
  assert.equal((await health(server))["status"], "ok");
});

test("closing says good-bye", async () => {
  server = await startServer();
  const { client } = await joinRoom(server, 1);
  const farewell = client.closed;
  await server.close();
  assert.equal((await farewell).code, 1001);
});

function relayFrame(member: number, bytes: number[]): Uint8Array {
  const frame = new Uint8Array(4 + bytes.length);
  new DataView(frame.buffer).setUint32(0, member, true);
  frame.set(bytes, 4);
  return frame;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, "it did not come about within 5 s");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { afterEach, test } from "node:test";
import { networkOf } from "../../server/addresses.ts";
import { inThisThread, type RoomEvent } from "../../server/engine.ts";
import {
  bounded,
  Client,
  CountingEngine,
  health,
  joinCoordinator,
  joinRoom,
  peerName,
  startServer,
  stopServer,
  type TestServer,
} from "./support.ts";

// What one address may take; the others, which have the same server, are 127.0.0.2 and so on.

let server: TestServer;
afterEach(() => stopServer(server));

const elsewhere = { localAddress: "127.0.0.2" };

test("sockets of one address are bounded, with a refusal in words", async () => {
  server = await startServer({ limits: { socketsPerAddress: 2 } });
  await joinRoom(server, 1);
  const second = await joinRoom(server, 2);
  const third = await joinRoom(server, 3);
  assert.equal(third.joined["code"], "full");
  assert.match(String(third.joined["text"]), /your address has 2 connections/);
  assert.equal((await joinRoom(server, 4, {}, elsewhere)).joined["kind"], "joined");
  await second.client.close();
  await third.client.closed;
  assert.equal((await joinRoom(server, 5)).joined["kind"], "joined", "its place is free again");
});

test("so is how fast it opens them", async () => {
  server = await startServer({ limits: { openBurst: 3, opensPerSecond: 1 } });
  for (let i = 0; i < 3; i++) await (await Client.open(server, "/signal")).close();
  await assert.rejects(Client.open(server, "/signal"), /429/);
  await Client.open(server, "/signal", elsewhere);
});

test("TCP connections of one address are bounded before they say a word", async () => {
  server = await startServer({ limits: { connectionsPerAddress: 5 } });
  const port = Number(new URL(server.url).port);
  const flood = await Promise.all(Array.from({ length: 20 }, () => openTcp(port)));
  let closed = 0;
  for (const socket of flood) socket.on("close", () => closed++);
  while (closed < 15) await pause(10);
  assert.equal((await joinRoom(server, 1, {}, elsewhere)).joined["kind"], "joined");
  assert.equal(closed, 15);
  for (const socket of flood) socket.destroy();
});

test("rooms opened by one address are bounded; those of others may be entered", async () => {
  server = await startServer({ limits: { roomsPerAddress: 2, coordinatorsPerAddress: 1 } });
  await joinRoom(server, 1, { room: "a" }, elsewhere);
  for (const room of ["b", "c", "a"]) {
    assert.equal((await joinRoom(server, 2, { room })).joined["kind"], "joined", room);
  }
  const { client, joined } = await joinRoom(server, 3, { room: "d" });
  assert.match(String(joined["text"]), /opened 2 rooms/);
  await client.closed;
  await joinCoordinator(server, { room: "a" }, elsewhere);
  assert.equal((await joinCoordinator(server, { room: "a" })).answer["kind"], "joined");
  assert.equal((await joinCoordinator(server, { room: "b" })).answer["kind"], "joined");
  const excess = await joinCoordinator(server, { room: "c" });
  assert.match(String(excess.answer["text"]), /opened 1 rooms/);
});

test("a room that was left counts no more", async () => {
  server = await startServer({ limits: { roomsPerAddress: 1 } });
  const first = await joinRoom(server, 1, { room: "a" });
  await first.client.close();
  while ((await health(server))["rooms"] !== 0) await pause(10);
  assert.equal((await joinRoom(server, 1, { room: "b" })).joined["kind"], "joined");
});

test("new tasks of one address have a rate; known ones do not count", async () => {
  server = await startServer({ limits: { taskBurst: 2, tasksPerSecond: 0.001 } });
  for (const task of ['{"a":1}', '{"a":2}']) {
    assert.equal((await joinCoordinator(server, { task })).answer["kind"], "joined");
  }
  const third = await joinCoordinator(server, { task: '{"a":3}' });
  assert.equal(third.answer["code"], "rate");
  assert.equal((await joinCoordinator(server, { task: '{"a":2}' })).answer["kind"], "joined");
  const other = await joinCoordinator(server, { task: '{"a":3}' }, elsewhere);
  assert.equal(other.answer["kind"], "joined");
});

test("behind a proxy the last forwarded address counts, and only there", async () => {
  server = await startServer({ limits: { socketsPerAddress: 1 }, behindProxy: true });
  const from = (addresses: string) => ({ headers: { "X-Forwarded-For": addresses } });
  const kind = async (addresses: string, peer: number) =>
    (await joinRoom(server, peer, {}, from(addresses))).joined["kind"];
  assert.equal(await kind("192.0.2.1", 1), "joined");
  assert.equal(await kind("192.0.2.2", 2), "joined");
  assert.equal(await kind("192.0.2.9, 192.0.2.1", 3), "refused", "a made-up first entry");
  await stopServer(server);
  server = await startServer({ limits: { socketsPerAddress: 1 } });
  assert.equal(await kind("192.0.2.1", 1), "joined");
  assert.equal(await kind("192.0.2.2", 2), "refused");
});

test("what one address begins to say and does not end is bounded", async () => {
  server = await startServer({ limits: { unfinishedBytesPerAddress: 300 * 1024 } });
  const half = async (from?: { localAddress: string }) => {
    const client = await Client.open(server, "/coordinator", from);
    client.socket.send("x".repeat(90 * 1024), { fin: false });
    return client;
  };
  const clients = [await half(), await half(), await half(), await half()];
  const refused = await Promise.race(clients.map(async (client) => ({ client, text: await client.nextText() })));
  assert.equal(refused.text["code"], "busy");
  assert.match(String(refused.text["text"]), /your address/);
  await refused.client.closed;
  const other = await half(elsewhere);
  other.socket.send("x", { fin: true });
  assert.equal((await other.nextText())["code"], "message", "another address's is heard to its end");
  for (const client of clients) client.socket.terminate();
  await pause(50);
  assert.equal((await joinCoordinator(server)).answer["kind"], "joined", "what is gone does not count");
});

test("who has joined may begin short messages only; pongs in between do not hide them", async () => {
  server = await startServer();
  const { client } = await joinCoordinator(server);
  for (let i = 0; i < 40; i++) {
    client.socket.send(new Uint8Array(10 * 1024), { fin: false });
    client.socket.pong("x".repeat(100));
  }
  let text = await client.next();
  while (text instanceof Uint8Array) text = await client.next();
  assert.equal(text?.["code"], "message");
  await client.closed;
});

test("pongs alone are no reason to refuse anybody", async () => {
  server = await startServer();
  const { client } = await joinRoom(server, 1);
  for (let i = 0; i < 300; i++) {
    client.socket.pong("x".repeat(100));
    if (i % 20 === 0) await pause(1); // in pieces of their own
  }
  client.send({ kind: "ping" });
  assert.deepEqual(await client.nextText(), { kind: "pong" });
});

test("frames of one address wait unread while its others' wait for the engine; the other addresses' do not", async () => {
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  const seen: number[] = [];
  server = await startServer({
    limits: { queuedBytesPerAddress: 64 * 1024 },
    createEngine: async ({ task, room }) => {
      const engine = inThisThread(new CountingEngine(task));
      const work = async (events: RoomEvent[]) => {
        if (room === "slow") await gate;
        for (const event of events) if (event.kind === "received") seen.push(event.frame.length);
        return engine.work(events);
      };
      return { ...engine, work };
    },
  });
  const slow = await Promise.all([1, 2].map(() => joinCoordinator(server, { room: "slow" })));
  const frame = new Uint8Array(16 * 1024);
  for (let i = 0; i < 4; i++) slow[0]?.client.send(frame);
  await pause(100);
  // Its address has used up what it may have: this one is read no further than what came at once.
  slow[1]?.client.send(Uint8Array.of(1));
  await pause(100);
  slow[1]?.client.send({ kind: "ping" });
  const pong = waitForPong(slow[1]?.client as Client);
  assert.equal(await Promise.race([pong, pause(200)]), undefined);
  const far = await joinCoordinator(server, { room: "fast" }, elsewhere);
  far.client.send({ kind: "ping" });
  await waitForPong(far.client);
  open();
  await pong;
  assert.ok(seen.includes(1));
});

async function waitForPong(client: Client): Promise<true> {
  for (;;) {
    const message = await client.next();
    assert.ok(message, "the socket was closed");
    if (!(message instanceof Uint8Array) && message["kind"] === "pong") return true;
  }
}

test("what waits for the readers at one address is bounded: those behind are dropped", async () => {
  const limits = { waitingBytes: 2 * 1024 * 1024, unreadBytesPerAddress: 3 * 1024 * 1024 };
  server = await startServer({ limits: { ...limits, messageBurst: 10_000 } });
  const slow = await Promise.all([1, 2, 3].map((peer) => joinRoom(server, peer, {}, elsewhere)));
  const writer = await joinRoom(server, 9);
  for (const { client } of slow) client.socket.pause();
  const payload = "x".repeat(60_000);
  for (let i = 0; i < 300; i++) {
    for (const peer of [1, 2, 3]) writer.client.send({ kind: "signal", to: peerName(peer), payload });
  }
  const left = await writer.client.nextText(30_000);
  assert.equal(left["kind"], "left");
  assert.ok(server.lines.some((line) => /readers at one address/.test(line)), server.lines.join());
  writer.client.send({ kind: "ping" });
  await waitForPong(writer.client);
});

test("texts for one that does not read wait for it only so long", async () => {
  server = await startServer({
    limits: { waitingBytes: 64 * 1024, slowReaderMs: 400, messageBurst: 10_000 },
  });
  const slow = await joinRoom(server, 1);
  const writer = await joinRoom(server, 2);
  slow.client.socket.pause();
  const signal = { kind: "signal", to: peerName(1), payload: "x".repeat(60_000) };
  for (let i = 0; i < 400; i++) writer.client.send(signal);
  assert.deepEqual(await writer.client.nextText(), {
    ...{ kind: "left", peer: peerName(1), gone: false },
    count: 1,
  });
});

test("small frames have a rate; more of them are read later", async () => {
  server = await startServer({ limits: { framesPerSecond: 20 } });
  const { client } = await joinRoom(server, 1);
  for (let i = 0; i < 30; i++) client.send(Uint8Array.of(9, 9, 9, 9, 1));
  await pause(50); // what came in one piece with them is read with them
  client.send({ kind: "ping" });
  const pong = client.nextText();
  assert.equal(await Promise.race([pong, pause(150)]), undefined, "it is not read yet");
  assert.deepEqual(await pong, { kind: "pong" });
});

test("an IPv6 network of 64 bits counts as one address", () => {
  for (const [given, expected] of [
    ["127.0.0.1", "127.0.0.1"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:0db8:0001:0002::9", "2001:db8:1:2"],
    ["2001:db8::1", "2001:db8:0:0"],
    ["::1", "0:0:0:0"],
    ["not an address", "not an address"],
  ] as const) {
    assert.equal(networkOf(given), expected);
  }
});

function openTcp(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  return bounded(new Promise((resolve) => socket.once("connect", () => resolve(socket))));
}

function pause(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, ms, undefined));
}

import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, test } from "node:test";
import { protocolVersion } from "../../src/net/messages.ts";
import {
  Client,
  health,
  joinCoordinator,
  startServer,
  stopServer,
  type TestServer,
} from "./support.ts";

let server: TestServer;
afterEach(() => stopServer(server));

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
/** The next frame; reports of taken bytes may come before it. */
async function frameOf(client: Client): Promise<Uint8Array> {
  let message = await client.next();
  while (message && !(message instanceof Uint8Array)) {
    assert.equal(message["kind"], "taken");
    message = await client.next();
  }
  assert.ok(message);
  return message;
}

const numberOf = (name: string) => Number(/-(\d+)\.room$/.exec(name)?.[1]);
const byNumber = (a: string, b: string) => numberOf(a) - numberOf(b);
const storedIn = (name = "") => readFile(join(server.folder, "data/rooms", name), "utf8");
const roomFiles = async () => readdir(join(server.folder, "data/rooms"));

test("frames go between participants and engine; taken bytes are reported", async () => {
  server = await startServer();
  const one = await joinCoordinator(server);
  const two = await joinCoordinator(server, { task: '{"deai": 1}' });
  assert.equal(one.answer["kind"], "joined");
  assert.equal(text(await one.client.nextBytes()), "count 0");
  assert.equal(text(await two.client.nextBytes()), "count 0");
  one.client.send(Uint8Array.of(1, 2, 3));
  assert.deepEqual(await two.client.nextBytes(), Uint8Array.of(1, 2, 3), "one room for both texts");
  assert.deepEqual(await one.client.nextText(), { kind: "taken", bytes: 3 });
  assert.deepEqual(await one.client.nextBytes(), Uint8Array.of(1, 2, 3));
  assert.equal((await health(server))["federatedRooms"], 1);
  assert.equal((await health(server))["participants"], 2);
});

test("the model survives a restart of the server", async () => {
  server = await startServer();
  const { client } = await joinCoordinator(server);
  await frameOf(client);
  for (let i = 0; i < 3; i++) client.send(Uint8Array.of(i));
  for (let i = 0; i < 3; i++) await frameOf(client);
  const { folder } = server;
  await server.close();
  assert.equal((await client.closed).code, 1001);
  assert.equal((await roomFiles()).length, 1);
  server = await startServer({}, folder);
  const again = await joinCoordinator(server);
  assert.equal(text(await frameOf(again.client)), "count 3");
  const elsewhere = await joinCoordinator(server, { room: "other" });
  assert.equal(text(await frameOf(elsewhere.client)), "count 0");
});

test("a model is stored before anybody learns of it", async () => {
  server = await startServer();
  const { client } = await joinCoordinator(server);
  await frameOf(client);
  for (let i = 1; i <= 20; i++) {
    client.send(Uint8Array.of(i));
    await frameOf(client);
    const stored = (await roomFiles()).filter((file) => file.endsWith(".room")).sort(byNumber);
    assert.equal(stored.length, Math.min(i, 3), "the newest and two before it");
    assert.equal(await storedIn(stored.at(-1)), `count ${String(i)}`);
  }
});

test("a damaged file is set aside with a warning, and the room starts anew", async () => {
  server = await startServer();
  const { client } = await joinCoordinator(server);
  client.send(Uint8Array.of(1));
  await frameOf(client);
  await frameOf(client);
  const { folder } = server;
  await server.close();
  const [name] = await roomFiles();
  assert.ok(name);
  await writeFile(join(folder, "data/rooms", name), "junk");
  server = await startServer({}, folder);
  const again = await joinCoordinator(server);
  assert.equal(text(await frameOf(again.client)), "count 0");
  assert.ok(server.lines.some((line) => line.includes("damaged")));
  const aside = (await roomFiles()).find((file) => file.includes("damaged"));
  assert.ok(aside);
  assert.equal(await readFile(join(folder, "data/rooms", aside), "utf8"), "junk");
});

test("an idle room is stored and leaves memory; who comes later finds its model", async () => {
  server = await startServer({ limits: { idleRoomMs: 50 } });
  const { client } = await joinCoordinator(server);
  client.send(Uint8Array.of(1));
  await frameOf(client);
  await frameOf(client);
  await client.close();
  while ((await health(server))["federatedRooms"] !== 0) await pause(20);
  const again = await joinCoordinator(server);
  assert.equal(text(await frameOf(again.client)), "count 1");
});

test("a room without a commit leaves no file", async () => {
  server = await startServer({ limits: { idleRoomMs: 20 } });
  const { client } = await joinCoordinator(server);
  await client.close();
  while ((await health(server))["federatedRooms"] !== 0) await pause(20);
  await assert.rejects(roomFiles(), /ENOENT/);
});

test("the number of stored models is bounded; the oldest makes way", async () => {
  server = await startServer({ limits: { storedRooms: 2 } });
  for (const room of ["a", "b", "c"]) {
    const { client } = await joinCoordinator(server, { room });
    await frameOf(client);
    client.send(Uint8Array.of(1));
    await frameOf(client);
    await client.close();
    await pause(20);
  }
  assert.equal((await roomFiles()).length, 2);
  const { folder } = server;
  await server.close();
  server = await startServer({}, folder);
  for (const [room, count] of [["a", 0], ["b", 1], ["c", 1]] as const) {
    const { client } = await joinCoordinator(server, { room });
    assert.equal(text(await frameOf(client)), `count ${String(count)}`, room);
  }
});

test("a bad task is refused with the core's own words", async () => {
  server = await startServer();
  const { client, answer } = await joinCoordinator(server, { task: '"bad"' });
  assert.deepEqual(answer, {
    kind: "refused",
    code: "task",
    text: "model.layers: expected a list",
  });
  assert.equal((await client.closed).code, 1008);
});

test("the number of rooms and participants is bounded; an idle room makes way", async () => {
  server = await startServer({ limits: { coordinators: 1, participants: 1 } });
  const one = await joinCoordinator(server);
  assert.equal((await joinCoordinator(server)).answer["code"], "full");
  assert.equal((await joinCoordinator(server, { room: "other" })).answer["code"], "full");
  await one.client.close();
  while ((await health(server))["participants"] !== 0) await pause(20);
  assert.equal((await joinCoordinator(server, { room: "other" })).answer["kind"], "joined");
});

test("junk closes the socket that sent it and nothing else", async () => {
  server = await startServer();
  const honest = await joinCoordinator(server);
  await frameOf(honest.client);
  const good = { kind: "join", version: protocolVersion, room: "r", minParticipants: 2, task: "{}" };
  const junk: (object | string | Uint8Array)[] = [
    Uint8Array.of(0xc1),
    "{",
    { ...good, version: 9 },
    { ...good, room: 3 },
    { ...good, minParticipants: 0 },
    { ...good, minParticipants: 1.5 },
    { ...good, task: {} },
    { ...good, task: "x".repeat(1024 * 1024 + 1) },
  ];
  for (const message of junk) {
    const client = await Client.open(server, "/coordinator");
    client.send(message);
    assert.equal((await client.nextText())["kind"], "refused");
    await client.closed;
  }
  const long = await joinCoordinator(server);
  await frameOf(long.client);
  long.client.send(new Uint8Array(16 * 1024 + 1));
  assert.equal((await long.client.nextText())["code"], "message");
  const closedByCore = await joinCoordinator(server);
  await frameOf(closedByCore.client);
  closedByCore.client.send(Uint8Array.of(0xff));
  assert.equal((await closedByCore.client.nextText())["code"], "protocol");
  honest.client.send(Uint8Array.of(4));
  assert.deepEqual(await frameOf(honest.client), Uint8Array.of(4));
});

test("an engine that fails takes its own room down and no other", async () => {
  server = await startServer();
  const victim = await joinCoordinator(server);
  const other = await joinCoordinator(server, { room: "other" });
  await frameOf(victim.client);
  await frameOf(other.client);
  victim.client.send(Uint8Array.of(0xfe));
  assert.equal((await victim.client.closed).code, 1001);
  other.client.send(Uint8Array.of(5));
  assert.deepEqual(await frameOf(other.client), Uint8Array.of(5));
  const again = await joinCoordinator(server);
  assert.equal(again.answer["kind"], "joined");
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

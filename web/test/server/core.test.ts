import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { readBase } from "../../server/tasks.ts";
import { createTrainer, type Trainer } from "../../src/index.node.ts";
import { titanicJson, titanicTaskUrl, wasmUrl } from "../engine/support.ts";
import {
  type Client,
  health,
  joinCoordinator,
  startServerWithCore,
  stopServer,
  type TestServer,
} from "./support.ts";

// The server with the real core in it, and real participants in Node.

const libFolder = fileURLToPath(wasmUrl);
let server: TestServer;
const trainers: Trainer[] = [];
afterEach(async () => {
  await leaveAll();
  await stopServer(server);
});

async function leaveAll(): Promise<void> {
  for (const trainer of trainers.splice(0)) await trainer.dispose();
}

/** Two participants train to this round; the rounds that each heard of, and their model's hash. */
async function trainTwo(untilRound: number): Promise<{ rounds: number[][]; modelHash: string }> {
  const pair = await Promise.all([0, 1].map((number) => enter(number)));
  const rounds = await Promise.all(pair.map((trainer) => run(trainer, untilRound)));
  const [first, second] = await Promise.all(pair.map((trainer) => trainer.modelHash()));
  assert.ok(first);
  assert.equal(first, second);
  return { rounds, modelHash: first };
}

async function enter(number: number): Promise<Trainer> {
  const trainer = await createTrainer({
    task: titanicTaskUrl,
    server: server.url,
    mode: "federated",
    room: "test room",
    seed: number,
    engine: { wasmUrl },
  });
  trainers.push(trainer);
  await trainer.addSamples({ sample: number });
  return trainer;
}

async function run(trainer: Trainer, untilRound: number): Promise<number[]> {
  const rounds: number[] = [];
  for await (const event of trainer.run({ untilRound })) {
    if (event.kind === "round") rounds.push(event.round);
  }
  return rounds;
}

test("a room goes on from the stored model after a restart", async () => {
  server = await startServerWithCore({ libFolder });
  const before = await trainTwo(3);
  assert.deepEqual(before.rounds, [
    [1, 2, 3],
    [1, 2, 3],
  ]);
  await leaveAll();
  const { folder } = server;
  await server.close();
  server = await startServerWithCore({ libFolder }, folder);
  const after = await trainTwo(5);
  assert.deepEqual(after.rounds, [
    [4, 5],
    [4, 5],
  ]);
});

test("a bad task is refused with the core's words about the field", async () => {
  server = await startServerWithCore({ libFolder });
  const task = titanicJson.replace('"batch_size": 16', '"batch_size": -1');
  const { answer } = await joinCoordinator(server, { task });
  assert.equal(answer["kind"], "refused");
  assert.match(String(answer["text"]), /batch_size/);
});

const tasksFolder = fileURLToPath(new URL("../../../tasks/", import.meta.url));
const mobyDick = readFileSync(`${tasksFolder}moby_dick/task.json`, "utf8");

test("a task that begins with weights has its rooms where the server has these", async () => {
  server = await startServerWithCore({ libFolder, tasks: tasksFolder });
  const { answer } = await joinCoordinator(server, { task: mobyDick });
  assert.equal(answer["kind"], "joined");
  await stopServer(server);
  server = await startServerWithCore({ libFolder });
  const { answer: refused } = await joinCoordinator(server, { task: mobyDick });
  assert.equal(refused["kind"], "refused");
  assert.match(String(refused["text"]), /does not have base\.safetensors/);
});

test("the weights of a stranger's task are looked for in its own folder only", async () => {
  server = await startServerWithCore({ libFolder });
  const found = (id: unknown, file: unknown) =>
    readBase(`${server.folder}/tasks`, JSON.stringify({ id, model: { weights: { file } } }));
  assert.equal((await found("titanic", "sample/a.gz"))?.length, 4);
  for (const [id, file] of [
    ["..", "secret.txt"],
    ["titanic", "../../secret.txt"],
    ["titanic", "/etc/hostname"],
    ["titanic", "sample"],
    ["titanic", 7],
    [{}, "sample/a.gz"],
  ]) {
    assert.equal(await found(id, file), undefined, JSON.stringify([id, file]));
  }
  for (const task of ["", "[]", "{", '{"id": "titanic", "model": {"weights": null}}']) {
    assert.equal(await readBase(`${server.folder}/tasks`, task), undefined);
  }
});

test("random and mutated frames change nothing for honest participants", async () => {
  server = await startServerWithCore({ libFolder });
  const undisturbed = await trainTwo(60);
  await leaveAll();
  await stopServer(server);

  server = await startServerWithCore({ libFolder });
  const honest = trainTwo(60);
  const hostile = sendJunk(10_000, 1000);
  const [{ modelHash }] = await Promise.all([honest, hostile]);
  assert.equal(modelHash, undisturbed.modelHash);
  assert.equal((await health(server))["status"], "ok");
});

/** Mutated ones are made of what the coordinator itself says to a newcomer. */
async function sendJunk(random: number, mutated: number): Promise<void> {
  let state = 11;
  const next = () => (state = (state * 48271) % 2147483647);
  let client: Client | undefined;
  let greeting = new Uint8Array();
  for (let i = 0; i < random + mutated; i++) {
    if (client?.socket.readyState !== 1) {
      const joined = await joinCoordinator(server, { task: titanicJson });
      client = joined.client;
      greeting = new Uint8Array(await client.nextBytes());
    }
    const isMutated = i % 11 === 0;
    const frame = isMutated
      ? greeting.slice()
      : Uint8Array.from({ length: next() % 200 }, () => next() & 0xff);
    if (isMutated) frame[next() % frame.length]! ^= 1 << next() % 8;
    client.send(frame);
    if (i % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

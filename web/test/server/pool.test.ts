import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { EnginePool } from "../../server/enginePool.ts";
import { titanicJson, wasmUrl } from "../engine/support.ts";

const folders = { libFolder: fileURLToPath(wasmUrl), tasksFolder: "" };
const script = fileURLToPath(new URL("../../dist/server/engineWorker.js", import.meta.url));
const config = { task: titanicJson, room: "room", minParticipants: 2 };

test("engines of one thread are apart; the core's words come through", async (t) => {
  const pool = new EnginePool(1, script, folders);
  t.after(() => pool.close());
  const [one, two] = await Promise.all([pool.create(config), pool.create(config)]);
  assert.equal(one.taskHash, two.taskHash);
  const greeting = await one.work([{ kind: "linkUp", link: 7, nowMs: 1 }]);
  assert.ok(greeting.frames.length > 0);
  assert.ok(greeting.frames.every(({ link, bytes }) => link === 7 && bytes.length > 0));
  one.dispose();
  assert.equal(await two.restore(new Uint8Array(100)), false);
  await assert.rejects(pool.create({ ...config, task: "{}" }), { name: "DeaiError" });
  await assert.rejects(one.work([]), /no engine/);
});

test("a thread that ends rejects what waits for it, and the next room gets another", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "deai-pool-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const mortal = join(folder, "mortal.mjs");
  await writeFile(
    mortal,
    `import { parentPort } from "node:worker_threads";
     parentPort.on("message", ({ call, question }) => {
       if (question.kind === "work") process.exit(3);
       parentPort.postMessage({ call, kind: "created", taskHash: "hash" });
     });`,
  );
  const pool = new EnginePool(1, mortal, folders);
  t.after(() => pool.close());
  const first = await pool.create(config);
  await assert.rejects(first.work([]), /thread of the server ended/);
  await assert.rejects(first.work([]), /has ended/);
  assert.equal((await pool.create(config)).taskHash, "hash");
});

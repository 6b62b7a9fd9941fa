import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createEngine } from "../../src/engine.node.ts";
import { chooseBuild, supports } from "../../src/engine/probe.ts";
import type { Task } from "../../src/task.ts";
import { load, titanicJson, wasmUrl } from "./support.ts";

test("this Node runs all variants, and the fastest is preferred", () => {
  assert.equal(supports("simd"), true);
  assert.equal(supports("relaxed"), true, "preload tools/cmake/relaxed_simd.cjs");
  assert.equal(supports("threads"), true);
  assert.deepEqual(chooseBuild({}, 2), { variant: "threads", threads: 2 });
  assert.deepEqual(chooseBuild({}, 64), { variant: "threads", threads: 4 });
  assert.deepEqual(chooseBuild({}, 1), { variant: "relaxed", threads: 1 });
  assert.deepEqual(chooseBuild({ threads: 1 }, 8), { variant: "relaxed", threads: 1 });
  assert.deepEqual(chooseBuild({ threads: 6 }, 2), { variant: "threads", threads: 6 });
  assert.deepEqual(chooseBuild({ variant: "simd", threads: 6 }, 2), { variant: "simd", threads: 1 });
});

test("a number of threads that cannot be is refused", () => {
  for (const threads of [0, 17, 1.5, NaN]) {
    assert.throws(() => chooseBuild({ threads }, 2), { code: "argument", message: /1 to 16/ });
  }
});

test("without isolation there are no threads", () => {
  const isolated = Object.getOwnPropertyDescriptor(globalThis, "crossOriginIsolated");
  Object.defineProperty(globalThis, "crossOriginIsolated", { value: false, configurable: true });
  try {
    assert.deepEqual(chooseBuild({}, 8), { variant: "relaxed", threads: 1 });
    assert.throws(() => chooseBuild({ variant: "threads" }, 8), { code: "no-threads" });
  } finally {
    if (isolated) Object.defineProperty(globalThis, "crossOriginIsolated", isolated);
    else Reflect.deleteProperty(globalThis, "crossOriginIsolated");
  }
});

test("without SIMD the refusal says so in plain words", (t) => {
  t.mock.method(WebAssembly, "validate", () => false);
  assert.throws(() => chooseBuild({}, 2), {
    name: "DeaiError",
    code: "no-simd",
    message: /lacks WebAssembly SIMD/,
  });
  assert.throws(() => chooseBuild({ variant: "relaxed" }, 2), { code: "no-relaxed" });
});

test("any number of threads computes the same bits", { timeout: 60_000 }, async () => {
  const task = JSON.parse(
    readFileSync(new URL("../../../tasks/mnist/task.json", import.meta.url), "utf8"),
  ) as Task;
  const x = Float32Array.from({ length: 32 * 28 * 28 }, (_, at) => Math.sin(at * at));
  const y = Int32Array.from({ length: 32 }, (_, row) => row % 10);
  const weights: Float32Array[] = [];
  for (const threads of [1, 2, 3]) {
    const engine = await createEngine({ variant: "threads", threads, wasmUrl });
    assert.equal(engine.threads, threads);
    const model = engine.load(task);
    for (let step = 0; step < 5; step++) model.trainBatch(x, y);
    weights.push(model.getWeights());
    engine.dispose();
  }
  assert.ok(weights[0]?.every(Number.isFinite));
  assert.deepEqual(weights[1], weights[0]);
  assert.deepEqual(weights[2], weights[0]);
});

for (const variant of ["simd", "relaxed", "threads"] as const) {
  test(`the ${variant} variant loads and makes the model of a task`, async () => {
    const core = await load(variant);
    const options = { room: "r", seed: 1, mode: "local" as const, minParticipants: 1 };
    const participant = core.createParticipant({ task: titanicJson, ...options });
    assert.match(participant.peer, /^[0-9a-f]{64}$/);
    assert.match(participant.taskHash, /^[0-9a-f]{64}$/);
    assert.match(participant.modelHash(), /^[0-9a-f]{64}$/);
    assert.equal(participant.facts().round, 0);
    participant.dispose();
  });
}

test("all variants begin with the same model", async () => {
  const hashes = [];
  for (const variant of ["simd", "relaxed", "threads"] as const) {
    const core = await load(variant);
    const options = { room: "r", seed: 1, mode: "local" as const, minParticipants: 1 };
    const participant = core.createParticipant({ task: titanicJson, ...options });
    hashes.push(participant.modelHash());
    participant.dispose();
  }
  assert.equal(hashes[1], hashes[0]);
  assert.equal(hashes[2], hashes[0]);
});

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createEngine } from "../../src/engine.node.ts";
import type { Variant } from "../../src/engine.ts";
import type { Task } from "../../src/task.ts";
import { titanicTask, wasmUrl } from "./support.ts";

const mnistUrl = new URL("../../../tasks/mnist/task.json", import.meta.url);
const mnistTask = JSON.parse(readFileSync(mnistUrl, "utf8")) as Task;

/** Rows of 12 numbers as titanic has them; the label hangs on the first two. */
function rows(count: number): { x: Float32Array; y: Int32Array } {
  const x = new Float32Array(12 * count).map((_, at) => Math.sin(at * at));
  const y = new Int32Array(count).map((_, row) =>
    (x[12 * row] ?? 0) + (x[12 * row + 1] ?? 0) > 0 ? 1 : 0,
  );
  return { x, y };
}

function load(variant: Variant = "simd") {
  return createEngine({ variant, wasmUrl });
}

for (const variant of ["simd", "relaxed"] as const) {
  test(`the ${variant} engine learns, and twice the same`, async () => {
    const found = [];
    for (const seed of [5, 5, 6]) {
      const engine = await load(variant);
      assert.equal(engine.variant, variant);
      const model = engine.load(titanicTask, { seed });
      const { x, y } = rows(64);
      const first = model.trainBatch(x, y).loss;
      let last = first;
      for (let step = 0; step < 400; step++) last = model.trainBatch(x, y).loss;
      assert.ok(last < first / 3, `loss ${first} → ${last}`);
      const right = model.predict(x).filter((p, row) => p > 0.5 === (y[row] === 1)).length;
      assert.ok(right > 60, `${right} of 64`);
      found.push(model.getWeights());
      engine.dispose();
    }
    assert.deepEqual(found[0], found[1]);
    assert.notDeepEqual(found[0], found[2], "dropout hangs on the seed");
  });
}

test("a model goes on from a checkpoint with equal bits, in another engine", async () => {
  const [engine, other] = [await load(), await load("relaxed")];
  const { x, y } = rows(32);
  const whole = engine.load(titanicTask, { seed: 5 });
  for (let step = 0; step < 10; step++) whole.trainBatch(x, y);
  const checkpoint = whole.saveCheckpoint();
  const later = engine.load(titanicTask, { seed: 6 });
  later.loadCheckpoint(checkpoint);
  for (let step = 0; step < 10; step++) assert.deepEqual(later.trainBatch(x, y), whole.trainBatch(x, y));
  assert.deepEqual(later.getWeights(), whole.getWeights());

  const copy = other.load(titanicTask);
  const report = copy.importModel(checkpoint);
  assert.equal(report.read.length, copy.parameters().length);
  later.importModel(checkpoint);
  assert.deepEqual(copy.getWeights(), later.getWeights());
  assert.throws(() => copy.importModel(checkpoint.subarray(0, 99)), { code: "file" });
  engine.dispose();
  other.dispose();
});

test("a loop of one's own takes the steps that trainBatch takes", async () => {
  const engine = await load();
  const task = structuredClone(titanicTask);
  task.model.layers = task.model.layers.filter(({ kind }) => kind !== "dropout");
  const [whole, parts, byHand] = [engine.load(task), engine.load(task), engine.load(task)];
  const { x, y } = rows(16);
  for (let step = 0; step < 20; step++) {
    const { loss } = whole.trainBatch(x, y);
    const found = parts.lossAndGradient(x, y);
    assert.equal(found.loss, loss);
    parts.applyGradient(found.gradient);

    // The slope of binary cross-entropy: (σ(z) − label) / N.
    const z = byHand.forward(x, { training: true });
    const slope = z.map((value, row) => (1 / (1 + Math.exp(-value)) - (y[row] ?? 0)) / z.length);
    byHand.applyGradient(byHand.backward(slope));
  }
  assert.deepEqual(parts.getWeights(), whole.getWeights());
  const expected = whole.getWeights();
  const apart = byHand.getWeights().map((weight, at) => Math.abs(weight - (expected[at] ?? NaN)));
  assert.ok(Math.max(...apart) < 1e-4, `${Math.max(...apart)} apart`);
  engine.dispose();
});

test("a profile trains like trainBatch and has a row per layer", async () => {
  const engine = await load();
  const [profiled, plain] = [engine.load(titanicTask), engine.load(titanicTask)];
  const { x, y } = rows(64);
  const begin = performance.now();
  const found = profiled.profile(x, y, 50);
  const took = performance.now() - begin;
  for (let step = 0; step < 50; step++) plain.trainBatch(x, y);
  assert.deepEqual(profiled.getWeights(), plain.getWeights());
  const names = found.map(({ name }) => name);
  const kinds = titanicTask.model.layers.map(({ kind }, at) => `${at} ${kind}`);
  assert.deepEqual(names, [...kinds, "loss", "optimizer", "other"]);
  assert.ok(found.every(({ name, calls }) => name === "other" || calls === 50));
  const sum = found.reduce((ms, { forwardMs, backwardMs }) => ms + forwardMs + backwardMs, 0);
  assert.ok(sum > 0 && sum <= took, `${sum} of ${took} ms`);
  for (const steps of [0, -1, 1.5, NaN, 1e9]) {
    assert.throws(() => profiled.profile(x, y, steps), { code: "argument" });
  }
  assert.throws(() => profiled.profile(x, y.subarray(1)), { code: "argument" });
  engine.dispose();
});

test("the parameters of a model are named, with shape and place", async () => {
  const engine = await load();
  const model = engine.load(mnistTask);
  assert.deepEqual(model.parameters(), [
    { name: "0.weight", shape: [8, 5, 5, 1], offset: 0 },
    { name: "0.bias", shape: [8], offset: 200 },
    { name: "3.weight", shape: [16, 5, 5, 8], offset: 208 },
    { name: "3.bias", shape: [16], offset: 3408 },
    { name: "7.weight", shape: [10, 784], offset: 3424 },
    { name: "7.bias", shape: [10], offset: 11264 },
  ]);
  assert.equal(model.getWeights().length, 11274);

  // dense [out, in]: the output of a picture of zeros is the bias, whatever else stands there.
  const weights = model.getWeights().fill(0, 0, 3424);
  weights.set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 11264);
  model.setWeights(weights);
  assert.deepEqual([...model.forward(new Float32Array(784))], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const p = model.predict(new Float32Array(784 * 2));
  assert.equal(p.length, 20);
  assert.ok(Math.abs((p[19] ?? 0) / (p[18] ?? 1) - Math.E) < 1e-4);
  engine.dispose();
});

test("labels are bytes, whole numbers, or numbers, as the task has them", async () => {
  const engine = await load();
  const { x, y } = rows(16);
  const losses = [Int32Array, Uint32Array, Uint8Array].map((type) => {
    const model = engine.load(titanicTask, { seed: 1 });
    return model.trainBatch(x, type.from(y)).loss;
  });
  assert.equal(new Set(losses).size, 1);

  const task = structuredClone(titanicTask);
  if (task.data.kind === "table") delete task.data.classes;
  delete task.class_names;
  task.loss.kind = "mean_squared_error";
  const model = engine.load(JSON.stringify(task));
  const far = model.trainBatch(x, new Float32Array(16).fill(100)).loss;
  assert.ok(far > 5000 && far < 20000, `${far}`);
  assert.throws(() => model.trainBatch(x, y), {
    ...{ name: "DeaiError", code: "argument" },
    message: /expected numbers for labels, as a Float32Array, found Int32Array/,
  });
  assert.throws(() => model.trainBatch(x, new Float32Array(16).fill(NaN)), {
    ...{ name: "DeaiError", code: "argument", message: /^y: number 0 is nan/ },
  });
  engine.dispose();
});

test("what does not fit is refused with what was expected, and changes nothing", async () => {
  const engine = await load();
  assert.throws(() => engine.load("{"), { name: "DeaiError", code: "task" });
  assert.throws(() => engine.load({ ...titanicTask, deai: 2 as 1 }), { code: "task" });
  assert.throws(() => engine.load(titanicTask, { seed: -1 }), { code: "argument" });
  const model = engine.load(titanicTask);
  const before = model.getWeights();
  const { x, y } = rows(16);
  const broken = x.with(13, NaN);
  const refusals: [() => unknown, RegExp][] = [
    [() => model.trainBatch(x.subarray(1), y), /^x has 191 numbers, expected 12 \[12\] for each/],
    [() => model.predict(new Float32Array()), /^x has 0 numbers, expected 12/],
    [() => model.trainBatch(x, y.subarray(1)), /^y has 15 classes, expected 16/],
    [() => model.trainBatch(x, y.with(3, 2)), /^y: class 2 of sample 3, expected 0 to 1/],
    [() => model.lossAndGradient(x, y.with(3, -1)), /^y: class -1 of sample 3/],
    [() => model.trainBatch(broken, y), /^x: number 13 is nan, expected finite numbers/],
    [() => model.applyGradient(before.with(5, Infinity)), /^the gradient: number 5 is inf/],
    [() => model.applyGradient(x), /^the gradient has 192 numbers, expected 961/],
    [() => model.setWeights(x), /expected 961 weights, found 192/],
    [() => model.trainBatch(Array.from(x) as never, y), /expected a Float32Array, found Array/],
    [() => model.trainBatch(x, Float32Array.from(y)), /expected classes .* found Float32Array/],
  ];
  for (const [call, message] of refusals) {
    assert.throws(call, { name: "DeaiError", code: "argument", message });
  }
  model.forward(x);
  assert.throws(() => model.backward(new Float32Array(16)), { code: "state" });
  model.forward(x, { training: true });
  for (const size of [0, 1, 17]) {
    assert.throws(() => model.backward(new Float32Array(size)), { code: "argument" });
  }
  assert.equal(model.backward(new Float32Array(16)).length, 961);
  assert.deepEqual(model.getWeights(), before);
  engine.dispose();
});

test("after dispose every call says so", async () => {
  const engine = await load();
  const [one, other] = [engine.load(titanicTask), engine.load(titanicTask)];
  const { x, y } = rows(16);
  one.dispose();
  one.dispose();
  other.trainBatch(x, y);
  engine.dispose();
  const gone = { name: "DeaiError", code: "disposed" };
  for (const model of [one, other]) {
    assert.throws(() => model.trainBatch(x, y), gone);
    assert.throws(() => model.predict(x), gone);
    assert.throws(() => model.getWeights(), gone);
    assert.throws(() => model.parameters(), gone);
    assert.throws(() => model.memory(), gone);
  }
  assert.throws(() => engine.load(titanicTask), gone);
});

test("memory is asked for in the first step only, and given back", async () => {
  const engine = await load();
  const model = engine.load(mnistTask);
  const x = new Float32Array(784 * 64).map((_, at) => (at % 7) / 7);
  const y = new Uint8Array(64).map((_, at) => at % 10);
  assert.equal(model.memory().parameterBytes, 4 * 11274);
  model.trainBatch(x, y);
  const { allocations, heldBytes, peakBytes } = model.memory();
  for (let step = 0; step < 3; step++) model.trainBatch(x, y);
  assert.equal(model.memory().allocations, allocations);
  assert.equal(model.memory().heldBytes, heldBytes);
  assert.equal(model.memory().peakBytes, peakBytes);
  assert.ok(peakBytes > 4 * 64 * 28 * 28 * 8 && peakBytes <= heldBytes, `${peakBytes} bytes`);
  model.dispose();
  assert.ok(engine.load(titanicTask).memory().heldBytes < 50_000);
  engine.dispose();
});

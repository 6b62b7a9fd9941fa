import assert from "node:assert/strict";
import { test } from "node:test";
import { createEngine } from "../../src/engine.node.ts";
import { titanicTask, wasmUrl } from "./support.ts";

const options = { variant: "simd", wasmUrl } as const;
const x = new Float32Array(12 * 16).map((_, at) => Math.sin(at * at));
const y = new Int32Array(16).map((_, row) => ((x[12 * row] ?? 0) > 0 ? 1 : 0));

async function trained(workers: number): Promise<Float32Array> {
  const engine = await createEngine({ ...options, workers });
  assert.equal(engine.workers, workers);
  const model = engine.load(titanicTask, { seed: 3 });
  for (let step = 0; step < 30; step++) {
    await model.trainBatch(x, y);
    const { gradient } = await model.lossAndGradient(x, y);
    if (step % 10 === 0) model.applyGradient(gradient);
    if (step === 15) model.setWeights(model.getWeights());
  }
  const weights = model.getWeights();
  engine.dispose();
  return weights;
}

function apart(a: Float32Array, b: Float32Array): number {
  return Math.max(...a.map((weight, at) => Math.abs(weight - (b[at] ?? NaN))));
}

test("workers that share a batch learn what one learns, dropout included", async () => {
  const one = await trained(1);
  for (const workers of [2, 3]) {
    const found = await trained(workers);
    assert.ok(apart(found, one) < 1e-4, `${workers}: ${apart(found, one)} apart`);
    assert.deepEqual(await trained(workers), found, "from run to run the same bits");
  }
});

test("a batch smaller than the workers are many", async () => {
  const engine = await createEngine({ ...options, workers: 3 });
  const model = engine.load(titanicTask);
  assert.ok((await model.trainBatch(x.subarray(0, 24), y.subarray(0, 2))).loss > 0);
  engine.dispose();
});

test("what does not fit rejects and changes nothing; nobody may come in between", async () => {
  const engine = await createEngine({ ...options, workers: 2 });
  const model = engine.load(titanicTask);
  const before = model.getWeights();
  await assert.rejects(model.trainBatch(x, y.with(15, 2)), {
    ...{ name: "DeaiError", code: "argument" },
    message: "y: class 2 of sample 15, expected 0 to 1",
  });
  assert.deepEqual(model.getWeights(), before);
  const first = model.trainBatch(x, y);
  await assert.rejects(model.trainBatch(x, y), { code: "state" });
  assert.throws(() => model.getWeights(), { code: "state" });
  await first;
  assert.notDeepEqual(model.getWeights(), before);
  engine.dispose();
  await assert.rejects(model.trainBatch(x, y), { code: "disposed" });
  await assert.rejects(createEngine({ ...options, workers: 0 }), { code: "argument" });
});

test("a helper that fails ends the call with its error, and later ones too", async () => {
  const engine = await createEngine({ ...options, workers: 2 });
  const model = engine.load(titanicTask);
  await model.trainBatch(x, y);
  const { helpers } = engine as unknown as { helpers: { link: { close(): void } }[] };
  helpers[0]?.link.close(); // before the call, whose answer could already be on its way
  await assert.rejects(model.trainBatch(x, y), { name: "DeaiError", message: /helper of the engine failed/ });
  await assert.rejects(model.trainBatch(x, y), /helper of the engine failed/);
  assert.equal(model.getWeights().length, 961);
  engine.dispose();
});

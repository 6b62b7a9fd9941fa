import assert from "node:assert/strict";
import { test } from "node:test";
import { Harness } from "./harness.ts";

/** Trains by hand where it runs, and tells what came of it. */
const script = `
const { createEngine } = await import("/lib/engine.js");
const task = await (await fetch("/tasks/titanic/task.json")).json();
const x = new Float32Array(12 * 16).map((_, at) => Math.sin(at * at));
const y = new Int32Array(16).map((_, row) => (x[12 * row] > 0 ? 1 : 0));
const codeOf = (call) => { try { call(); return "none"; } catch (error) { return error.code; } };

async function tryOut(variant) {
  const engine = await createEngine({ variant });
  const model = engine.load(task, { seed: 3 });
  const losses = [model.trainBatch(x, y).loss];
  const { allocations } = model.memory();
  for (let step = 0; step < 200; step++) losses.push(model.trainBatch(x, y).loss);
  const more = model.memory().allocations - allocations;
  const { gradient } = model.lossAndGradient(x, y);
  model.applyGradient(gradient);
  const codes = [codeOf(() => model.trainBatch(x, new Int32Array(16).fill(2))),
    codeOf(() => model.predict(x.subarray(1))), codeOf(() => model.predict(x.fill(NaN, 0, 1).slice()))];
  x[0] = 0;
  const weights = [...model.getWeights()];
  engine.dispose();
  codes.push(codeOf(() => model.predict(x)));
  return { variant: engine.variant, losses, weights, codes, more };
}
`;

interface Found {
  variant: string;
  losses: number[];
  weights: number[];
  codes: string[];
  more: number;
}

test("the engine trains in a page and in a worker of its own", { timeout: 60_000 }, async (t) => {
  const harness = await Harness.start(t);
  const page = await harness.newPage();
  await harness.openBlank(page, {
    "/in-page.js": `${script}export { tryOut };`,
    "/in-worker.js": `${script}for (const variant of ["simd", undefined]) self.postMessage(await tryOut(variant));`,
  });
  const inPage = await page.evaluate(async () => {
    const module = "/in-page.js";
    const { tryOut } = (await import(module)) as {
      tryOut(variant: string | undefined): Promise<Found>;
    };
    return [await tryOut("simd"), await tryOut(undefined)];
  });
  const inWorker = await page.evaluate(async () => {
    const worker = new Worker("/in-worker.js", { type: "module" });
    const found: Found[] = [];
    await new Promise<void>((resolve, reject) => {
      worker.onmessage = ({ data }) => {
        found.push(data as Found);
        if (found.length === 2) resolve();
      };
      worker.onerror = ({ message }) => reject(new Error(message));
    });
    worker.terminate();
    return found;
  });
  for (const { losses, codes, more } of [...inPage, ...inWorker]) {
    const [first = 0, last = 1] = [losses[0], losses.at(-1)];
    assert.ok(last < first / 3, `loss ${first} → ${last}`);
    assert.deepEqual(codes, ["argument", "argument", "argument", "disposed"]);
    assert.equal(more, 0, "memory was asked for after the first step");
  }
  assert.equal(inPage[0]?.variant, "simd");
  const cores = await page.evaluate(() => navigator.hardwareConcurrency);
  assert.equal(inPage[1]?.variant, cores > 1 ? "threads" : "relaxed");
  assert.deepEqual(inPage, inWorker);
  harness.checkNoErrors();
});

test(
  "workers share a batch in a page; when one is gone, the call says so",
  { timeout: 60_000 },
  async (t) => {
    const harness = await Harness.start(t);
    const page = await harness.newPage();
    const shared = script.slice(0, script.indexOf("async function"));
    await harness.openBlank(page, {
      "/shared.js": `${shared}
export async function train(workers) {
  const engine = await createEngine({ variant: "simd", workers });
  const model = engine.load(task, { seed: 3 });
  for (let step = 0; step < 30; step++) await model.trainBatch(x, y);
  globalThis.again = () => model.trainBatch(x, y);
  return [...model.getWeights()];
}`,
    });
    const train = (workers: number) =>
      page.evaluate(async (count) => {
        const module = "/shared.js";
        const { train } = (await import(module)) as { train(workers: number): Promise<number[]> };
        return train(count);
      }, workers);
    const one = await train(1);
    const two = await train(2);
    const apart = two.map((weight, at) => Math.abs(weight - (one[at] ?? NaN)));
    assert.ok(Math.max(...apart) < 1e-4, `${Math.max(...apart)} apart`);
    assert.equal(page.workers().length, 1);
    await page.workers()[0]?.evaluate(() => self.close());
    const said = await page.evaluate(() => {
      const { again } = globalThis as unknown as { again(): Promise<unknown> };
      return again().then(String, (error: Error) => error.message);
    });
    assert.match(said, /helper of the engine failed/);
    assert.deepEqual(await train(2), two);
    harness.checkNoErrors();
  },
);

import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryGoals, speedGoals, verdict } from "../host/goals.ts";
import type { Measurement } from "../host/measurement.ts";
import { cases, type NetCase } from "../shared/cases.ts";

const measured = (given: Partial<Measurement>): Measurement => ({
  engine: "deai",
  variant: "relaxed",
  threads: 1,
  workers: 1,
  isolated: false,
  case: "mlp",
  host: "nowhere",
  ms_median: 1,
  ms_min: 1,
  gflops: 1,
  ...given,
});

const goal = (all: Measurement[], text: string) => {
  const found = speedGoals(all).find((one) => one.text.startsWith(text));
  assert.ok(found, text);
  return found;
};

test("each side counts with its best setting", () => {
  const all = [
    measured({ variant: "simd", ms_median: 3 }),
    measured({ ms_median: 2 }),
    measured({ engine: "tfjs", variant: "cpu", ms_median: 1 }),
    measured({ engine: "tfjs", variant: "wasm", ms_median: 30 }),
    measured({ engine: "tfjs", variant: "wasm", threads: 2, ms_median: 15 }),
  ];
  const { measured: ratio } = goal(all, "mlp: TensorFlow.js wasm");
  assert.equal(ratio, 7.5);
  assert.equal(verdict(goal(all, "mlp: TensorFlow.js wasm")), "missed");
  all[4] = measured({ engine: "tfjs", variant: "wasm", threads: 2, ms_median: 16 });
  assert.equal(verdict(goal(all, "mlp: TensorFlow.js wasm")), "reached");
});

test("one core is compared with one core where the goal says so", () => {
  const disco = (given: Partial<Measurement>) => measured({ case: "disco_mnist", ...given });
  const all = [
    disco({ ms_median: 20 }),
    disco({ variant: "threads", threads: 2, ms_median: 11 }),
    disco({ engine: "torch", variant: "native", ms_median: 25 }),
    disco({ engine: "torch", variant: "native", threads: 2, ms_median: 5 }),
  ];
  assert.equal(goal(all, "disco_mnist: PyTorch").measured, 1.25);
});

test("two threads and two workers are told apart, both against the best on one core", () => {
  const all = [
    measured({ ms_median: 2 }),
    measured({ variant: "threads", isolated: true, ms_median: 2.4 }),
    measured({ variant: "threads", threads: 2, isolated: true, ms_median: 1 }),
    measured({ workers: 2, ms_median: 1.6 }),
  ];
  assert.equal(goal(all, "mlp: 2 threads").measured, 2);
  assert.equal(goal(all, "mlp: 2 workers").measured, 1.25);
});

test("what could not be run is not measured, rather than reached", () => {
  const all = [
    measured({ case: "cnn" }),
    measured({ case: "cnn", engine: "jax", variant: "wasm", ms_median: null }),
  ];
  assert.equal(verdict(goal(all, "cnn: jax-js")), "not measured");
});

test("the rate of training is judged by the product's in the same build", () => {
  const kernel = (variant: string, gflops: number) =>
    measured({ engine: "kernels", variant, case: "gemm 512 ab", gflops });
  const all = [
    kernel("native", 90),
    kernel("relaxed", 40),
    measured({ engine: "kernels", variant: "native", case: "peak", gflops: 50 }),
    measured({ case: "cnn", gflops: 30 }),
    measured({ case: "cnn", variant: "threads", threads: 2, gflops: 55 }),
  ];
  assert.equal(goal(all, "cnn: rate").measured, 0.75);
  assert.equal(goal(all, "matrix product 512³, relaxed").measured, 0.8);
  assert.equal(verdict(goal(all, "matrix product 512³, relaxed")), "reached");
});

test("memory: not more than wanted; the most of all settings counts", () => {
  const titanic = cases.find((one): one is NetCase => one.name === "titanic") as NetCase;
  const of = (peakBytes: number, new_allocations: number) => ({
    parameterBytes: 0,
    heldBytes: 0,
    allocations: 9,
    peakBytes,
    new_allocations,
  });
  const judge = (...memories: ReturnType<typeof of>[]) =>
    memoryGoals(
      memories.map((memory) => measured({ case: "titanic", memory })),
      [titanic],
    ).map(verdict);
  assert.deepEqual(judge(of(100_000, 0)), ["reached", "reached"]);
  assert.deepEqual(judge(of(100_000, 0), of(300_000, 1)), ["missed", "missed"]);
  assert.deepEqual(judge(), ["not measured", "not measured"]);
});

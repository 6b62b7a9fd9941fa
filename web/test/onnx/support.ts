import assert from "node:assert/strict";
import { InferenceSession, Tensor, env } from "onnxruntime-web";
import type { Engine } from "../../src/engine/engine.ts";
import type { Model } from "../../src/engine/model.ts";
import { exportOnnx } from "../../src/onnx/export.ts";
import type { Task } from "../../src/task.ts";

env.wasm.numThreads = 1; // its workers would keep the process alive
env.logLevel = "error";

/** Equal numbers for equal seeds, in [-1, 1). */
export function noise(seed: number, count: number): Float32Array<ArrayBuffer> {
  let state = seed >>> 0;
  return new Float32Array(count).map(() => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** Whatever the task's samples are: noise, or tokens that every alphabet has. */
export function inputsOf(task: Task, count: number): Float32Array<ArrayBuffer> {
  const size = sampleShape(task).reduce((product, extent) => product * extent, 1);
  const x = noise(3, count * size);
  return isText(task) ? x.map((value) => Math.floor(4 + 4 * value)) : x;
}

function isText({ data }: Task): boolean {
  return (data.kind as string) === "text";
}

function sampleShape(task: Task): number[] {
  const data = task.data as Task["data"] | { kind: "text"; context: number };
  switch (data.kind) {
    case "text":
      return [data.context];
    case "image":
      return [data.height, data.width, data.channels];
    case "table":
      return [data.columns.reduce((sum, one) => sum + (one.kind === "category" ? one.values.length : 1), 0)];
  }
}

/** Weights of which none is what it was at first; variances stay positive. */
export function disturb(model: Model): void {
  const weights = model.getWeights();
  const shifts = noise(7, weights.length);
  for (const { name, shape, offset } of model.parameters()) {
    const size = shape.reduce((product, extent) => product * extent, 1);
    for (let at = offset; at < offset + size; at++) {
      const shift = 0.3 * (shifts[at] ?? 0);
      weights[at] = (weights[at] ?? 0) + (name.endsWith("running_var") ? Math.abs(shift) : shift);
    }
  }
  model.setWeights(weights);
}

function channelsFirst(x: Float32Array, [count = 0, height = 0, width = 0, channels = 0]: number[]) {
  const out = new Float32Array(x.length);
  const pixels = height * width;
  for (let n = 0; n < count; n++) {
    for (let p = 0; p < pixels; p++) {
      for (let c = 0; c < channels; c++) {
        out[(n * channels + c) * pixels + p] = x[(n * pixels + p) * channels + c] ?? 0;
      }
    }
  }
  return out;
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  assert.equal(a.length, b.length);
  return a.reduce((most, value, at) => Math.max(most, Math.abs(value - (b[at] ?? NaN))), 0);
}

/** How far what onnxruntime makes of the exported model is from what the model says, at most. */
export async function differenceOf(engine: Engine, task: Task, x: Float32Array<ArrayBuffer>) {
  const model = engine.load(task);
  disturb(model);
  const outputs = model.forward(x);
  const predictions = model.predict(x);
  let most = 0;
  for (const layout of ["nchw", "nhwc"] as const) {
    const session = await InferenceSession.create(exportOnnx(model, task, { layout }));
    const found = await session.run({ input: inputOf(task, x, layout) });
    const of = (name: string) => found[name]?.data as Float32Array;
    const scale = Math.max(1, ...outputs.map(Math.abs));
    most = Math.max(most, largestDifference(of("outputs"), outputs) / scale);
    most = Math.max(most, largestDifference(of("predictions"), predictions));
    await session.release();
  }
  model.dispose();
  return most;
}

function inputOf(task: Task, x: Float32Array<ArrayBuffer>, layout: "nchw" | "nhwc"): Tensor {
  const shape = sampleShape(task);
  const count = x.length / shape.reduce((product, extent) => product * extent, 1);
  const extents = [count, ...shape];
  if (isText(task)) {
    return new Tensor("int64", BigInt64Array.from(x, (value) => BigInt(value)), extents);
  }
  if (shape.length < 3 || layout === "nhwc") return new Tensor("float32", x, extents);
  const [height = 1, width = 1, channels = 1] = shape;
  return new Tensor("float32", channelsFirst(x, extents), [count, channels, height, width]);
}

// A case with its numbers: first weights and batches, the same for every engine.
import type { Case, NetCase, ProductCase } from "./cases.ts";
import { inputShapes, sizeOf, stages } from "./network.ts";

/** Batches that are gone through over and over. */
export const batchCount = 16;

export interface NetWorkload {
  case: NetCase;
  /** Weight and bias of each layer in turn, dense [out, in], conv2d [O, H, W, I]. */
  weights: Float32Array;
  /** Normalised inputs, batch after batch. */
  x: Float32Array;
  /** Classes. */
  y: Int32Array;
}

export interface ProductWorkload {
  case: ProductCase;
  a: Float32Array;
  b: Float32Array;
}

/** Of a case's file of four-byte numbers: weights, x and y, or a and b. */
export const fileName = (one: Case, part: string) =>
  `${one.name.replace(/[^a-z0-9]+/g, "-")}.${part}`;

/** The k-th batch, the first again after the last. */
export function batchOf({ case: net, x, y }: NetWorkload, k: number) {
  const first = (k % batchCount) * net.batch;
  const width = sizeOf(inputShapes[net.data]);
  return {
    x: x.subarray(first * width, (first + net.batch) * width),
    y: y.subarray(first, first + net.batch),
  };
}

/** Each layer's weight and bias as parts of `weights`, under the layer's number. */
export function weightsOf({ case: net, weights }: NetWorkload) {
  let at = 0;
  const take = (count: number) => weights.subarray(at, (at += count));
  return stages(net).map((stage) => {
    if (!stage.weight) return { ...stage, w: undefined, bias: undefined };
    return { ...stage, w: take(sizeOf(stage.weight)), bias: take(stage.weight[0] ?? 0) };
  });
}

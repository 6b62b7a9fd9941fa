// A case with its numbers: first weights and batches, the same for every engine.
import type { Case, NetCase, ProductCase } from "./cases.ts";
import { inputShapes, labelsOf, sizeOf, stages } from "./network.ts";

/** Batches that are gone through over and over. */
export const batchCount = 16;

export interface NetWorkload {
  case: NetCase;
  /** Of each layer in turn, dense [out, in], conv2d [O, H, W, I]. */
  weights: Float32Array;
  /** Normalised inputs or the numbers of characters, batch after batch. */
  x: Float32Array;
  /** Classes; of a text, the characters that follow. */
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
  const labels = labelsOf(net);
  return {
    x: x.subarray(first * width, (first + net.batch) * width),
    y: y.subarray(first * labels, (first + net.batch) * labels),
  };
}

/** Each layer's weight and bias as parts of `weights`, under the layer's number; of those that have these two. */
export function weightsOf({ case: net, weights }: NetWorkload) {
  let at = 0;
  const take = (count: number) => weights.subarray(at, (at += count));
  return stages(net).map((stage) => {
    const [weight, bias] = stage.parameters.map(({ shape }) => take(sizeOf(shape)));
    return { ...stage, weight: stage.parameters[0]?.shape, w: weight, bias };
  });
}

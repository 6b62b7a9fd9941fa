import { gzipSync } from "node:zlib";
import { DeaiError } from "../../src/errors.ts";
import type { Task } from "../../src/task.ts";

const kCommon = {
  deai: 1,
  model: { seed: 1, layers: [{ kind: "dense", units: 2 }] },
  loss: { kind: "softmax_cross_entropy" },
  exchange: { local_steps: 1 },
  training: { batch_size: 2, optimizer: { kind: "sgd", learning_rate: 0.1 } },
} as const;

/** A table of a number and a category, two classes. */
export const tableTask: Task = {
  ...kCommon,
  model: { seed: 1, layers: [{ kind: "dense", units: 2 }] },
  id: "fruit",
  class_names: ["not ripe", "ripe"],
  data: {
    kind: "table",
    columns: [
      { kind: "number", name: "weight", mean: 0, deviation: 1 },
      { kind: "category", name: "colour", values: ["red", "green", "blue"] },
    ],
    label_column: "ripe",
    classes: ["no", "yes"],
  },
  sample: { shards: [{ name: "One", table: "sample/one.csv" }] },
};

/** Grey images of 2 × 3 pixels. */
export const imageTask: Task = {
  ...kCommon,
  model: { seed: 1, layers: [{ kind: "flatten" }, { kind: "dense", units: 3 }] },
  id: "animals",
  class_names: ["Cat", "Great ape", "7"],
  data: {
    kind: "image",
    height: 2,
    width: 3,
    channels: 1,
    mean: [0],
    deviation: [1],
    classes: ["cat", "ape", "7"],
  },
  sample: {
    shards: [{ name: "One", images: "sample/images.idx.gz", labels: "sample/labels.idx.gz" }],
    held_out: { name: "Rest", images: "sample/missing.idx.gz", labels: "sample/labels.idx.gz" },
  },
};

/** The cells of a decoded table, read back from their bytes. */
export function cellsOf(bytes: Uint8Array): string[][] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new TextDecoder();
  let at = 8;
  const rows = Array.from({ length: view.getUint32(0, true) }, () =>
    Array.from({ length: view.getUint32(4, true) }, () => {
      const size = view.getUint32(at, true);
      at += 4 + size;
      return decoder.decode(bytes.subarray(at - size, at));
    }),
  );
  if (at !== bytes.length) throw new Error(`${bytes.length - at} bytes behind the last cell`);
  return rows;
}

export function idx(extents: number[], values: number[]): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * extents.length + values.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0, 0, 8, extents.length]);
  extents.forEach((extent, i) => view.setUint32(4 + 4 * i, extent));
  bytes.set(values, 4 + 4 * extents.length);
  return bytes;
}

export function gzip(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(gzipSync(bytes));
}

/** For assert.rejects and assert.throws: a refusal of data with this text. */
export function refusal(text: RegExp, code = "data") {
  return (error: unknown) =>
    error instanceof DeaiError && error.code === code && text.test(error.message);
}

// The workloads: small nets as people train them in pages, and one matrix product.
import type { Engine } from "./messages.ts";

/** Different characters in the task's alphabet. */
export const shakespeareTokens = 65;

export type Layer =
  | { kind: "dense"; units: number }
  | { kind: "conv2d"; filters: number; kernel: number }
  | { kind: "max_pool2d"; size: number }
  | { kind: "relu" }
  | { kind: "flatten" }
  | { kind: "embedding"; tokens: number; width: number }
  | { kind: "positional_embedding" }
  | { kind: "transformer_block"; heads: number; causal: true }
  | { kind: "layer_norm" };

/** In the words of task.json; `clip_norm`: the gradient of all weights together is no longer. */
export interface Training {
  optimizer:
    | { kind: "sgd"; learning_rate: number }
    | {
        kind: "adamw";
        learning_rate: number;
        beta1: number;
        beta2: number;
        epsilon: number;
        weight_decay: number;
      };
  clip_norm?: number;
}

/** One training step: forward, backward, the optimizer's update, on `batch` samples. */
export interface NetCase {
  kind: "net";
  name: string;
  batch: number;
  data: "mnist" | "titanic" | "shakespeare";
  layers: readonly Layer[];
  training: Training;
  /** Who has it; all, where none are named. */
  engines?: readonly Engine[];
  /** Fewest steps in one timed call, where the engine is fast enough for them. */
  steps: number;
  /** No answer may take longer: the slowest engine's three steps must fit. */
  patienceMs: number;
}

/** C = A·B of square matrices. */
export interface ProductCase {
  kind: "product";
  name: string;
  size: number;
  steps: number;
  patienceMs: number;
}

export type Case = NetCase | ProductCase;

const sgd: Training = { optimizer: { kind: "sgd", learning_rate: 0.01 } };

const relu: Layer = { kind: "relu" };
const flatten: Layer = { kind: "flatten" };
const dense = (units: number): Layer => ({ kind: "dense", units });
const conv2d = (kernel: number, filters: number): Layer => ({ kind: "conv2d", filters, kernel });
const pool: Layer = { kind: "max_pool2d", size: 2 };

/** A chain of dense layers with relu between them. */
function chain(...units: number[]): Layer[] {
  return units.flatMap((count, i) => (i === 0 ? [dense(count)] : [relu, dense(count)]));
}

const titanic: NetCase = {
  kind: "net",
  name: "titanic",
  batch: 16,
  data: "titanic",
  layers: chain(124, 64, 32, 1),
  training: sgd,
  steps: 100,
  patienceMs: 30_000,
};
const mlp: NetCase = {
  kind: "net",
  name: "mlp",
  batch: 64,
  data: "mnist",
  layers: [flatten, ...chain(256, 128, 10)],
  training: sgd,
  steps: 100,
  patienceMs: 30_000,
};
const lenet: NetCase = {
  kind: "net",
  name: "lenet",
  batch: 64,
  data: "mnist",
  layers: [conv2d(5, 8), relu, pool, conv2d(5, 16), relu, pool, flatten, dense(10)],
  training: sgd,
  steps: 10,
  patienceMs: 60_000,
};
const discoMnist: NetCase = {
  kind: "net",
  name: "disco_mnist",
  batch: 64,
  data: "mnist",
  layers: [conv2d(5, 8), relu, conv2d(5, 16), relu, pool, flatten, ...chain(32, 10)],
  training: sgd,
  steps: 5,
  patienceMs: 120_000,
};
const cnn: NetCase = {
  kind: "net",
  name: "cnn",
  batch: 64,
  data: "mnist",
  layers: [conv2d(3, 32), relu, conv2d(3, 64), relu, pool, flatten, ...chain(128, 10)],
  training: sgd,
  steps: 1,
  patienceMs: 300_000,
};
/** The net of tasks/shakespeare, its optimizer at the rate behind the warm-up, its clipping. */
const gpt: NetCase = {
  kind: "net",
  name: "gpt",
  batch: 12,
  data: "shakespeare",
  layers: [
    { kind: "embedding", tokens: shakespeareTokens, width: 128 },
    { kind: "positional_embedding" },
    ...Array.from({ length: 4 }, (): Layer => ({
      kind: "transformer_block",
      heads: 4,
      causal: true,
    })),
    { kind: "layer_norm" },
    dense(shakespeareTokens),
  ],
  training: {
    optimizer: {
      kind: "adamw",
      learning_rate: 0.001,
      beta1: 0.9,
      beta2: 0.99,
      epsilon: 1e-8,
      weight_decay: 0.1,
    },
    clip_norm: 1,
  },
  engines: ["deai", "torch"],
  steps: 3,
  patienceMs: 60_000,
};
const product: ProductCase = {
  kind: "product",
  name: "matmul512",
  size: 512,
  steps: 10,
  patienceMs: 30_000,
};

export const cases: readonly Case[] = [titanic, mlp, lenet, discoMnist, cnn, gpt, product];

/** The same nets again with other batch sizes and widths: how the cost grows. */
export interface Growth {
  /** What is varied. */
  along: "batch" | "parameters";
  cases: readonly NetCase[];
}

const batches = [1, 4, 16, 64, 256];
const widths = [16, 32, 64, 128, 256, 512, 1024, 2048];

export const growths: readonly Growth[] = [
  ...[titanic, mlp, lenet].map((net): Growth => ({
    along: "batch",
    cases: batches.map((batch) => ({ ...net, batch, name: `${net.name}/batch=${String(batch)}` })),
  })),
  {
    along: "parameters",
    cases: widths.map((width) => ({
      ...mlp,
      layers: [flatten, ...chain(width, width, 10)],
      name: `mlp/width=${String(width)}`,
      steps: 10,
    })),
  },
];

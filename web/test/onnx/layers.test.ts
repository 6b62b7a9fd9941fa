import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { createEngine } from "../../src/engine.node.ts";
import type { Engine } from "../../src/engine.ts";
import { exportOnnx } from "../../src/onnx/export.ts";
import type { Layer, Task } from "../../src/task.ts";
import { wasmUrl } from "../engine/support.ts";
import { differenceOf, noise } from "./support.ts";

const shapes = JSON.parse(
  readFileSync(new URL("../../../tests/task/image.json", import.meta.url), "utf8"),
) as Task;
const schema = JSON.parse(
  readFileSync(new URL("../../../tasks/task.schema.json", import.meta.url), "utf8"),
) as { $defs: { layer: { oneOf: { $ref: string }[] } } };

let engine: Engine;
before(async () => {
  engine = await createEngine({ wasmUrl, variant: "simd" });
});
after(() => engine.dispose());

/** A model of images [8, 6, 3] and 3 classes; layers end with a dense of 3. */
function taskOf(...layers: object[]): Task {
  const task = structuredClone(shapes);
  task.model.layers = layers as Layer[];
  return task;
}
const end = [{ kind: "flatten" }, { kind: "dense", units: 3 }];
const conv = { kind: "conv2d", filters: 4, kernel: 3, padding: 1 };
const rows = { kind: "reshape", channels: 12, width: 12 };

// Each kind with settings that are not the defaults, on images, rows and sequences.
const cases: Record<string, object[]> = {
  "a dense after a flattened image, a flattened one and rows": [
    conv,
    { kind: "flatten" },
    { kind: "dense", units: 5, lora_rank: 2, lora_alpha: 3 },
    { kind: "dense", units: 3, bias: false },
  ],
  "a dense of sequences": [rows, { kind: "dense", units: 4 }, { kind: "relu" }, ...end],
  "convolutions with groups, dilation and stride": [
    { kind: "conv2d", filters: 6, kernel: 3, stride: 2, padding: 2, dilation: 2, groups: 3 },
    { kind: "conv2d", filters: 4, kernel: 1, bias: false },
    ...end,
  ],
  "depthwise and separable convolutions": [
    { kind: "depthwise_conv2d", kernel: 3, padding: 1, multiplier: 2 },
    { kind: "depthwise_conv2d", kernel: 3, stride: 2, padding: 1 },
    { kind: "separable_conv2d", filters: 5, kernel: 3, padding: 1 },
    ...end,
  ],
  "a transposed convolution": [
    {
      ...{ kind: "conv_transpose2d", filters: 6, kernel: 3, stride: 2, padding: 1 },
      ...{ output_padding: 1, groups: 3 },
    },
    { kind: "conv_transpose2d", filters: 2, kernel: 2, dilation: 2 },
    ...end,
  ],
  pools: [
    conv,
    { kind: "max_pool2d", size: 3, stride: 2, padding: 1 },
    { kind: "avg_pool2d", size: 3, stride: 1, padding: 1 },
    { kind: "relu" },
    { kind: "max_pool2d", size: 2 },
    ...end,
  ],
  "a global pool": [conv, { kind: "global_avg_pool2d" }, { kind: "dense", units: 3 }],
  "larger images": [
    { kind: "upsample2d", factor: 2 },
    { kind: "upsample2d", factor: 3, mode: "bilinear" },
    { kind: "conv2d", filters: 2, kernel: 3, stride: 4 },
    ...end,
  ],
  activations: [
    ...["relu", "leaky_relu", "gelu", "silu", "hard_swish", "sigmoid", "tanh"].flatMap((kind) => [
      conv,
      { kind },
    ]),
    conv,
    { kind: "gelu", approximate: "tanh" },
    { kind: "leaky_relu", slope: 0.2 },
    { kind: "scale", factor: -1.5 },
    { kind: "softmax" },
    { kind: "dropout", rate: 0.5 },
    ...end,
    { kind: "softmax" },
  ],
  "norms of images": [
    conv,
    { kind: "layer_norm" },
    { kind: "rms_norm", epsilon: 0.001 },
    { kind: "group_norm", groups: 2, epsilon: 0.01 },
    { kind: "batch_norm", epsilon: 0.002 },
    ...end,
  ],
  "norms of sequences": [
    rows,
    { kind: "layer_norm" },
    { kind: "rms_norm" },
    { kind: "group_norm", groups: 3 },
    { kind: "batch_norm" },
    ...end,
  ],
  "norms of flattened images": [
    conv,
    { kind: "flatten" },
    { kind: "layer_norm" },
    { kind: "batch_norm" },
    { kind: "rms_norm" },
    { kind: "dense", units: 6 },
    { kind: "group_norm", groups: 2 },
    { kind: "dense", units: 3 },
  ],
  blocks: [
    { kind: "residual_block", filters: 4 },
    { kind: "residual_block", filters: 4, norm: "group", groups: 2, activation: "silu" },
    { kind: "residual_block", filters: 6, stride: 2, norm: "none", activation: "hard_swish" },
    { kind: "inverted_residual", filters: 6, expand: 2 },
    { kind: "inverted_residual", filters: 8, expand: 1, norm: "group", groups: 2 },
    { kind: "inverted_residual", filters: 4, stride: 2, norm: "none", kernel: 5 },
    ...end,
  ],
  "merges of images": [
    { ...conv, name: "a" },
    { ...conv, input: "input", name: "b" },
    { kind: "add", inputs: ["a", "b"], name: "c" },
    { kind: "multiply", inputs: ["a", "c", "b"], name: "d" },
    { kind: "concat", inputs: ["d", "a", "input"] },
    { kind: "slice", first: 2, count: 6 },
    ...end,
  ],
  "merges of flattened images": [
    { ...conv, name: "a" },
    { kind: "flatten", input: "a", name: "b" },
    { kind: "max_pool2d", size: 2, input: "a" },
    { kind: "flatten", name: "c" },
    { kind: "relu", input: "b", name: "d" },
    { kind: "add", inputs: ["b", "d"], name: "e" },
    { kind: "dense", units: 4, name: "f" },
    { kind: "concat", inputs: ["e", "c", "f"] },
    { kind: "slice", first: 5, count: 200 },
    { kind: "dense", units: 3 },
  ],
  "images of other shapes": [
    conv,
    { kind: "flatten" },
    { kind: "relu" },
    { kind: "reshape", channels: 8, width: 6, height: 4 },
    { kind: "conv2d", filters: 6, kernel: 3 },
    { kind: "reshape", channels: 3, width: 16 },
    { kind: "reshape", channels: 48 },
    { kind: "dense", units: 3 },
  ],
  "attention of sequences": [
    rows,
    { kind: "positional_embedding" },
    { kind: "attention", heads: 3 },
    { kind: "attention", heads: 6, kv_heads: 2, causal: true, rotary: true, bias: false },
    { kind: "attention", heads: 2, lora_rank: 2, lora_alpha: 3 },
    ...end,
  ],
  "transformer blocks": [
    rows,
    { kind: "transformer_block", heads: 2, causal: true, dropout: 0.1 },
    {
      ...{ kind: "transformer_block", heads: 3, kv_heads: 1, rotary: true, norm: "rms", mlp: 10 },
      ...{ activation: "silu", bias: false, epsilon: 0.001, lora_rank: 1 },
    },
    { kind: "transformer_block", heads: 4, activation: "gelu_tanh" },
    ...end,
  ],
  "states that go through sequences": [
    rows,
    { kind: "gru", units: 5 },
    { kind: "lstm", units: 4 },
    { kind: "gru", units: 6, returns: "last" },
    { kind: "dense", units: 3 },
  ],
  "the last state of an lstm": [
    rows,
    { kind: "lstm", units: 4, returns: "last" },
    { kind: "dense", units: 3 },
  ],
  "a shared weight": [
    { kind: "reshape", channels: 12, width: 12 },
    { kind: "dense", units: 12, name: "a" },
    { kind: "dense", units: 12, weights_of: "a" },
    ...end,
  ],
};

for (const [name, layers] of Object.entries(cases)) {
  test(`onnxruntime computes ${name} as the engine does`, async () => {
    const difference = await differenceOf(engine, taskOf(...layers), noise(3, 5 * 8 * 6 * 3));
    assert.ok(difference < 1e-5, `differs by ${difference}`);
  });
}

test("onnxruntime takes embeddings and their weight as the engine does", async () => {
  const task = taskOf(
    { kind: "scale", factor: 0 }, // every token is the first one
    { kind: "global_avg_pool2d" },
    { kind: "embedding", tokens: 5, width: 6, name: "words" },
    { kind: "transformer_block", heads: 2 },
    { kind: "dense", units: 5, weights_of: "words", bias: false },
    ...end,
  );
  const difference = await differenceOf(engine, task, noise(3, 2 * 8 * 6 * 3));
  assert.ok(difference < 1e-5, `differs by ${difference}`);
});

test("onnxruntime reads tokens as the engine does", async () => {
  const task = JSON.parse(
    readFileSync(new URL("../../../tests/task/text.json", import.meta.url), "utf8"),
  ) as Task;
  const blocks = [
    { kind: "embedding", tokens: 8, width: 6 },
    { kind: "positional_embedding" },
    { kind: "transformer_block", heads: 2, causal: true },
    { kind: "layer_norm" },
    { kind: "dense", units: 8 },
  ];
  const own = task.model.layers;
  for (const layers of [own, blocks]) {
    task.model.layers = layers as Layer[];
    const tokens = noise(3, 3 * 4).map((value) => Math.floor(4 + 4 * value));
    const difference = await differenceOf(engine, task, tokens);
    assert.ok(difference < 1e-5, `differs by ${difference}`);
  }
});

test("every kind of layer stands in a case", () => {
  const tried = new Set(["embedding", ...Object.values(cases).flatMap((layers) => layers.map((one) => (one as { kind: string }).kind))]);
  const kinds = schema.$defs.layer.oneOf.map(({ $ref }) => $ref.replace("#/$defs/layer_", ""));
  assert.ok(kinds.length > 20);
  assert.deepEqual(
    kinds.filter((kind) => !tried.has(kind)),
    [],
  );
});

test("a kind without a translation is named", () => {
  const model = {
    structure: () => "0\tsmell\t-1\t-1\t3\t1\t\n",
    exportModel: () => engine.load(taskOf(...end)).exportModel(),
  };
  assert.throws(() => exportOnnx(model, shapes), {
    ...{ name: "DeaiError", code: "argument" },
    message: "layer 0 (smell): ONNX export: this kind of layer has no translation",
  });
});

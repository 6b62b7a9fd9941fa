import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { Layer } from "../../src/task.ts";

// The schema that helps authors while they type must refuse what the core refuses: both are held
// to the same cases (tests/task/parse.cpp runs them against the core).
const root = new URL("../../../", import.meta.url);
const text = (path: string): string => readFileSync(new URL(path, root), "utf8");

interface Case {
  base: string;
  replace: string;
  by: string;
  /** False: only the core can know, such as whether layers fit each other. */
  schema: boolean;
}

const validate = new Ajv2020({ allErrors: true, strictTypes: false }).compile(
  JSON.parse(text("tasks/task.schema.json")) as object,
);
const accepted = (json: string): boolean => validate(JSON.parse(json)) === true;

const tasks = readdirSync(new URL("tasks/", root), { withFileTypes: true }).filter((entry) => entry.isDirectory());

test("there are tasks", () => {
  assert.ok(tasks.length >= 2);
});

for (const { name } of tasks) {
  test(`the schema takes tasks/${name}/task.json`, () => {
    const json = text(`tasks/${name}/task.json`);
    assert.ok(accepted(json), JSON.stringify(validate.errors));
    assert.equal((JSON.parse(json) as { id: string }).id, name);
  });
}

for (const base of ["table", "image", "text"]) {
  test(`the schema takes tests/task/${base}.json`, () => {
    assert.ok(accepted(text(`tests/task/${base}.json`)), JSON.stringify(validate.errors));
  });
}

const cases = (JSON.parse(text("tests/task/cases.json")) as Case[]).filter((each) => each.schema);

test("there are cases for the schema", () => {
  assert.ok(cases.length > 0);
});

for (const { base, replace, by } of cases) {
  test(`the schema refuses ${base} with ${by} for ${replace}`, () => {
    const before = text(`tests/task/${base}.json`);
    assert.ok(before.includes(replace), "the case does not change anything");
    assert.ok(!accepted(before.replace(replace, () => by)));
  });
}

// A kind that is missing here, or too much, does not compile.
const kinds: Record<Layer["kind"], true> = {
  add: true,
  attention: true,
  avg_pool2d: true,
  batch_norm: true,
  concat: true,
  conv2d: true,
  conv_transpose2d: true,
  dense: true,
  depthwise_conv2d: true,
  dropout: true,
  embedding: true,
  flatten: true,
  gelu: true,
  global_avg_pool2d: true,
  group_norm: true,
  gru: true,
  hard_swish: true,
  inverted_residual: true,
  layer_norm: true,
  leaky_relu: true,
  lstm: true,
  max_pool2d: true,
  multiply: true,
  positional_embedding: true,
  relu: true,
  reshape: true,
  residual_block: true,
  rms_norm: true,
  scale: true,
  separable_conv2d: true,
  sigmoid: true,
  silu: true,
  slice: true,
  softmax: true,
  tanh: true,
  transformer_block: true,
  upsample2d: true,
};

test("the types know the layers that the schema knows", () => {
  const schema = JSON.parse(text("tasks/task.schema.json")) as {
    $defs: { layer: { oneOf: { $ref: string }[] } };
  };
  const known = schema.$defs.layer.oneOf.map((each) => each.$ref.replace("#/$defs/layer_", ""));
  assert.deepEqual(known.sort(), Object.keys(kinds).sort());
});

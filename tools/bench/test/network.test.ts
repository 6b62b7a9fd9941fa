import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { cases, growths, type NetCase } from "../shared/cases.ts";
import {
  activationCount,
  labelsOf,
  namedSizes,
  parameterCount,
  stages,
  trainingFlop,
} from "../shared/network.ts";
import { batchOf } from "../shared/workload.ts";

const net = (name: string) => cases.find((one): one is NetCase => one.name === name) as NetCase;

test("work of a training step as the table of workloads has it, in MFLOP", () => {
  const expected = { titanic: 1, mlp: 64, lenet: 110, disco_mnist: 540, cnn: 4500 };
  for (const [name, wanted] of Object.entries(expected)) {
    const found = trainingFlop(net(name)) / 1e6;
    assert.ok(Math.abs(found / wanted - 1) < 0.025, `${name}: ${String(found)}`);
  }
});

test("shapes and parameters of lenet by hand", () => {
  const outputs = stages(net("lenet")).map(({ output }) => output.join("×"));
  assert.deepEqual(outputs, [
    "24×24×8",
    "24×24×8",
    "12×12×8",
    "8×8×16",
    "8×8×16",
    "4×4×16",
    "256",
    "10",
  ]);
  assert.equal(parameterCount(net("lenet")), 25 * 8 + 8 + 25 * 8 * 16 + 16 + 2560 + 10);
  const perSample = 784 + 24 * 24 * 8 + 12 * 12 * 8 + 8 * 8 * 16 + 4 * 4 * 16 + 10;
  assert.equal(activationCount(net("lenet")), 64 * perSample);
});

test("gpt: the task's own net, its parameters by PyTorch's names", async () => {
  const path = new URL("../../../tasks/shakespeare/task.json", import.meta.url);
  const task = JSON.parse(await readFile(path, "utf8")) as {
    data: { context: number };
    model: { layers: object[] };
    training: { batch_size: number; clip_norm: number; optimizer: object };
  };
  const gpt = net("gpt");
  assert.deepEqual(gpt.layers, task.model.layers);
  assert.deepEqual([gpt.batch, labelsOf(gpt)], [task.training.batch_size, task.data.context]);
  const { beta1, epsilon, ...named } = gpt.training.optimizer as Record<string, unknown>;
  assert.deepEqual([beta1, epsilon, named], [0.9, 1e-8, task.training.optimizer]);
  assert.equal(gpt.training.clip_norm, task.training.clip_norm);
  // 65 and 64 rows; of a block 12 E² + 13 E; the last norm; 65 units.
  const block = 12 * 128 * 128 + 13 * 128;
  assert.equal(parameterCount(gpt), 129 * 128 + 4 * block + 2 * 128 + 65 * 129);
  const names = namedSizes(gpt).map(({ name }) => name);
  assert.deepEqual(names.slice(2, 4), ["2.self_attn.in_proj_weight", "2.self_attn.in_proj_bias"]);
});

test("gpt: six operations a weight of a matrix and character, and attention's", () => {
  const weights = 4 * 12 * 128 * 128 + 65 * 128;
  const pairs = (64 * 65) / 2; // of a step with itself and those before it
  const perSample = 64 * weights + 4 * 2 * pairs * 128;
  assert.equal(trainingFlop(net("gpt")), 6 * 12 * perSample);
});

test("batches are rows of inputs with all of their labels", () => {
  const gpt = net("gpt");
  const x = Float32Array.from({ length: 16 * 12 * 64 }, (_, i) => i);
  const workload = { case: gpt, weights: new Float32Array(), x, y: Int32Array.from(x) };
  for (const k of [0, 15, 17]) {
    const batch = batchOf(workload, k);
    assert.deepEqual([batch.x.length, batch.y.length], [768, 768]);
    assert.equal(batch.x[0], (k % 16) * 768);
    assert.equal(batch.y[0], batch.x[0]);
  }
});

test("the parameters really grow where they should", () => {
  const growth = growths.find(({ along }) => along === "parameters");
  const counts = (growth?.cases ?? []).map(parameterCount);
  assert.ok(
    counts.length > 3 && counts.every((count, i) => i === 0 || count > (counts[i - 1] ?? 0)),
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { cases, growths, type NetCase } from "../shared/cases.ts";
import { activationCount, parameterCount, stages, trainingFlop } from "../shared/network.ts";

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

test("the parameters really grow where they should", () => {
  const growth = growths.find(({ along }) => along === "parameters");
  const counts = (growth?.cases ?? []).map(parameterCount);
  assert.ok(
    counts.length > 3 && counts.every((count, i) => i === 0 || count > (counts[i - 1] ?? 0)),
  );
});

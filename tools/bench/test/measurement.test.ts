import assert from "node:assert/strict";
import { test } from "node:test";
import { measurementsOf } from "../host/measurement.ts";
import type { Outcome } from "../host/round.ts";
import { settingsFor } from "../host/settings.ts";
import { caseTable } from "../host/table.ts";
import { cases } from "../shared/cases.ts";
import type { Engine, Setting } from "../shared/messages.ts";

const setting = (engine: Engine): Setting => ({
  engine,
  variant: "wasm",
  threads: 1,
  workers: 1,
  isolated: false,
});
const outcome = (engine: Engine, losses: number[], times = [2]): Outcome => ({
  setting: setting(engine),
  kind: "measured",
  pace: { steps: 7, runs: times.length },
  times,
  losses,
  note: undefined,
  memory: undefined,
});
const product = cases.find(({ kind }) => kind === "product");
const measure = (...outcomes: Outcome[]) => {
  assert.ok(product);
  return measurementsOf(product, outcomes, () => "nowhere");
};

test("times, and the rate of the fastest call", () => {
  const [one] = measure(outcome("jax", [1], [3, 1, 8]));
  assert.equal(one?.ms_median, 3);
  assert.equal(one?.ms_min, 1);
  assert.equal(one?.gflops, 268.44);
  assert.deepEqual([one?.steps, one?.runs], [7, 3]);
});

test("who trains something else than the others is told", () => {
  const found = measure(
    outcome("jax", [2, 1.5, 1]),
    outcome("tfjs", [2]), // one slow step
    outcome("torch", [2, 1.5, 1]),
    outcome("deai", [2, 1.6, 1.3]),
  );
  const notes = found.map(({ engine, note }) => [engine, note !== undefined]);
  assert.deepEqual(notes, [
    ["jax", false],
    ["tfjs", false],
    ["torch", false],
    ["deai", true],
  ]);
});

test("what an engine cannot do has no time, and its own words", () => {
  const [one] = measure({ setting: setting("tfjs"), kind: "failed", text: "no such kernel" });
  assert.equal(one?.ms_median, null);
  assert.equal(one?.note, "no such kernel");
});

test("of texts also the tokens of a second, and only by those who have the case", () => {
  const gpt = cases.find(({ name }) => name === "gpt");
  assert.ok(gpt);
  const [one] = measurementsOf(gpt, [outcome("torch", [4], [8, 8, 9])], () => "nowhere");
  assert.equal(one?.tokens_per_second, (12 * 64) / 0.008);
  assert.match(caseTable([one]), /tokens\/s .*\n.* 96000 /);
  const engines = settingsFor(gpt, { engines: [], variants: [] }, 2).map(({ engine }) => engine);
  assert.deepEqual([...new Set(engines)], ["deai", "torch"]);
  assert.equal(measure(outcome("jax", [1]))[0]?.tokens_per_second, undefined);
});

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { entropy, load, titanicTask } from "./support.ts";

// The host writes the module's decimals (wasm/snprintf.cpp), and the names of tasks hang on them. tests/session/terms.cpp
// expects the same of libc's.
const expected = "b5cb2b0bb8ccf41537a1944e97d8a5b95f9a81d99143b0a39cd5f19ab655a774";

test("a task has the name that it has natively, whatever its numbers", async () => {
  const task = readFileSync(new URL("../../../tests/task/decimals.json", import.meta.url), "utf8");
  for (const variant of ["simd", "threads"] as const) {
    const core = await load(variant);
    const config = { task, room: "loopback", minParticipants: 1, entropy: entropy(9) };
    const coordinator = core.createCoordinator(config);
    assert.equal(coordinator.taskHash, expected);
    coordinator.dispose();
  }
});

test("numbers in errors are short", async () => {
  const core = await load("simd");
  const outer = { kind: "nesterov", learning_rate: 11 };
  const task = JSON.stringify({ ...titanicTask, exchange: { ...titanicTask.exchange, outer } });
  assert.throws(
    () => core.createCoordinator({ task, room: "loopback", minParticipants: 1, entropy: entropy(9) }),
    /learning_rate: expected a number from 1e-06 to 10, found 11/,
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseVariant, supports } from "../../src/engine/probe.ts";
import { load, titanicJson } from "./support.ts";

test("this Node runs both variants, and the relaxed one is preferred", () => {
  assert.equal(supports("simd"), true);
  assert.equal(supports("relaxed"), true, "preload tools/cmake/relaxed_simd.cjs");
  assert.equal(chooseVariant(), "relaxed");
  assert.equal(chooseVariant("simd"), "simd");
});

test("without SIMD the refusal says so in plain words", (t) => {
  t.mock.method(WebAssembly, "validate", () => false);
  assert.throws(() => chooseVariant(), {
    name: "DeaiError",
    code: "no-simd",
    message: /lacks WebAssembly SIMD/,
  });
  assert.throws(() => chooseVariant("relaxed"), { name: "DeaiError", code: "no-relaxed" });
});

for (const variant of ["simd", "relaxed"] as const) {
  test(`the ${variant} variant loads and makes the model of a task`, async () => {
    const core = await load(variant);
    const options = { room: "r", seed: 1, mode: "local" as const, minParticipants: 1 };
    const participant = core.createParticipant({ task: titanicJson, ...options });
    assert.match(participant.peer, /^[0-9a-f]{64}$/);
    assert.match(participant.taskHash, /^[0-9a-f]{64}$/);
    assert.match(participant.modelHash(), /^[0-9a-f]{64}$/);
    assert.equal(participant.facts().round, 0);
    participant.dispose();
  });
}

test("both variants begin with the same model", async () => {
  const hashes = [];
  for (const variant of ["simd", "relaxed"] as const) {
    const core = await load(variant);
    const options = { room: "r", seed: 1, mode: "local" as const, minParticipants: 1 };
    const participant = core.createParticipant({ task: titanicJson, ...options });
    hashes.push(participant.modelHash());
    participant.dispose();
  }
  assert.equal(hashes[0], hashes[1]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { findPace, paceOf } from "../host/pace.ts";

test("a fast step is repeated until a call is long enough to be timed", () => {
  const { steps, runs } = paceOf(0.03, 100, 15);
  assert.ok(steps * 0.03 >= 100);
  assert.equal(runs, 15);
});

test("a small case has its hundred steps in a call, unless that takes seconds", () => {
  assert.equal(paceOf(9, 100, 15).steps, 100);
  assert.equal(paceOf(100, 100, 15).steps, 20);
});

test("who is too slow gets few calls, but three, and never more than were asked for", () => {
  assert.deepEqual(paceOf(5000, 1, 15), { steps: 1, runs: 4 });
  assert.deepEqual(paceOf(9000, 1, 15), { steps: 1, runs: 3 });
  assert.deepEqual(paceOf(9000, 1, 2), { steps: 1, runs: 2 });
  assert.deepEqual(paceOf(60_000, 1, 15), { steps: 1, runs: 1 });
});

test("the pace is that of the warm engine, not of its first calls", async () => {
  let calls = 0;
  const measure = (steps: number) => {
    ++calls;
    return Promise.resolve(steps * 2);
  };
  const { steps } = await findPace(measure, [500, 40, 30], 1, 15);
  assert.equal(steps, 75);
  assert.ok(calls > 3);
});

test("who is slow is warm by its first steps", async () => {
  const never = () => Promise.reject(new Error("measured"));
  assert.deepEqual(await findPace(never, [30_000], 1, 15), { steps: 1, runs: 1 });
});

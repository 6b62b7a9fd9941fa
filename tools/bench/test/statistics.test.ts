import assert from "node:assert/strict";
import { test } from "node:test";
import { exponents, lossesAgree, median, takesPart } from "../host/statistics.ts";

test("median: the middle one, or the mean of the two in the middle", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(median([10, 9, 100]), 10); // by value, not as text
  assert.ok(Number.isNaN(median([])));
});

test("exponents: 1 for a cost in proportion, 2 for its square", () => {
  const xs = [1, 4, 16];
  assert.deepEqual(exponents(xs.map((x) => ({ x, y: 3 * x }))).map(Math.round), [1, 1]);
  assert.deepEqual(exponents(xs.map((x) => ({ x, y: x * x }))).map(Math.round), [2, 2]);
});

test("takesPart: exactly as often as told, evenly spread", () => {
  const rounds = (own: number, all: number) =>
    Array.from({ length: all }, (_, i) => i).filter((i) => takesPart(i, own, all));
  assert.equal(rounds(15, 15).length, 15);
  assert.deepEqual(rounds(3, 15), [4, 9, 14]);
  assert.equal(rounds(4, 15).length, 4);
});

test("lossesAgree: rounding is forgiven, another training is not", () => {
  assert.ok(lossesAgree([2.3, 2.2], [2.3001, 2.2001]));
  assert.ok(!lossesAgree([2.3, 2.2], [2.3, 2.21]));
  assert.ok(!lossesAgree([Number.NaN], [2.3]));
});

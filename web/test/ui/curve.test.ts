import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyCurve, extendCurve } from "../../src/ui/curve.ts";

function samples(from: number, to: number, loss: (step: number) => number) {
  return Array.from({ length: to - from }, (_, i) => ({
    step: from + i + 1,
    loss: loss(from + i + 1),
    accuracy: NaN,
    count: 4,
    steps: 1,
  }));
}

test("points are the samples while there are few", () => {
  const curve = extendCurve(
    emptyCurve,
    samples(0, 3, (step) => step),
  );
  assert.deepEqual(curve.step, [1, 2, 3]);
  assert.deepEqual(curve.loss, [1, 2, 3]);
  assert.deepEqual(curve.smoothLoss, [1, 1.5, 2], "the plain mean at first");
  assert.ok(curve.accuracy.every(Number.isNaN));
  assert.equal(extendCurve(curve, []), curve);
  assert.deepEqual(emptyCurve.step, [], "the empty curve stays empty");
});

test("a long curve keeps its ends, its mean and a bounded size", () => {
  let curve = emptyCurve;
  for (let at = 0; at < 10_000; at += 100)
    curve = extendCurve(
      curve,
      samples(at, at + 100, (step) => step),
    );
  assert.ok(curve.step.length > 300 && curve.step.length <= 800);
  assert.ok((curve.step[0] ?? 0) <= curve.stride);
  assert.ok((curve.step.at(-1) ?? 0) > 10_000 - 2 * curve.stride);
  curve.step.forEach((step, i) => {
    const middle = step - (curve.stride - 1) / 2;
    assert.ok(Math.abs((curve.loss[i] ?? 0) - middle) < 1e-9, `point at ${step}`);
  });
  for (const values of [curve.loss, curve.accuracy, curve.smoothLoss, curve.smoothAccuracy]) {
    assert.equal(values.length, curve.step.length);
  }
});

test("a point is the mean weighted by samples", () => {
  const half = { ...emptyCurve, stride: 2 };
  const curve = extendCurve(half, [
    { step: 1, loss: 1, accuracy: 1, count: 3, steps: 1 },
    { step: 2, loss: 5, accuracy: 0, count: 1, steps: 1 },
  ]);
  assert.deepEqual(curve.loss, [2]);
  assert.deepEqual(curve.accuracy, [0.75]);
});

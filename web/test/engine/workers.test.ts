import assert from "node:assert/strict";
import { test } from "node:test";
import { rowsOfEach, workersThatPay } from "../../src/engine/helpers/workers.ts";

const long = { stepMultiplications: 2e9, trainedCount: 50_000 };
const short = { stepMultiplications: 1e6, trainedCount: 10_000 };

test("all rows are given out, everybody gets some, and the lead not fewer than others", () => {
  for (const task of [long, short, { stepMultiplications: 0, trainedCount: 1 }]) {
    for (let rows = 1; rows <= 70; rows++) {
      for (let workers = 1; workers <= 9; workers++) {
        const parts = rowsOfEach(rows, workers, task);
        const label = `${rows} rows, ${workers} workers: ${parts.join(" ")}`;
        assert.equal(parts.length, Math.min(rows, workers), label);
        assert.equal(parts.reduce((sum, part) => sum + part, 0), rows, label);
        assert.ok(parts.every((part) => part >= 1), label);
        assert.ok(parts.every((part) => part <= (parts[0] ?? 0)), label);
      }
    }
  }
});

test("the lead takes more where messages are long beside a step", () => {
  assert.deepEqual(rowsOfEach(64, 2, long), [33, 31]);
  assert.deepEqual(rowsOfEach(64, 2, short), [40, 24]);
  assert.deepEqual(rowsOfEach(64, 4, short), [28, 12, 12, 12]);
});

test("workers are asked where it pays", () => {
  assert.equal(workersThatPay(long, 2), 2);
  assert.equal(workersThatPay(short, 2), 1);
});

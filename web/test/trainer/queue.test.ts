import assert from "node:assert/strict";
import { test } from "node:test";
import { StepLog } from "../../src/engine/steps.ts";
import { EventQueue } from "../../src/trainer/queue.ts";
import type { TrainerEvent } from "../../src/trainer/types.ts";

function step(round: number, loss: number, count: number): TrainerEvent {
  const fields = { round, loss, count, epoch: round, accuracy: loss / 10, steps: 1, stepMs: loss };
  return { kind: "step", ...fields };
}

async function readAll(queue: EventQueue): Promise<TrainerEvent[]> {
  const events = [];
  for await (const event of queue.read()) events.push(event);
  return events;
}

test("steps that nobody has read yet become one event of weighted means", async () => {
  const queue = new EventQueue();
  queue.push(step(1, 2, 30));
  queue.push(step(1, 4, 10));
  queue.push(step(2, 8, 10));
  queue.end();
  queue.push(step(3, 1, 1));
  const [first, second, ...rest] = await readAll(queue);
  const expected = { kind: "step", round: 1, loss: 2.5, count: 40, epoch: 1, accuracy: 0.25 };
  assert.deepEqual(first, { ...expected, steps: 2, stepMs: 3 });
  assert.deepEqual(second, step(2, 8, 10));
  assert.equal(rest.length, 0);
});

test("a reader that waits gets the event, the end, or the reason", async () => {
  const queue = new EventQueue();
  const reader = queue.read();
  const next = reader.next();
  queue.push(step(1, 2, 3));
  assert.deepEqual((await next).value, step(1, 2, 3));
  const last = reader.next();
  queue.push(step(1, 2, 3));
  queue.fail(new Error("over"));
  await assert.rejects(
    last.then(() => reader.next()),
    /over/,
  );
});

test("the step log tells at most every so many milliseconds, weighted by samples", () => {
  const log = new StepLog(100);
  assert.equal(log.take(0), undefined);
  log.add({ loss: 1, count: 30, correct: 15, epoch: 0.5 }, 1, 2);
  assert.equal(log.due(1000), true);
  assert.equal(log.take(1000)?.loss, 1);
  log.add({ loss: 1, count: 30, correct: 15, epoch: 0.6 }, 1, 2);
  log.add({ loss: 5, count: 10, correct: 1, epoch: 0.7 }, 2, 4);
  assert.equal(log.due(1099), false);
  assert.equal(log.due(1100), true);
  const report = { round: 2, steps: 2, loss: 2, count: 40, correct: 16, epoch: 0.7, stepMs: 3 };
  assert.deepEqual(log.take(1100), report);
  assert.equal(log.take(1100), undefined);
});

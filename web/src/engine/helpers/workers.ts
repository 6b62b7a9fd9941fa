import { DeaiError } from "../../errors.ts";

// How many workers share a batch, each with an instance of its own: what pages do that may not have
// shared memory, where threads would be the better way.

/** Each has a core's work to do and takes the memory of a whole model. */
const mostWorkers = 16;

export function checkWorkers(workers: number): void {
  if (Number.isInteger(workers) && workers >= 1 && workers <= mostWorkers) return;
  const text = `workers is ${workers}, expected a whole number from 1 to ${mostWorkers}`;
  throw new DeaiError("argument", text);
}

// Measured (tools/bench/run --engine deai --variant relaxed: two workers beside one). A core of a few
// years ago multiplies half as fast, but copies not much faster either.
const multiplicationsAMs = 20e6;
const messagesMs = 0.5;
const weightsAMs = 240e3;
/** So many times the time that sharing takes must be saved, before anybody is asked to help. */
const worthwhile = 1.5;

/**
 * As many as there are cores where a step is long for its number of weights, which travel in every
 * step; else one. It hangs on the task alone and not on how fast something was: results must not.
 */
export function workersThatPay(
  task: { stepMultiplications: number; trainedCount: number },
  cores: number,
): number {
  const stepMs = task.stepMultiplications / multiplicationsAMs;
  const sharingMs = messagesMs + task.trainedCount / weightsAMs;
  const pays = stepMs * (1 - 1 / cores) > worthwhile * sharingMs;
  return pays ? cores : 1;
}

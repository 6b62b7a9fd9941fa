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

/** What a task's step is, of which all that follows is made. */
export interface Work {
  stepMultiplications: number;
  trainedCount: number;
}

/**
 * As many as there are cores where a step is long for its number of weights, which travel in every
 * step; else one. It hangs on the task alone and not on how fast something was: results must not.
 */
export function workersThatPay(task: Work, cores: number): number {
  const pays = stepMs(task) * (1 - 1 / cores) > worthwhile * sharingMs(task);
  return pays ? cores : 1;
}

/**
 * How many of a batch's rows each of `workers` gets, the one who leads first: as many more as can be
 * worked on while messages are under way, but at most as many as a quarter of the batch. The others
 * get equal numbers, the first ones one more; nobody gets none.
 */
export function rowsOfEach(rows: number, workers: number, task: Work): number[] {
  const parts = Math.min(rows, workers);
  const ahead = rows * Math.min(1 / 4, sharingMs(task) / stepMs(task));
  const lead = Math.ceil((rows + (parts - 1) * ahead) / parts);
  const own = Math.min(lead, rows - (parts - 1));
  const base = Math.floor((rows - own) / Math.max(1, parts - 1));
  const more = rows - own - base * (parts - 1);
  const others = Array.from({ length: parts - 1 }, (_, part) => base + (part < more ? 1 : 0));
  return [own, ...others];
}

const stepMs = (task: Work) => task.stepMultiplications / multiplicationsAMs;
const sharingMs = (task: Work) => messagesMs + task.trainedCount / weightsAMs;

import { DeaiError } from "../errors.ts";
import type { Mode, RunOptions, TrainerOptions } from "./types.ts";

const modes: readonly Mode[] = ["auto", "local", "decentralized", "federated"];

/** The options of createTrainer, checked, defaults filled in. */
export interface CheckedOptions {
  mode: Mode;
  room: string;
  secret: string | undefined;
  /** Undefined for `local`. */
  server: string | undefined;
  minParticipants: number;
  seed: number;
}

export function checkOptions(options: TrainerOptions, taskUrl: string | undefined): CheckedOptions {
  const { mode = "auto", room = "public", secret, seed = randomSeed() } = options;
  if (!modes.includes(mode)) fail(`mode is "${mode}", expected one of ${modes.join(", ")}`);
  if (typeof room !== "string" || room.trim() === "" || room.length > 64) {
    fail("room is no name of 1 to 64 characters");
  }
  const local = mode === "local";
  const minParticipants = options.minParticipants ?? (local ? 1 : 2);
  checkCount("seed", seed, 0);
  checkCount("minParticipants", minParticipants, 1);
  if (local && minParticipants > 1) fail("minParticipants is more than 1 in mode local");
  const server = local ? undefined : serverOf(options.server, taskUrl);
  return { mode, room, secret, server, minParticipants, seed };
}

export function checkRun({ rounds, untilRound, evaluateEvery }: RunOptions): void {
  if (rounds !== undefined) checkCount("rounds", rounds, 1);
  if (untilRound !== undefined) checkCount("untilRound", untilRound, 1);
  if (evaluateEvery !== undefined) checkCount("evaluateEvery", evaluateEvery, 1);
}

function serverOf(given: string | URL | undefined, taskUrl: string | undefined): string {
  const server = given ?? (taskUrl && /^https?:/.test(taskUrl) ? new URL("/", taskUrl) : undefined);
  if (server === undefined) {
    fail('server is missing: give the URL of one, or mode: "local" to train alone');
  }
  const page = (globalThis as { document?: { baseURI: string } }).document?.baseURI;
  try {
    return new URL(server, page).href;
  } catch {
    return fail(`server "${server}" is no URL`);
  }
}

function checkCount(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  fail(`${name} is ${value}, expected a whole number from ${least}`);
}

function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}

function fail(text: string): never {
  throw new DeaiError("argument", text);
}

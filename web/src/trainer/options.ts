import { DeaiError } from "../errors.ts";
import type { SignallingChoice } from "../net/signalling.ts";
import type { Mode, RunOptions, TrainerOptions } from "./types.ts";

const modes: readonly Mode[] = ["auto", "local", "decentralized", "federated"];

/** The options of createTrainer, checked, defaults filled in. */
export interface CheckedOptions {
  mode: Mode;
  room: string;
  secret: string | undefined;
  /** Undefined for `local`. */
  server: string | undefined;
  signalling: readonly SignallingChoice[] | undefined;
  minParticipants: number;
  seed: number;
  recordBytes: number;
}

export function checkOptions(options: TrainerOptions, taskUrl: string | undefined): CheckedOptions {
  const { mode = "auto", room = "public", secret, seed = randomSeed() } = options;
  const { record: recordBytes = 0 } = options;
  if (!modes.includes(mode)) fail(`mode is "${mode}", expected one of ${modes.join(", ")}`);
  if (typeof room !== "string" || room.trim() === "" || room.length > 64) {
    fail("room is no name of 1 to 64 characters");
  }
  const local = mode === "local";
  const minParticipants = options.minParticipants ?? (local ? 1 : 2);
  checkCount("seed", seed, 0);
  checkCount("record", recordBytes, 0);
  checkCount("minParticipants", minParticipants, 1);
  if (local && minParticipants > 1) fail("minParticipants is more than 1 in mode local");
  const signalling = local ? undefined : checkSignalling(options.signalling);
  const needsServer =
    mode === "federated" || !signalling || signalling.some((way) => way.kind === "server" && !way.url);
  const server = local || !needsServer ? undefined : serverOf(options.server, taskUrl);
  return { mode, room, secret, server, signalling, minParticipants, seed, recordBytes };
}

const ways: readonly SignallingChoice["kind"][] = ["server", "peerjs", "tabs", "byHand"];

function checkSignalling(given: TrainerOptions["signalling"]): readonly SignallingChoice[] | undefined {
  if (given === undefined) return undefined;
  if (!Array.isArray(given) || given.length === 0) fail("signalling is no list of at least one way");
  for (const way of given as readonly Partial<{ kind: string; url: unknown }>[]) {
    if (!ways.some((kind) => kind === way.kind)) {
      fail(`signalling has a way "${String(way.kind)}", expected one of ${ways.join(", ")}`);
    }
    if (way.url === undefined ? way.kind === "peerjs" : !URL.canParse(String(way.url))) {
      fail(`signalling by ${String(way.kind)}: "${String(way.url)}" is no URL`);
    }
  }
  return given as readonly SignallingChoice[];
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

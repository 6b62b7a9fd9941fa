import type { WasmMetrics } from "./wasm.ts";
import type { DecodedSamples } from "../input/types.ts";
import type { Frame, Notice } from "./boundary.ts";
import type { GenerationOptions } from "./generation.ts";
import type { ImportOptions, ImportReport } from "./imports.ts";
import type { Facts, ParticipantConfig, SessionMemory, Target } from "./participant.ts";
import type { Build, Wish } from "./probe.ts";
import type { StepsReport } from "./steps.ts";
import type { SessionMode } from "./wasm.ts";

// What the page and the engine say to each other. One call is one request and one reply; events
// come whenever something happened.

/** The calls by name; the host implements them, the client makes promises of them. */
export interface EngineCalls {
  open(config: ParticipantConfig): Opened;
  run(target: Target & { evaluateEvery: number | undefined }): void;
  stop(): void;
  setMode(mode: SessionMode): void;
  linkUp(link: number, end: "peer" | "coordinator"): void;
  linkDown(link: number): void;
  frames(link: number, frames: Uint8Array[]): void;
  writable(link: number, bytes: number): void;
  /** To learn from, all or none; how many samples they were. */
  addSamples(parts: DecodedSamples[]): number;
  clearSamples(): void;
  /** What evaluations judge the model on unless they say otherwise. */
  holdOut(parts: DecodedSamples[]): void;
  /** The call ends when all samples are judged; training goes on meanwhile. */
  evaluate(parts: DecodedSamples[] | undefined): Promise<EvaluationReport>;
  predict(parts: DecodedSamples[]): { outputs: Float32Array; width: number };
  /** Its number: one is under way at a time, a new one ends the other. */
  beginGeneration(prompt: string | Uint32Array, terms: Required<GenerationOptions>): number;
  /** Its next tokens, at least one and at most so many. */
  generateSome(generation: number, most: number): Uint32Array;
  exportModel(): Uint8Array<ArrayBuffer>;
  importModel(file: Uint8Array, options: ImportOptions): ImportReport;
  structure(): string;
  /** The weights that the task names to begin with. */
  loadBase(file: Uint8Array): void;
  saveCheckpoint(): Promise<Uint8Array<ArrayBuffer>>;
  loadCheckpoint(file: Uint8Array): void;
  /** The training with the room's model and its place in the history. */
  save(): Promise<Uint8Array<ArrayBuffer>>;
  /** Before run(); the room's number then. */
  restore(saved: Uint8Array): number;
  recording(): Uint8Array<ArrayBuffer>;
  modelHash(): string;
  facts(): Facts;
  memory(): SessionMemory;
}

export interface Opened extends Build {
  peer: string;
  taskHash: string;
  modelHash: string;
  /** How many share each batch. */
  workers: number;
}

export interface EvaluationReport {
  /** The room's number of the model that was judged. */
  round: number;
  loss: number;
  /** NaN where the task has no classes. */
  accuracy: number;
  count: number;
  /** The task's, by the names of task.json. */
  metrics: WasmMetrics;
  /** Row by row: how many of a class were taken for which. */
  confusion?: number[];
}

export interface Committed {
  kind: "committed";
  round: number;
  participants: number;
  peers: string[];
  /** Samples that the updates of this round stand for. */
  weight: number;
  modelHash: string;
  /** In all. */
  sentBytes: number;
  receivedBytes: number;
  /** Where the room has no common model. */
  gossip?: Gossip;
}

/** How neighbours agree. */
export interface Gossip {
  /** How far their models are from the own one, as a share of its size. */
  distance: number;
  /** Sent so far, without packets' headers; and what full floats to the same neighbours had been. */
  payloadBytes: number;
  fullBytes: number;
}

export type EngineEvent =
  /** Frames to put on links and links to close afterwards. */
  | { kind: "wires"; frames: Frame[]; closes: number[] }
  | { kind: "notice"; notice: Notice }
  /** Local steps are due, or not: then the round is being exchanged, or waited for. */
  | { kind: "training"; wanted: boolean }
  | ({ kind: "steps" } & StepsReport)
  | Committed
  | ({ kind: "evaluated" } & EvaluationReport)
  /** The target of run() is reached, the last commit applied, its evaluation over. */
  | { kind: "done"; round: number; modelHash: string }
  /** The helpers that shared the batches are gone; training goes on. */
  | { kind: "alone"; code: string; text: string }
  /** Training cannot go on. */
  | { kind: "failed"; code: string; text: string };

export type CallName = keyof EngineCalls;
export type CallArguments<Name extends CallName> = Parameters<EngineCalls[Name]>;
export type CallResult<Name extends CallName> = Awaited<ReturnType<EngineCalls[Name]>>;

export type ToHost =
  /** First of all. `folder`: URL of the wasm files, beside the engine's script by default. */
  | { kind: "start"; wish: Wish; folder: string | undefined }
  | { kind: "call"; id: number; name: CallName; arguments: unknown[] };

export type FromHost =
  | { kind: "ready" }
  | { kind: "unready"; code: string; text: string }
  | { kind: "result"; id: number; value: unknown }
  | { kind: "error"; id: number; code: string; text: string }
  /** What happened since the last of these. */
  | { kind: "events"; events: EngineEvent[] };

/** The two ends of a conversation between threads, or within one. */
export interface Port<Sent, Received> {
  /** Buffers in `moved` are handed over, not copied. */
  post(message: Sent, moved: ArrayBuffer[]): void;
  listen(receive: (message: Received) => void): void;
}

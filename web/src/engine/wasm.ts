import { DeaiError } from "../errors.ts";
import type { Variant } from "./probe.ts";
import { startThreads } from "./threads.ts";

// The module as wasm/bindings*.cpp bind it. Its contract is wasm/README.md; the wrappers in
// core.ts and model.ts are the only callers.

export interface WasmStatus {
  code: string;
  text: string;
}
export interface WasmCreated<Handle> extends WasmStatus {
  handle: Handle;
}
export interface WasmNumber extends WasmStatus {
  value: number;
}
export interface WasmText extends WasmStatus {
  value: string;
}
export interface WasmPlace extends WasmStatus {
  at: number;
  size: number;
}
export interface WasmNotice {
  kind: NoticeKind;
  round: number;
  peer: string;
  count: number;
  weight: number;
  /** Of a round where neighbours agree: how far apart their models are. */
  distance: number;
  peers: string[];
  text: string;
}
export type NoticeKind =
  | "peerJoined"
  | "peerLeft"
  | "peerLate"
  | "peerRefused"
  | "waiting"
  | "roundStarted"
  | "roundCommitted"
  | "adopted"
  | "done"
  | "warning";
export interface WasmOutcome extends WasmPlace {
  wakeAtMs: number;
  trainingWanted: boolean;
  modelChanged: boolean;
  closes: number[] | undefined;
  notices: WasmNotice[] | undefined;
}
export interface WasmStep extends WasmOutcome {
  loss: number;
  count: number;
  correct: number;
  epoch: number;
}
export interface WasmEvaluation extends WasmStatus {
  loss: number;
  accuracy: number;
  count: number;
  finished: boolean;
  /** Once it is finished: by the names of task.json, and the confusion matrix row by row. */
  metrics: WasmMetrics | undefined;
  confusion: number[] | undefined;
}
/** NaN where nothing is known. */
export interface WasmMetrics {
  accuracy?: number;
  top_k?: number;
  auc?: number;
  f1?: number;
  mean_absolute_error?: number;
  root_mean_squared_error?: number;
}
export interface WasmFacts extends WasmStatus {
  round: number;
  sentBytes: number;
  receivedBytes: number;
  /** Where neighbours agree, otherwise 0: the codec's bytes sent, and what full floats had been. */
  payloadBytes: number;
  fullBytes: number;
  consensusDistance: number;
  memoryBytes: number;
  trainingSamples: number;
  heldOutSamples: number;
  outputWidth: number;
  weightCount: number;
  trainedCount: number;
  stepMultiplications: number;
}

export type Part = "training" | "heldOut";
export type SessionMode = "local" | "decentralized" | "federated";

/** What writes on where a text ends. Texts, and tokens of 4 bytes, are staged. */
export interface WasmWriter {
  tokensOf(size: number): WasmPlace;
  beginGeneration(count: number, temperature: number, topK: number, seed: number): WasmStatus;
  generationStep(): WasmNumber;
}

export interface WasmParticipant extends WasmWriter {
  run(rounds: number, untilRound: number, now: number): WasmOutcome;
  stop(now: number): WasmOutcome;
  setMode(mode: SessionMode, now: number): WasmOutcome;
  linkUp(link: number, coordinator: boolean, now: number): WasmOutcome;
  linkDown(link: number, now: number): WasmOutcome;
  writable(link: number, bytes: number, now: number): WasmOutcome;
  received(link: number, size: number, now: number): WasmOutcome;
  time(now: number): WasmOutcome;
  importModel(size: number, strict: boolean, only: string, now: number): WasmOutcome;
  trainStep(now: number): WasmStep;
  /** How many rows the batch has. */
  beginStep(): WasmNumber;
  share(first: number, count: number): WasmShare;
  /** Works on the first rows; their gradient stays in the core. */
  ownShare(rows: number): WasmLoss;
  stepHolds(): WasmNumber;
  /** Where so many numbers for addGradient() are to be written; 0: no room. */
  place(count: number): number;
  addGradient(count: number): WasmStatus;
  finishStep(loss: number, correct: number, now: number): WasmStep;
  /** `size` is in numbers. */
  weights(): WasmPlace;
  weightsVersion(): WasmNumber;
  addTable(part: Part, source: string, size: number): WasmNumber;
  addImages(part: Part, source: string, labelCount: number, pixelBytes: number): WasmNumber;
  addDense(part: Part, source: string, labelCount: number, inputCount: number): WasmNumber;
  addText(part: Part, source: string, size: number): WasmNumber;
  addTokens(part: Part, source: string, count: number): WasmNumber;
  clearSamples(part: Part): WasmStatus;
  beginEvaluation(part: Part): WasmStatus;
  evaluationStep(): WasmEvaluation;
  predictTable(source: string, size: number): WasmPlace;
  predictImages(source: string, size: number): WasmPlace;
  predictDense(count: number): WasmPlace;
  exportModel(): WasmPlace;
  /** 0: what a reload goes on from; 1: what was recorded, if it was made with recordBytes. */
  save(recording: 0 | 1): WasmPlace;
  /** `base`: the task's weights to begin with instead. */
  restore(size: number, base: boolean, now: number): WasmOutcome;
  structure(): WasmText;
  peer(): WasmText;
  modelHash(): WasmText;
  taskHash(): WasmText;
  memory(): WasmMemory;
  facts(): WasmFacts;
  delete(): void;
}

export interface WasmCoordinator {
  linkUp(link: number, now: number): WasmOutcome;
  linkDown(link: number, now: number): WasmOutcome;
  writable(link: number, bytes: number, now: number): WasmOutcome;
  received(link: number, size: number, now: number): WasmOutcome;
  time(now: number): WasmOutcome;
  round(): WasmNumber;
  participantCount(): WasmNumber;
  modelHash(): WasmText;
  taskHash(): WasmText;
  save(): WasmPlace;
  restore(size: number): WasmNumber;
  delete(): void;
}

/** Sizes are in numbers of 4 bytes. */
export interface WasmShare extends WasmPlace {
  labelsAt: number;
  labelsSize: number;
  areClasses: boolean;
  drawn: number;
  weight: number;
}
export interface WasmLoss extends WasmPlace {
  loss: number;
  correct: number;
  /** Of these labels in the loss. */
  weight: number;
}
export interface WasmProfileRow {
  name: string;
  calls: number;
  forwardMs: number;
  backwardMs: number;
}
export interface WasmProfile extends WasmStatus {
  rows: WasmProfileRow[];
}
export interface WasmMemory extends WasmStatus {
  parameterBytes: number;
  peakBytes: number;
  heldBytes: number;
  allocations: number;
  /** Of a participant; 0 for a model. */
  sampleBytes: number;
}
/** Counts and sizes are of numbers of 4 bytes, not of bytes. */
export interface WasmModel extends WasmWriter {
  /** Where so many numbers for the next call are to be written; 0: no room. */
  place(count: number): number;
  trainBatch(inputs: number, labels: number): WasmLoss;
  profile(inputs: number, labels: number, steps: number): WasmProfile;
  /** total 0: of the whole batch; else of its rows from `first` on. */
  lossAndGradient(
    inputs: number,
    labels: number,
    first: number,
    total: number,
    drawn: number,
    weight: number,
  ): WasmLoss;
  /** `size`: how many rows the batch has. */
  beginBatch(inputs: number, labels: number): WasmShare;
  /** Works on the first of so many rows; their gradient stays in the core. */
  ownShare(rows: number, total: number): WasmLoss;
  addGradient(count: number): WasmStatus;
  /** Where it stands, and where one is written before applyGradient(). */
  gradient(): WasmPlace;
  step(): WasmStatus;
  forward(inputs: number, training: boolean): WasmPlace;
  predict(inputs: number): WasmPlace;
  backward(count: number): WasmPlace;
  applyGradient(): WasmStatus;
  weights(): WasmPlace;
  /** Where all of them, so many, are then written. */
  setWeights(count: number): WasmPlace;
  weightsVersion(): WasmNumber;
  stepMultiplications(): WasmNumber;
  exportModel(): WasmPlace;
  importModel(size: number, strict: boolean, only: string): WasmText;
  saveCheckpoint(): WasmPlace;
  loadCheckpoint(size: number): WasmStatus;
  structure(): WasmText;
  layout(): WasmText;
  memory(): WasmMemory;
  delete(): void;
}

export interface WasmModule {
  /** Replaced whenever the heap grows: never kept across a call. */
  readonly HEAPU8: Uint8Array;
  stage(size: number): number;
  createParticipant(
    taskJson: string,
    room: string,
    seed: number,
    mode: SessionMode,
    minParticipants: number,
    recordBytes: number,
  ): WasmCreated<WasmParticipant>;
  createCoordinator(
    taskJson: string,
    room: string,
    minParticipants: number,
    baseSize: number,
  ): WasmCreated<WasmCoordinator>;
  createModel(taskJson: string, seed: number): WasmCreated<WasmModel>;
  /** Gives memory that no model uses any more back. */
  trim(): void;
  setThreads(count: number): WasmStatus;
  /** Emscripten's keeper of workers, in the "threads" variant. */
  readonly PThread?: {
    unusedWorkers: Thread[];
    loadWasmModuleToWorker(worker: Thread): Promise<unknown>;
    terminateAllThreads(): void;
  };
}

/** A worker; Node's can let the process end while it waits. */
export interface Thread {
  terminate(): unknown;
  unref?(): void;
}

type InstantiateWasm = (
  imports: WebAssembly.Imports,
  done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
) => Record<string, never>;
type Factory = (options: { instantiateWasm: InstantiateWasm }) => Promise<WasmModule>;

/** How the two files of a variant are had; the browser and Node differ. */
export interface WasmFiles {
  /** URL of the glue that Emscripten wrote. */
  glue: string;
  compile(): Promise<WebAssembly.Module>;
  /** A worker that runs the glue as one more thread. */
  openThread(failed: (cause: string) => void): Thread;
}

/** The same files, whose module is compiled once for all who ask for it. */
export function compiledOnce(files: WasmFiles): WasmFiles {
  let module: Promise<WebAssembly.Module> | undefined;
  return { ...files, compile: () => (module ??= files.compile()) };
}

/**
 * Where the files stand: beside this script, or in the folder that the caller names. `gossip`: of the
 * module for tasks whose exchange is not the plain mean.
 */
export function fileUrls(
  variant: Variant,
  folder?: string,
  gossip = false,
): { glue: URL; wasm: URL } {
  if (folder !== undefined) {
    const base = folder.endsWith("/") ? folder : `${folder}/`;
    const name = `deai-${variant}${gossip ? "-gossip" : ""}`;
    return { glue: new URL(`${name}.mjs`, base), wasm: new URL(`${name}.wasm`, base) };
  }
  const [glue, wasm] = (gossip ? gossipFiles : files)[variant]();
  return { glue, wasm };
}

type Pair = [glue: URL, wasm: URL];

// Spelt out, because bundlers look for exactly this form.
const files: Record<Variant, () => Pair> = {
  simd: () => [new URL("./deai-simd.mjs", import.meta.url), new URL("./deai-simd.wasm", import.meta.url)],
  relaxed: () => [
    new URL("./deai-relaxed.mjs", import.meta.url),
    new URL("./deai-relaxed.wasm", import.meta.url),
  ],
  threads: () => [
    new URL("./deai-threads.mjs", import.meta.url),
    new URL("./deai-threads.wasm", import.meta.url),
  ],
};
const gossipFiles: Record<Variant, () => Pair> = {
  simd: () => [
    new URL("./deai-simd-gossip.mjs", import.meta.url),
    new URL("./deai-simd-gossip.wasm", import.meta.url),
  ],
  relaxed: () => [
    new URL("./deai-relaxed-gossip.mjs", import.meta.url),
    new URL("./deai-relaxed-gossip.wasm", import.meta.url),
  ],
  threads: () => [
    new URL("./deai-threads-gossip.mjs", import.meta.url),
    new URL("./deai-threads-gossip.wasm", import.meta.url),
  ],
};

export async function instantiate(files: WasmFiles, threads: number): Promise<WasmModule> {
  try {
    const [module, glue] = await Promise.all([
      files.compile(),
      import(/* webpackIgnore: true */ /* @vite-ignore */ files.glue) as Promise<{
        default: Factory;
      }>,
    ]);
    const instance = await new Promise<WasmModule>((resolve, reject) => {
      const instantiateWasm: InstantiateWasm = (imports, done) => {
        WebAssembly.instantiate(module, imports).then((instance) => done(instance, module), reject);
        return {};
      };
      glue.default({ instantiateWasm }).then(resolve, reject);
    });
    await startThreads(instance, files, threads);
    return instance;
  } catch (cause) {
    if (cause instanceof DeaiError) throw cause;
    throw new DeaiError(
      "engine-load",
      `The engine could not be loaded from ${files.glue}: ${String(cause)}`,
      {
        cause,
      },
    );
  }
}

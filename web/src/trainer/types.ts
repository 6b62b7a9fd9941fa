import type { GenerationOptions } from "../engine/generation.ts";
import type { EngineOptions } from "../engine/client.ts";
import type { ImportOptions, ImportReport } from "../engine/imports.ts";
import type { Gossip } from "../engine/messages.ts";
import type { Facts } from "../engine/participant.ts";
import type { InputFile, RecordInputs, RecordLabels } from "../input/index.ts";
import type { OnnxOptions } from "../onnx/export.ts";
import type { SignallingChoice } from "../net/signalling.ts";
import type { LinkPath, LinkStatistics } from "../net/types.ts";
import type { Task } from "../task.ts";

export type Mode = "auto" | "local" | "decentralized" | "federated";

export interface TrainerOptions {
  /** URL of a task.json, or what it holds. */
  task: string | URL | Task;
  /** URL that paths of a task given as an object are relative to. */
  taskUrl?: string | URL;
  /** Base URL of the server; the task's origin by default. Not needed for `local`. */
  server?: string | URL;
  /**
   * How the others are found, all ways at once: servers, a PeerJS server, other tabs, or texts that
   * people send each other. By the server where nothing is said; all of a room need one in common.
   */
  signalling?: readonly SignallingChoice[];
  /** Who trains together; "public" by default. */
  room?: string;
  /** Of the room, from the invite link's #fragment; the server never receives it. */
  secret?: string;
  /** "auto" by default: directly, else relayed, else through the server. */
  mode?: Mode;
  /** No round starts below it: 2 by default, 1 for `local`. */
  minParticipants?: number;
  /** Governs only this participant's shuffling and dropout; random by default. */
  seed?: number;
  /**
   * Keeps at most so many bytes of all that happens between the participants, for recording(): where
   * a fault is to be looked into. 0 by default.
   */
  record?: number;
  /** Where the engine's files are, and which of its variants to use. */
  engine?: EngineOptions;
  signal?: AbortSignal;
}

export interface CallOptions {
  signal?: AbortSignal;
}

export interface AddOptions extends CallOptions {
  /** Told now and then, while many picture files are read, how many were. */
  onProgress?: (done: number, total: number) => void;
}

export type SampleSource =
  /** Shard k of the task's sample, counted from 0. */
  | { sample: number }
  /** CSV files, pictures, IDX files; `label`: the class of all these pictures. */
  | { files: readonly InputFile[]; label?: string }
  | { inputs: RecordInputs; labels: RecordLabels }
  /** For tasks that learn from texts. */
  | { text: string };

export type PredictInputs = RecordInputs | { files: readonly InputFile[] };

export interface Prediction {
  /** The class with the highest probability as it stands in the data, or the number as text. */
  label: string;
  /** One per class; empty where the task has none. */
  probabilities: number[];
  /** The predicted number where the task has no classes. */
  value?: number;
}

export interface RunOptions extends CallOptions {
  /** Ends after so many commits of this run. */
  rounds?: number;
  /** Ends when the room's number is reached. */
  untilRound?: number;
  /**
   * Judges the model on the task's held-out sample after every round of the room that is a multiple
   * of it, before training goes on.
   */
  evaluateEvery?: number;
}

/** Those of the task's list, where they are known; accuracy wherever there are classes. */
export interface Metrics {
  accuracy?: number;
  /** Of texts: among how many tokens the model wavers as if they were equally likely. */
  perplexity?: number;
  /** Share of the samples whose class is among the k most probable. */
  topK?: number;
  auc?: number;
  f1?: number;
  meanAbsoluteError?: number;
  rootMeanSquaredError?: number;
  /** confusion[a][b]: how many samples of class a were taken for b. */
  confusion?: number[][];
}

export interface Evaluation {
  loss: number;
  metrics: Metrics;
  count: number;
}

export type TrainerState = "connecting" | "waiting" | "training" | "exchanging" | "stopped";
export type RunningMode = "local" | "decentralized" | "federated";

export type TrainerEvent =
  | {
      kind: "status";
      state: TrainerState;
      mode: RunningMode;
      /** Participants that are still needed, while waiting. */
      missing?: number;
      /** The longest way that updates take. */
      path?: LinkPath;
      text: string;
    }
  /** One or more optimizer steps (`steps`), averaged; at most about ten events a second. */
  | {
      kind: "step";
      /** The round that is being trained. */
      round: number;
      /** Passes over the own samples so far. */
      epoch: number;
      loss: number;
      accuracy?: number;
      /** Samples in these steps. */
      count: number;
      steps: number;
      /** Mean time of one step. */
      stepMs: number;
    }
  /**
   * A commit: from now on all participants of the room hold this model. With `gossip` there is none
   * that all hold: a round of this participant's own, with the neighbours that it heard.
   */
  | {
      kind: "round";
      round: number;
      participants: number;
      peers: string[];
      /** Samples that the updates stand for. */
      weight: number;
      modelHash: string;
      /** In all, since this trainer was made. */
      sentBytes: number;
      receivedBytes: number;
      gossip?: Gossip;
    }
  | ({ kind: "evaluation"; round: number } & Evaluation)
  | {
      kind: "peer";
      peer: string;
      state: "joined" | "left" | "late" | "refused";
      path?: LinkPath;
      text: string;
    }
  /**
   * The ways to the others as they are now, every five seconds while there are some. `people`: how many
   * signalling sees in the room, this one among them; in mode "federated" it is not asked.
   */
  | { kind: "links"; links: LinkStatistics[]; people: number | undefined }
  | { kind: "warning"; code: string; text: string }
  | { kind: "done"; round: number; modelHash: string };

export interface TrainerStatistics extends Facts {
  links: LinkStatistics[];
  /** As in the event "links": there may be more than this one is linked with. */
  people: number | undefined;
}

export interface TrainerMemory {
  /** The weights alone. */
  parameterBytes: number;
  /** The most that tensors took at once. */
  peakBytes: number;
  /** What the engine holds for tensors, in use or waiting to be used again. */
  heldBytes: number;
  /** How often it asked for more; a step after the first one asks for none. */
  allocations: number;
  /** The samples, to learn from and held out. */
  sampleBytes: number;
}

/** One participant: a model, the samples it learns from, and its part in a room. */
export interface Trainer {
  readonly task: Task;
  /** This participant's name in the room: hex of its public key. */
  readonly peer: string;
  /** Which build of the engine runs. */
  readonly variant: "simd" | "relaxed" | "threads";
  /** On how many threads it computes. */
  readonly threads: number;
  /** How many share each batch, on one thread each: where a page may not have threads. */
  readonly workers: number;
  /** Commits in the room's history, as far as this participant knows. */
  round(): number;
  /** Adds samples to learn from, all or none; how many they were. */
  addSamples(source: SampleSource, options?: AddOptions): Promise<number>;
  /** Forgets all samples to learn from; not while running. */
  clearSamples(options?: CallOptions): Promise<void>;
  /**
   * Trains. Begins when the first event is asked for; ends with `done`, or with a `status` of
   * "stopped" after stop(). An aborted signal makes the iteration throw its reason. May be called
   * again to go on.
   */
  run(options?: RunOptions): AsyncIterable<TrainerEvent>;
  /** Ends the present run() after the step that is under way; links stay. */
  stop(): Promise<void>;
  /**
   * With signalling "byHand", while run() goes on: a text for one other participant, who gives it to
   * answer(). Everybody new needs to exchange texts with one of the room only.
   */
  invite(options?: CallOptions): Promise<string>;
  /** What somebody sent: of an invitation the answer to send back, of an answer nothing. */
  answer(text: string, options?: CallOptions): Promise<string | undefined>;
  /** Judges the model as it is now: on the task's held-out sample by default. */
  evaluate(source?: SampleSource, options?: CallOptions): Promise<Evaluation>;
  predict(inputs: PredictInputs, options?: CallOptions): Promise<Prediction[]>;
  /**
   * Writes on where the prompt ends, for tasks of texts: piece by piece as it is written, by the model of
   * now, also while training. One at a time: a new one ends the other.
   */
  generate(prompt: string, options?: GenerationOptions & CallOptions): AsyncIterable<string>;
  /** The model as a safetensors file, with PyTorch's names and layouts. */
  exportModel(options?: CallOptions): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * The model as an ONNX file (opset 17); `layout`: of images, "nchw" by default. Throws where a layer
   * has no translation.
   */
  exportOnnx(options?: OnnxOptions & CallOptions): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Takes a model of the same task over, or what fits of another one (`strict: false`); not while
   * running. Files of PyTorch are read too.
   */
  importModel(file: Uint8Array, options?: ImportOptions & CallOptions): Promise<ImportReport>;
  /** The model with all that training goes on from; between two runs, else the model of mid round. */
  saveCheckpoint(options?: CallOptions): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Goes on from there, not while running: with the same samples, added before or after, training
   * has the bits that it would have had. The room's rounds begin anew.
   */
  loadCheckpoint(file: Uint8Array, options?: CallOptions): Promise<void>;
  /**
   * The checkpoint with the room's model and its place in the history: for going on after a reload, in
   * the round in which the room was.
   */
  save(options?: CallOptions): Promise<Uint8Array<ArrayBuffer>>;
  /** Goes on from there, before the first run(); in another room as loadCheckpoint(). */
  restore(saved: Uint8Array, options?: CallOptions): Promise<void>;
  /**
   * What happened so far, for tools/replay; with the option `record` only. Updates are in it, which
   * tell something of the samples: hand it on with everybody's consent.
   */
  recording(options?: CallOptions): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * BLAKE2b-256, in hex, of the model of the last commit: what all of the room hold. In mid round
   * the own model is already another one; predict, evaluate and exportModel take that.
   */
  modelHash(options?: CallOptions): Promise<string>;
  statistics(options?: CallOptions): Promise<TrainerStatistics>;
  memory(options?: CallOptions): Promise<TrainerMemory>;
  /** Leaves the room and frees everything; calls in flight reject with the code "disposed". */
  dispose(): Promise<void>;
}

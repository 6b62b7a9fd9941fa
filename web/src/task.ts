import { DeaiError } from "./errors.ts";
import type { Layer } from "./taskLayers.ts";

export type { Layer };

// task.json as it is written (see tasks/task.schema.json). The engine checks it; these types say
// what a checked one holds. Field names are the file's.

export interface Task {
  /** Version of the format. */
  deai: 1;
  id: string;
  title?: string;
  summary?: string;
  /** For people: what is learnt, what is sent. */
  learns?: string;
  sends?: string;
  /** For people, in the order of data.classes. */
  class_names?: string[];
  data: TableData | ImageData | TextData;
  model: {
    seed: number;
    /** A model file beside task.json to begin with, and the BLAKE2b-256 of its bytes. */
    weights?: { file: string; blake2b: string };
    layers: Layer[];
  };
  loss: Loss;
  /** What the model is judged by; without the list what is usual. */
  metrics?: Metric[];
  training: Training;
  exchange: Exchange;
  sample?: { shards: SampleFiles[]; held_out?: SampleFiles };
}

export interface TableData {
  kind: "table";
  columns: Column[];
  label_column: string;
  /** As they stand in the data; the index is the label. None: the label is a number. */
  classes?: string[];
}
export type Column = NumberColumn | CategoryColumn;
export interface NumberColumn {
  kind: "number";
  name: string;
  title?: string;
  mean: number;
  deviation: number;
  missing?: number;
}
export interface CategoryColumn {
  kind: "category";
  name: string;
  title?: string;
  values: string[];
  /** For people, in the order of values. */
  value_titles?: string[];
  missing?: string;
}

/** A sample is `context` tokens in a row; their labels are the tokens that follow them. */
export type TextData = { kind: "text"; context: number; classes?: never } & (
  | { tokens: "characters"; alphabet: string; unknown?: string }
  | { tokens: "gpt2" }
);

export interface ImageData {
  kind: "image";
  height: number;
  width: number;
  channels: 1 | 3;
  mean: number[];
  deviation: number[];
  /** How pictures are altered while training. */
  augment?: Augment;
  classes: string[];
}

export interface Augment {
  flip?: boolean;
  crop?: number;
  rotate?: number;
  brightness?: number;
  contrast?: number;
  saturation?: number;
}

export type Loss =
  | {
      kind: "softmax_cross_entropy";
      label_smoothing?: number;
      class_weights?: number[];
      ignore_index?: number;
    }
  | { kind: "sigmoid_binary_cross_entropy" | "mean_squared_error" | "mean_absolute_error" }
  | { kind: "huber"; delta?: number };

export type Metric =
  | {
      kind:
        | "accuracy"
        | "auc"
        | "f1"
        | "confusion_matrix"
        | "mean_absolute_error"
        | "root_mean_squared_error";
    }
  | { kind: "top_k"; k?: number };

export interface Training {
  batch_size: number;
  optimizer: Optimizer;
  schedule?: Schedule;
  /** Of the whole gradient. */
  clip_norm?: number;
  /** Batches of one optimizer step. */
  accumulate?: number;
  /** What the average of the weights keeps in a step. */
  ema?: number;
}

interface OptimizerSettings {
  learning_rate: number;
  weight_decay?: number;
  /** Off: biases and norms know no weight decay. */
  decay_biases?: boolean;
}
interface AdamSettings extends OptimizerSettings {
  beta1?: number;
  beta2?: number;
  epsilon?: number;
}
export type Optimizer =
  | ({ kind: "sgd"; momentum?: number; nesterov?: boolean } & OptimizerSettings)
  | ({ kind: "adamw" | "adam" } & AdamSettings)
  | ({ kind: "rmsprop"; alpha?: number; momentum?: number; epsilon?: number } & OptimizerSettings)
  | ({ kind: "adagrad"; epsilon?: number } & OptimizerSettings)
  | ({ kind: "lion"; beta1?: number; beta2?: number } & OptimizerSettings);

export type Schedule = { warm_up?: number } & (
  | { kind: "constant" }
  | { kind: "step"; every: number; factor?: number }
  | { kind: "cosine"; steps: number; last?: number }
  | { kind: "one_cycle"; steps: number; rise?: number; first?: number; last?: number }
);

export interface Exchange {
  /** "mean": a common model. Otherwise neighbours agree, and everybody has one of their own. */
  scheme?: "mean" | "plain" | "choco" | "power" | "swarm" | "relay" | "exponential";
  /** Of mean, plain and choco: "f32", "sign", "top_k/100", … as tasks/README.md has them. */
  codec?: string;
  /** Of neighbours: "full", "ring", "random_regular/4", … */
  topology?: string;
  /** Of power. */
  rank?: number;
  iterations?: number;
  /** Of swarm. */
  bits?: number;
  /** Optimizer steps between two exchanges. */
  local_steps: number;
  deadline_ms?: number;
  max_participants?: number;
  sample?: number;
  /** Of mean: what a round does with the mean of all changes; "nesterov" is DiLoCo's. */
  outer?: { kind: "average" | "momentum" | "nesterov" | "adam" | "yogi"; learning_rate?: number };
  /** Of mean: FedProx's mu. */
  proximal?: number;
}

/** Paths relative to task.json. */
export type SampleFiles =
  | { name?: string; table: string }
  | { name?: string; images: string; labels: string }
  | { name?: string; text: string };

export interface LoadedTask {
  task: Task;
  /** The JSON as it was written: numbers beyond 2^53 survive only here. */
  json: string;
  /** What paths in the task are relative to; undefined for an object that came without a URL. */
  url: string | undefined;
}

export interface LoadTaskOptions {
  /** Reads the text at a URL; fetch by default (Node also reads files). */
  read?(url: URL, signal: AbortSignal | undefined): Promise<string>;
  /** Where the paths of a task given as an object start. */
  url?: string | URL;
  signal?: AbortSignal;
}

/** A task by its URL, or as the object that JSON.parse made of it. */
export async function loadTask(
  source: string | URL | Task,
  { read = readText, url: baseUrl, signal }: LoadTaskOptions = {},
): Promise<LoadedTask> {
  if (typeof source === "object" && !(source instanceof URL)) {
    return { task: source, json: JSON.stringify(source), url: baseUrl?.toString() };
  }
  const url = absolute(source);
  const json = await read(url, signal);
  let task: unknown;
  try {
    task = JSON.parse(json);
  } catch (cause) {
    throw new DeaiError("task", `${url}: no valid JSON: ${(cause as Error).message}`, { cause });
  }
  if (typeof task !== "object" || task === null || Array.isArray(task)) {
    throw new DeaiError("task", `${url}: expected an object with the fields of a task`);
  }
  return { task: task as Task, json, url: url.href };
}

function absolute(source: string | URL): URL {
  const page = (globalThis as { document?: { baseURI: string } }).document?.baseURI;
  try {
    return new URL(source, page);
  } catch (cause) {
    throw new DeaiError("argument", `task "${source}" is no URL`, { cause });
  }
}

async function readText(url: URL, signal: AbortSignal | undefined): Promise<string> {
  let response: Response;
  try {
    response = await fetch(url, { signal: signal ?? null });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new DeaiError("network", `${url}: could not be fetched`, { cause });
  }
  if (!response.ok) {
    await response.body?.cancel();
    throw new DeaiError("network", `${url}: the server answered ${response.status}`);
  }
  return response.text();
}

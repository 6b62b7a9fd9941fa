import { DeaiError } from "../errors.ts";
import {
  decodeFiles,
  decodeRecords,
  fetchBytes,
  loadSample,
  type DecodedSamples,
  type ReadBytes,
} from "../input/index.ts";
import type { LoadedTask } from "../task.ts";
import type { AddOptions, PredictInputs, Prediction, SampleSource } from "./types.ts";

/** Samples on their way to the engine, and which of their buffers nobody else holds. */
export interface Loaded {
  samples: DecodedSamples[];
  moved: ArrayBuffer[];
}

/** Turns what people hand in into what the engine takes. */
export class Sources {
  constructor(
    private readonly loaded: LoadedTask,
    private readonly read: ReadBytes | undefined,
  ) {}

  async load(
    source: SampleSource | "heldOut",
    signal: AbortSignal | undefined,
    onProgress?: AddOptions["onProgress"],
  ): Promise<Loaded> {
    if (source === "heldOut") return movable([await this.sample(source, signal)]);
    if ("sample" in source) return movable([await this.sample(source.sample, signal)]);
    const { task } = this.loaded;
    if ("files" in source) {
      const { files, label } = source;
      return movable(await decodeFiles(task, files, { ...defined({ label, signal, onProgress }) }));
    }
    if ("text" in source) {
      return movable(await decodeFiles(task, [{ name: "text", data: source.text }], { ...defined({ signal }) }));
    }
    // These may be the caller's own arrays, which must stay theirs.
    return { samples: [decodeRecords(task, source.inputs, source.labels)], moved: [] };
  }

  async forPrediction(inputs: PredictInputs, signal: AbortSignal | undefined): Promise<Loaded> {
    const { task } = this.loaded;
    if (task.data.kind === "text") {
      throw new DeaiError("argument", `task ${task.id} writes texts: generate() in place of predict()`);
    }
    if (typeof inputs === "object" && "files" in inputs) {
      const options = { unlabelled: true, ...defined({ signal }) };
      return movable(await decodeFiles(task, inputs.files, options));
    }
    return { samples: [decodeRecords(task, inputs)], moved: [] };
  }

  predictions(outputs: Float32Array, width: number): Prediction[] {
    const classes = this.loaded.task.data.classes ?? [];
    const rows: Prediction[] = [];
    for (let at = 0; at < outputs.length; at += width) {
      rows.push(prediction(Array.from(outputs.subarray(at, at + width)), classes));
    }
    return rows;
  }

  /** The file of the weights that the task names to begin with. */
  baseWeights(signal: AbortSignal | undefined): Promise<Uint8Array> {
    const { task } = this.loaded;
    const url = new URL(task.model.weights?.file ?? "", this.baseUrl("weights need"));
    return (this.read ?? fetchBytes)(url, signal);
  }

  private sample(
    which: number | "heldOut",
    signal: AbortSignal | undefined,
  ): Promise<DecodedSamples> {
    const url = this.baseUrl("sample needs");
    return loadSample(this.loaded.task, url, which, signal, this.read);
  }

  private baseUrl(needed: string): string {
    const { task, url } = this.loaded;
    if (url !== undefined) return url;
    throw new DeaiError(
      "argument",
      `task ${task.id} was given as an object; its ${needed} taskUrl, the URL that its paths are relative to`,
    );
  }
}

/** One row of the model's outputs as people read it. */
function prediction(outputs: number[], classes: string[]): Prediction {
  const [first = NaN] = outputs;
  if (classes.length === 0) return { label: String(first), probabilities: [], value: first };
  // A single output is the probability of class 1.
  const probabilities = outputs.length === 1 ? [1 - first, first] : outputs;
  const best = probabilities.indexOf(Math.max(...probabilities));
  return { label: classes[best] ?? String(best), probabilities };
}

function movable(samples: DecodedSamples[]): Loaded {
  const arrays = samples.map((part) => {
    switch (part.kind) {
      case "table":
        return part.cells;
      case "images":
        return part.pixels;
      case "dense":
        return part.inputs;
      case "text":
        return part.text;
      case "tokens":
        return part.tokens;
    }
  });
  const whole = arrays.filter((array) => array.byteLength === array.buffer.byteLength);
  return { samples, moved: [...new Set(whole.map((array) => array.buffer as ArrayBuffer))] };
}

function defined<Fields extends object>(
  fields: Fields,
): { [Key in keyof Fields]: Exclude<Fields[Key], undefined> } {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as never;
}

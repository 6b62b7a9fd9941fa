import { DeaiError } from "../errors.ts";
import { copied, staged, valueOf } from "./boundary.ts";
import { importTerms, reportOf, type ImportOptions, type ImportReport } from "./imports.ts";
import {
  beginGeneration,
  generationTerms,
  tokensOf,
  type GenerationOptions,
} from "./generation.ts";
import type { WasmMemory, WasmModel, WasmModule, WasmPlace, WasmProfileRow } from "./wasm.ts";

/** Classes where the task has some (bytes are fine), else numbers; one per sample, of texts one per token. */
export type Labels = Int32Array | Uint32Array | Uint8Array | Float32Array;

/** Where a tensor stands among the weights and in the gradient. */
export interface Parameter {
  /** As PyTorch would name it: "0.weight". */
  name: string;
  shape: number[];
  offset: number;
}

/**
 * Where the time of training steps went: a row for every layer ("0 conv2d"), then "loss",
 * "optimizer", and "other" for what is none of these. `calls` are those of the forward pass.
 */
export type ProfileRow = WasmProfileRow;

export type Memory = Omit<WasmMemory, "code" | "text" | "sampleBytes">;

/** Some rows of a batch that several models of equal weights share. */
export interface Share {
  x: Float32Array<ArrayBuffer>;
  y: Labels;
  first: number;
  total: number;
  /** How many random numbers dropout had drawn before the batch. */
  drawn: number;
  /** Of all labels of the batch in the loss. */
  weight: number;
}

/** What some rows of a batch came to. */
export interface PartReport {
  /** Mean over these rows. */
  loss: number;
  /** Classified right. */
  correct: number;
  /** Of their labels in the loss: how many, by their classes' weights. */
  weight: number;
}

export interface ForwardOptions {
  /** Dropout acts, and backward() may follow. */
  training?: boolean;
}

const mostSteps = 1_000_000;

/** A model with its optimizer in this thread; every call is done when it returns. */
export class Model {
  private readonly handle: WasmModel;
  private disposed = false;
  private generation = 0;

  constructor(
    private readonly module: WasmModule,
    taskJson: string,
    seed: number,
    private readonly hasClasses: boolean,
    private readonly onDispose: (model: Model) => void,
  ) {
    this.handle = valueOf(module.createModel(taskJson, seed)).handle;
  }

  /** One step of the optimizer on the mean loss of the batch, which is returned. */
  trainBatch(x: Float32Array, y: Labels): { loss: number } {
    this.stage(x, y);
    return { loss: valueOf(this.handle.trainBatch(x.length, y.length)).loss };
  }

  /** Takes so many steps on the batch, like trainBatch, and tells where their time went. */
  profile(x: Float32Array, y: Labels, steps = 1): ProfileRow[] {
    if (!Number.isInteger(steps) || steps < 1 || steps > mostSteps) {
      throw new DeaiError("argument", `steps is ${steps}, expected a whole number from 1 to ${mostSteps}`);
    }
    this.stage(x, y);
    return valueOf(this.handle.profile(x.length, y.length, steps)).rows;
  }

  /** The mean loss of the batch and its gradient; nothing else changes. */
  lossAndGradient(
    x: Float32Array,
    y: Labels,
  ): { loss: number; gradient: Float32Array<ArrayBuffer> } {
    this.stage(x, y);
    const result = valueOf(this.handle.lossAndGradient(x.length, y.length, 0, 0, 0, 0));
    return { loss: result.loss, gradient: this.numbersAt(result) };
  }

  /** [N, outputs] as the loss takes them, before softmax or sigmoid. */
  forward(
    x: Float32Array,
    { training = false }: ForwardOptions = {},
  ): Float32Array<ArrayBuffer> {
    this.stage(x);
    return this.numbersAt(valueOf(this.handle.forward(x.length, training)));
  }

  /** The gradient of all weights, from that of the outputs of the last forward() while training. */
  backward(dOutputs: Float32Array): Float32Array<ArrayBuffer> {
    this.stage(dOutputs);
    return this.numbersAt(valueOf(this.handle.backward(dOutputs.length)));
  }

  /** One step of the optimizer against this gradient. */
  applyGradient(gradient: Float32Array): void {
    const into = this.view(valueOf(this.alive().gradient()));
    if (!(gradient instanceof Float32Array)) refuse("a Float32Array", gradient);
    if (gradient.length !== into.length) {
      const text = `the gradient has ${gradient.length} numbers, expected ${into.length}: one for each trained weight`;
      throw new DeaiError("argument", text);
    }
    into.set(gradient);
    valueOf(this.handle.applyGradient());
  }

  /** [N, outputs] as people read them: probabilities, the probability of class 1, or the number. */
  predict(x: Float32Array): Float32Array<ArrayBuffer> {
    this.stage(x);
    return this.numbersAt(valueOf(this.handle.predict(x.length)));
  }

  /** @internal Keeps a batch that several work on, unless trainBatch would refuse it. */
  beginBatch(x: Float32Array, y: Labels): { rows: number; drawn: number; weight: number } {
    this.stage(x, y);
    const { size, drawn, weight } = valueOf(this.handle.beginBatch(x.length, y.length));
    return { rows: size, drawn, weight };
  }
  /** @internal Works on the first rows of that batch; their gradient stays in the model. */
  ownShare(rows: number, total: number): PartReport {
    const { loss, correct, weight } = valueOf(this.alive().ownShare(rows, total));
    return { loss, correct, weight };
  }
  /** @internal Works on rows of another's batch; their gradient is written into `into`. */
  otherShare({ x, y, first, total, drawn, weight }: Share, into: Float32Array): PartReport {
    this.stage(x, y);
    const found = valueOf(
      this.handle.lossAndGradient(x.length, y.length, first, total, drawn, weight),
    );
    into.set(this.view(found));
    return { loss: found.loss, correct: found.correct, weight: found.weight };
  }
  /** @internal */
  addGradient(gradient: Float32Array): void {
    this.stage(gradient);
    valueOf(this.handle.addGradient(gradient.length));
  }
  /** @internal One step of the optimizer against the gradient that is in the model. */
  step(): void {
    valueOf(this.alive().step());
  }
  /** @internal A copy of the gradient that is in the model. */
  ownGradient(): Float32Array<ArrayBuffer> {
    return this.numbersAt(valueOf(this.alive().gradient()));
  }
  /** @internal How often the weights were set, other than by training. */
  weightsVersion(): number {
    return valueOf(this.alive().weightsVersion()).value;
  }
  /** @internal The trained weights come first: as many of them as `into` has room for. */
  copyWeights(into: Float32Array): void {
    into.set(this.view(valueOf(this.alive().weights())).subarray(0, into.length));
  }
  /** @internal The trained weights alone. */
  setTrained(trained: Float32Array): void {
    const handle = this.alive();
    const { size } = valueOf(handle.weights());
    this.view(valueOf(handle.setWeights(size))).set(trained);
  }
  /** @internal */
  weightCount(): number {
    return valueOf(this.alive().weights()).size;
  }
  /** @internal */
  trainedCount(): number {
    return valueOf(this.alive().gradient()).size;
  }
  /** @internal About how many a step on a batch of the task's size takes. */
  stepMultiplications(): number {
    return valueOf(this.alive().stepMultiplications()).value;
  }

  /** A text as the numbers of its characters, for tasks whose tokens these are. */
  tokensOf(text: string): Uint32Array<ArrayBuffer> {
    return tokensOf(this.module, this.alive(), text);
  }

  /**
   * Writes on where the prompt ends: token by token, drawn from what the model says, with the weights of
   * now. A text is good for a prompt where characters are the tokens. One at a time: a new one ends the other.
   */
  *generate(
    prompt: string | Uint32Array,
    options: GenerationOptions = {},
  ): Generator<number, void, undefined> {
    const terms = generationTerms(options);
    beginGeneration(this.module, this.alive(), prompt, terms);
    const mine = ++this.generation;
    for (let left = terms.tokens; left > 0; --left) {
      if (mine !== this.generation) {
        throw new DeaiError("state", "generate: another text was begun meanwhile; this one has ended.");
      }
      yield valueOf(this.alive().generationStep()).value;
    }
  }

  parameters(): Parameter[] {
    const lines = valueOf(this.alive().layout()).value.trim().split("\n");
    return lines.map(parameterOf);
  }

  getWeights(): Float32Array<ArrayBuffer> {
    return this.numbersAt(valueOf(this.alive().weights()));
  }

  /** The optimizer's state is kept. */
  setWeights(weights: Float32Array): void {
    const handle = this.alive();
    if (!(weights instanceof Float32Array)) refuse("a Float32Array", weights);
    this.view(valueOf(handle.setWeights(weights.length))).set(weights);
  }

  /** A safetensors file with PyTorch's names and layouts. */
  exportModel(): Uint8Array<ArrayBuffer> {
    return copied(this.module, valueOf(this.alive().exportModel()));
  }

  /** The optimizer's state is kept. */
  importModel(file: Uint8Array, options: ImportOptions = {}): ImportReport {
    const handle = this.alive();
    staged(this.module, file);
    return reportOf(valueOf(handle.importModel(file.length, ...importTerms(options))).value);
  }

  /** The layers as deai/onnx reads them, a line each: core/model/model.h, structure_text. */
  structure(): string {
    return valueOf(this.alive().structure()).value;
  }

  /** A model file that also holds all that training goes on from. */
  saveCheckpoint(): Uint8Array<ArrayBuffer> {
    return copied(this.module, valueOf(this.alive().saveCheckpoint()));
  }

  /** What is trained from now on has the bits that it would have had there. */
  loadCheckpoint(file: Uint8Array): void {
    const handle = this.alive();
    staged(this.module, file);
    valueOf(handle.loadCheckpoint(file.length));
  }

  /** `parameterBytes` are the weights alone; the others count all models of this engine. */
  memory(): Memory {
    const { parameterBytes, peakBytes, heldBytes, allocations } = valueOf(this.alive().memory());
    return { parameterBytes, peakBytes, heldBytes, allocations };
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.handle.delete();
    this.module.trim();
    this.onDispose(this);
  }

  private alive(): WasmModel {
    if (!this.disposed) return this.handle;
    throw new DeaiError("disposed", "The model was disposed of.");
  }

  /** Writes numbers, and labels behind them, to where the next call reads them. */
  private stage(numbers: Float32Array, labels?: Labels): void {
    const handle = this.alive();
    if (!(numbers instanceof Float32Array)) refuse("a Float32Array", numbers);
    if (labels) this.checkLabels(labels);
    const count = numbers.length + (labels?.length ?? 0);
    const at = handle.place(count);
    if (at === 0) {
      throw new DeaiError("memory", `The browser gave the engine no room for ${count} numbers.`);
    }
    const { buffer } = this.module.HEAPU8; // after place(), which may have moved it
    new Float32Array(buffer, at, numbers.length).set(numbers);
    if (!labels) return;
    const behind = [buffer, at + 4 * numbers.length, labels.length] as const;
    const into = this.hasClasses ? new Int32Array(...behind) : new Float32Array(...behind);
    into.set(labels);
  }

  private checkLabels(labels: Labels): void {
    if (!this.hasClasses) {
      if (labels instanceof Float32Array) return;
      refuse("numbers for labels, as a Float32Array", labels);
    }
    const fits = [Int32Array, Uint32Array, Uint8Array].some((type) => labels instanceof type);
    if (!fits) refuse("classes for labels, as an Int32Array, Uint32Array or Uint8Array", labels);
  }

  private numbersAt(place: WasmPlace): Float32Array<ArrayBuffer> {
    return new Float32Array(this.view(place));
  }
  /** Of the heap: valid until the next call. */
  private view({ at, size }: WasmPlace): Float32Array {
    return new Float32Array(this.module.HEAPU8.buffer, at, size);
  }
}

function refuse(expected: string, found: unknown): never {
  const name = Object.prototype.toString.call(found).slice("[object ".length, -1);
  throw new DeaiError("argument", `expected ${expected}, found ${name}`);
}

/** "0.weight [8, 5, 5, 1] 0" */
function parameterOf(line: string): Parameter {
  const [, name = "", extents = "", offset = ""] = /^(\S+) \[(.*)\] (\d+)$/.exec(line) ?? [];
  return { name, shape: extents.split(", ").map(Number), offset: Number(offset) };
}

import { copied, outcomeOf, staged, valueOf, type Outcome } from "./boundary.ts";
import { DeaiError } from "../errors.ts";
import type { DecodedSamples } from "../input/types.ts";
import { beginGeneration, type GenerationOptions } from "./generation.ts";
import type { Lead } from "./helpers/team.ts";
import type { PartReport, Share } from "./model.ts";
import { importTerms, reportOf, type ImportOptions, type ImportReport } from "./imports.ts";
import type {
  Part,
  SessionMode,
  WasmEvaluation,
  WasmFacts,
  WasmMemory,
  WasmModule,
  WasmParticipant,
  WasmStep,
} from "./wasm.ts";

export interface ParticipantConfig {
  /** task.json as text. */
  task: string;
  room: string;
  /** Governs only this participant's shuffling and dropout. */
  seed: number;
  mode: SessionMode;
  minParticipants: number;
  /** At most so many are recorded of all that happens; nothing by default. */
  recordBytes?: number;
  /** 32 bytes; fixed only in tests. */
  entropy?: Uint8Array;
}

export interface Target {
  /** Commits from now on. */
  rounds: number | undefined;
  /** The room's number. */
  untilRound: number | undefined;
}

export interface StepReport {
  loss: number;
  count: number;
  correct: number;
  epoch: number;
}

export type Facts = Omit<WasmFacts, "code" | "text">;
export type SessionMemory = Omit<WasmMemory, "code" | "text">;

/** save() begins with the length of the place in the room's history. */
const placeLengthBytes = 4;

/** core/session/participant.h as it is, in this thread. Throws DeaiError with the core's text. */
export class CoreParticipant implements Lead {
  readonly peer: string;
  readonly taskHash: string;

  constructor(
    private readonly module: WasmModule,
    private readonly handle: WasmParticipant,
  ) {
    this.peer = valueOf(handle.peer()).value;
    this.taskHash = valueOf(handle.taskHash()).value;
  }

  run(target: Target, now: number): Outcome {
    return this.outcome(this.handle.run(target.rounds ?? -1, target.untilRound ?? -1, now));
  }
  stop(now: number): Outcome {
    return this.outcome(this.handle.stop(now));
  }
  setMode(mode: SessionMode, now: number): Outcome {
    return this.outcome(this.handle.setMode(mode, now));
  }
  linkUp(link: number, end: "peer" | "coordinator", now: number): Outcome {
    return this.outcome(this.handle.linkUp(link, end === "coordinator", now));
  }
  linkDown(link: number, now: number): Outcome {
    return this.outcome(this.handle.linkDown(link, now));
  }
  writable(link: number, bytes: number, now: number): Outcome {
    return this.outcome(this.handle.writable(link, bytes, now));
  }
  received(link: number, frame: Uint8Array, now: number): Outcome {
    staged(this.module, frame);
    return this.outcome(this.handle.received(link, frame.length, now));
  }
  time(now: number): Outcome {
    return this.outcome(this.handle.time(now));
  }
  importModel(
    file: Uint8Array,
    options: ImportOptions,
    now: number,
  ): { report: ImportReport; outcome: Outcome } {
    staged(this.module, file);
    const imported = this.handle.importModel(file.length, ...importTerms(options), now);
    const outcome = this.outcome(imported);
    return { report: reportOf(imported.text), outcome };
  }
  loadBase(file: Uint8Array, now: number): Outcome {
    staged(this.module, file);
    return this.outcome(this.handle.restore(file.length, true, now));
  }
  /** What save() gives, without a place in a room's history. */
  loadCheckpoint(file: Uint8Array, now: number): Outcome {
    const saved = new Uint8Array(placeLengthBytes + file.length);
    saved.set(file, placeLengthBytes);
    return this.restore(saved, now);
  }

  trainStep(now: number): { report: StepReport; outcome: Outcome } {
    return this.stepped(this.handle.trainStep(now));
  }

  // The same step in shares: beginStep, then one part here and the others elsewhere, then finishStep,
  // if the step still holds.

  /** How many rows the batch has. */
  beginStep(): number {
    return valueOf(this.handle.beginStep()).value;
  }
  share(first: number, count: number): Omit<Share, "first" | "total"> {
    const found = valueOf(this.handle.share(first, count));
    const { at, size, labelsAt, labelsSize, areClasses, drawn, weight } = found;
    const { buffer } = this.module.HEAPU8;
    const y = areClasses
      ? new Int32Array(buffer, labelsAt, labelsSize)
      : new Float32Array(buffer, labelsAt, labelsSize);
    return { x: new Float32Array(buffer, at, size).slice(), y: y.slice(), drawn, weight };
  }
  ownShare(rows: number): PartReport {
    const { loss, correct, weight } = valueOf(this.handle.ownShare(rows));
    return { loss, correct, weight };
  }
  addGradient(gradient: Float32Array): void {
    const at = this.handle.place(gradient.length);
    if (at === 0) {
      throw new DeaiError("memory", `The browser gave the engine no room for ${gradient.length} numbers.`);
    }
    new Float32Array(this.module.HEAPU8.buffer, at, gradient.length).set(gradient);
    valueOf(this.handle.addGradient(gradient.length));
  }
  stepHolds(): boolean {
    return valueOf(this.handle.stepHolds()).value !== 0;
  }
  finishStep({ loss, correct }: PartReport, now: number): { report: StepReport; outcome: Outcome } {
    return this.stepped(this.handle.finishStep(loss, correct, now));
  }
  copyWeights(into: Float32Array): void {
    const { at } = valueOf(this.handle.weights());
    into.set(new Float32Array(this.module.HEAPU8.buffer, at, into.length));
  }
  weightsVersion(): number {
    return valueOf(this.handle.weightsVersion()).value;
  }

  /** How many samples were added. */
  addSamples(part: Part, samples: DecodedSamples): number {
    const { source } = samples;
    switch (samples.kind) {
      case "table":
        staged(this.module, samples.cells);
        return valueOf(this.handle.addTable(part, source, samples.cells.length)).value;
      case "images": {
        const { labels, pixels } = samples;
        staged(this.module, labels, pixels);
        return valueOf(this.handle.addImages(part, source, labels.length, pixels.length)).value;
      }
      case "dense": {
        const { labels, inputs } = samples;
        staged(this.module, labels, inputs);
        return valueOf(this.handle.addDense(part, source, labels.length, inputs.length)).value;
      }
      case "text":
        staged(this.module, samples.text);
        return valueOf(this.handle.addText(part, source, samples.text.length)).value;
      case "tokens":
        staged(this.module, samples.tokens);
        return valueOf(this.handle.addTokens(part, source, samples.tokens.length)).value;
    }
  }
  clearSamples(part: Part): void {
    valueOf(this.handle.clearSamples(part));
  }

  beginEvaluation(part: Part): void {
    valueOf(this.handle.beginEvaluation(part));
  }
  evaluationStep(): Omit<WasmEvaluation, "code" | "text"> {
    return valueOf(this.handle.evaluationStep());
  }

  /** rows × facts().outputWidth numbers; labels of the samples are not looked at. */
  predict(samples: DecodedSamples): Float32Array {
    const { module, handle } = this;
    switch (samples.kind) {
      case "table":
        staged(module, samples.cells);
        return this.floats(handle.predictTable(samples.source, samples.cells.length));
      case "images":
        staged(module, samples.pixels);
        return this.floats(handle.predictImages(samples.source, samples.pixels.length));
      case "dense":
        staged(module, samples.inputs);
        return this.floats(handle.predictDense(samples.inputs.length));
      case "text":
      case "tokens":
        throw new DeaiError("argument", "predict: a text is written on by generate()");
    }
  }

  beginGeneration(prompt: string | Uint32Array, terms: Required<GenerationOptions>): void {
    beginGeneration(this.module, this.handle, prompt, terms);
  }
  /** The next token. */
  generationStep(): number {
    return valueOf(this.handle.generationStep()).value;
  }

  exportModel(): Uint8Array<ArrayBuffer> {
    return copied(this.module, valueOf(this.handle.exportModel()));
  }
  saveCheckpoint(): Uint8Array<ArrayBuffer> {
    const saved = this.save();
    const place = new DataView(saved.buffer).getUint32(0, true);
    return saved.slice(placeLengthBytes + place);
  }
  save(): Uint8Array<ArrayBuffer> {
    return copied(this.module, valueOf(this.handle.save(0)));
  }
  restore(saved: Uint8Array, now: number): Outcome {
    staged(this.module, saved);
    return this.outcome(this.handle.restore(saved.length, false, now));
  }
  recording(): Uint8Array<ArrayBuffer> {
    return copied(this.module, valueOf(this.handle.save(1)));
  }
  /** The layers, a line each: core/model/model.h, structure_text. */
  structure(): string {
    return valueOf(this.handle.structure()).value;
  }
  modelHash(): string {
    return valueOf(this.handle.modelHash()).value;
  }
  facts(): Facts {
    const { code: _code, text: _text, ...facts } = valueOf(this.handle.facts());
    return facts;
  }
  memory(): SessionMemory {
    const { code: _code, text: _text, ...memory } = valueOf(this.handle.memory());
    return memory;
  }
  dispose(): void {
    this.handle.delete();
  }

  private stepped(step: WasmStep): { report: StepReport; outcome: Outcome } {
    const outcome = this.outcome(step);
    const { loss, count, correct, epoch } = step;
    return { report: { loss, count, correct, epoch }, outcome };
  }
  private outcome(result: Parameters<typeof outcomeOf>[1]): Outcome {
    return outcomeOf(this.module, result);
  }
  private floats(place: Parameters<typeof copied>[1]): Float32Array {
    return new Float32Array(copied(this.module, valueOf(place)).buffer);
  }
}

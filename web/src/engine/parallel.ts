import { DeaiError } from "../errors.ts";
import type { Task } from "../task.ts";
import { Engine, type LoadOptions } from "./engine.ts";
import type { Helper } from "./helpers/helper.ts";
import type { HelperLink } from "./helpers/messages.ts";
import { type Lead, startHelpers, Team } from "./helpers/team.ts";
import { checkWorkers } from "./helpers/workers.ts";
import type { ImportOptions, ImportReport } from "./imports.ts";
import type { ForwardOptions, Labels, Memory, Model, Parameter } from "./model.ts";
import type { Build, Variant } from "./probe.ts";
import type { WasmFiles } from "./wasm.ts";

/** An engine whose models are trained by several workers, each with an instance of its own. */
export class ParallelEngine {
  readonly threads = 1;
  private lastModel = 0;

  private constructor(
    private readonly engine: Engine,
    private readonly helpers: Helper[],
  ) {}

  /** The caller's thread is one of the workers; the others are helpers with the same module. */
  static async start(
    build: Build,
    files: WasmFiles,
    workers: number,
    open: (lock: string) => HelperLink,
  ): Promise<ParallelEngine> {
    checkWorkers(workers);
    const engine = await Engine.start(build, files);
    try {
      const helpers = await startHelpers(workers - 1, build.variant, files, open);
      return new ParallelEngine(engine, helpers);
    } catch (error) {
      engine.dispose();
      throw error;
    }
  }

  get variant(): Variant {
    return this.engine.variant;
  }
  /** Those that share a batch, the caller among them. */
  get workers(): number {
    return this.helpers.length + 1;
  }

  load(task: Task | string, { seed = 0 }: LoadOptions = {}): ParallelModel {
    const model = this.engine.load(task, { seed });
    const id = ++this.lastModel;
    const json = typeof task === "string" ? task : JSON.stringify(task);
    const facts = {
      weightCount: model.weightCount(),
      trainedCount: model.trainedCount(),
      stepMultiplications: model.stepMultiplications(),
    };
    return new ParallelModel(model, new Team(this.helpers, id, json, seed, facts));
  }

  dispose(): void {
    this.engine.dispose();
    for (const helper of this.helpers) helper.dispose();
  }
}

/** Like Model, but trainBatch and lossAndGradient are promises. */
export class ParallelModel {
  private busy = false;

  constructor(
    private readonly model: Model,
    private readonly team: Team,
  ) {}

  async trainBatch(x: Float32Array, y: Labels): Promise<{ loss: number }> {
    return this.alone(async () => {
      const loss = await this.share(x, y);
      this.model.step();
      return { loss };
    });
  }

  async lossAndGradient(
    x: Float32Array,
    y: Labels,
  ): Promise<{ loss: number; gradient: Float32Array<ArrayBuffer> }> {
    return this.alone(async () => {
      const loss = await this.share(x, y);
      return { loss, gradient: this.model.ownGradient() };
    });
  }

  forward(x: Float32Array, options: ForwardOptions = {}): Float32Array<ArrayBuffer> {
    return this.idle().forward(x, options);
  }
  backward(dOutputs: Float32Array): Float32Array<ArrayBuffer> {
    return this.idle().backward(dOutputs);
  }
  applyGradient(gradient: Float32Array): void {
    this.idle().applyGradient(gradient);
  }
  predict(x: Float32Array): Float32Array<ArrayBuffer> {
    return this.idle().predict(x);
  }
  parameters(): Parameter[] {
    return this.model.parameters();
  }
  getWeights(): Float32Array<ArrayBuffer> {
    return this.idle().getWeights();
  }
  setWeights(weights: Float32Array): void {
    this.idle().setWeights(weights);
  }
  exportModel(): Uint8Array<ArrayBuffer> {
    return this.idle().exportModel();
  }
  importModel(file: Uint8Array, options: ImportOptions = {}): ImportReport {
    return this.idle().importModel(file, options);
  }
  structure(): string {
    return this.model.structure();
  }
  saveCheckpoint(): Uint8Array<ArrayBuffer> {
    return this.idle().saveCheckpoint();
  }
  loadCheckpoint(file: Uint8Array): void {
    this.idle().loadCheckpoint(file);
  }
  /** Of the caller's own instance; each helper takes about as much. */
  memory(): Memory {
    return this.model.memory();
  }
  dispose(): void {
    this.model.dispose();
    this.team.dispose();
  }

  /** The loss of the batch; its gradient is then in the model. */
  private async share(x: Float32Array, y: Labels): Promise<number> {
    const { model } = this;
    const { rows, drawn, weight } = model.beginBatch(x, y);
    const rowsOf = <Values extends Float32Array | Labels>(all: Values, first: number, count: number) =>
      all.slice((all.length / rows) * first, (all.length / rows) * (first + count)) as Values;
    const lead: Lead = {
      weightsVersion: () => model.weightsVersion(),
      copyWeights: (into) => model.copyWeights(into),
      share: (first, count) => ({
        x: rowsOf(x, first, count) as Float32Array<ArrayBuffer>,
        y: rowsOf(y, first, count),
        drawn,
        weight,
      }),
      ownShare: (own, total) => model.ownShare(own, total),
      addGradient: (gradient) => model.addGradient(gradient),
    };
    const report = await this.team.batch(lead, rows);
    return report?.loss ?? NaN;
  }

  private async alone<Value>(step: () => Promise<Value>): Promise<Value> {
    this.idle();
    this.busy = true;
    try {
      return await step();
    } finally {
      this.busy = false;
    }
  }

  private idle(): Model {
    if (!this.busy) return this.model;
    throw new DeaiError("state", "A batch is still under way: await it first.");
  }
}

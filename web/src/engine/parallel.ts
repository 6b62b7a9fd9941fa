import { DeaiError } from "../errors.ts";
import type { Task } from "../task.ts";
import { Engine, type LoadOptions } from "./engine.ts";
import { Helper, split } from "./helpers/helper.ts";
import type { HelperLink } from "./helpers/messages.ts";
import type { ImportOptions, ImportReport } from "./imports.ts";
import type { ForwardOptions, Labels, Memory, Model, Parameter } from "./model.ts";
import type { Build, Variant } from "./probe.ts";
import type { WasmFiles } from "./wasm.ts";

const mostWorkers = 16;

/** The same files, whose module is compiled once for all who ask for it. */
export function compiledOnce(files: WasmFiles): WasmFiles {
  let module: Promise<WebAssembly.Module> | undefined;
  return { ...files, compile: () => (module ??= files.compile()) };
}

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
    if (!Number.isInteger(workers) || workers < 1 || workers > mostWorkers) {
      const text = `workers is ${workers}, expected a whole number from 1 to ${mostWorkers}`;
      throw new DeaiError("argument", text);
    }
    const engine = await Engine.start(build, files);
    const helpers: Helper[] = [];
    try {
      const module = await files.compile();
      const starting = Array.from({ length: workers - 1 }, () => {
        const lock = `deai-helper-${crypto.getRandomValues(new Uint32Array(4)).join("-")}`;
        const helper = new Helper(open(lock));
        helpers.push(helper);
        return helper.start(build.variant, files.glue, module, lock);
      });
      await Promise.all(starting);
    } catch (error) {
      for (const helper of helpers) helper.dispose();
      engine.dispose();
      throw error;
    }
    return new ParallelEngine(engine, helpers);
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
    for (const helper of this.helpers) helper.post({ kind: "load", model: id, task: json, seed });
    return new ParallelModel(model, id, this.helpers);
  }

  dispose(): void {
    this.engine.dispose();
    for (const helper of this.helpers) helper.dispose();
  }
}

/**
 * Like Model, but trainBatch and lossAndGradient are promises. Gradients are summed in the order of
 * the parts, whatever arrives first; all helpers take the same steps, so their weights are equal.
 */
export class ParallelModel {
  private busy = false;

  constructor(
    private readonly model: Model,
    private readonly id: number,
    private readonly helpers: Helper[],
  ) {}

  async trainBatch(x: Float32Array, y: Labels): Promise<{ loss: number }> {
    return this.alone(async () => {
      const loss = await this.gather(x, y);
      for (const helper of this.helpers) {
        const gradient = this.model.gathered();
        helper.post({ kind: "step", model: this.id, gradient }, [gradient.buffer]);
      }
      this.model.step();
      return { loss };
    });
  }

  async lossAndGradient(
    x: Float32Array,
    y: Labels,
  ): Promise<{ loss: number; gradient: Float32Array<ArrayBuffer> }> {
    return this.alone(async () => {
      const loss = await this.gather(x, y);
      return { loss, gradient: this.model.gathered() };
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
    for (const helper of this.helpers) helper.post({ kind: "step", model: this.id, gradient });
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
    for (const helper of this.helpers) helper.post({ kind: "weights", model: this.id, weights });
  }
  exportModel(): Uint8Array<ArrayBuffer> {
    return this.idle().exportModel();
  }
  importModel(file: Uint8Array, options: ImportOptions = {}): ImportReport {
    const report = this.idle().importModel(file, options);
    const weights = this.model.getWeights();
    for (const helper of this.helpers) helper.post({ kind: "weights", model: this.id, weights });
    return report;
  }
  saveCheckpoint(): Uint8Array<ArrayBuffer> {
    return this.idle().saveCheckpoint();
  }
  loadCheckpoint(file: Uint8Array): void {
    this.idle().loadCheckpoint(file);
    for (const helper of this.helpers) helper.post({ kind: "checkpoint", model: this.id, file });
  }
  /** Of the caller's own instance; each helper takes about as much. */
  memory(): Memory {
    return this.model.memory();
  }
  dispose(): void {
    this.model.dispose();
    for (const helper of this.helpers) helper.post({ kind: "unload", model: this.id });
  }

  /** The loss of the batch; its gradient is then what the model has gathered. */
  private async gather(x: Float32Array, y: Labels): Promise<number> {
    const drawn = this.model.check(x, y);
    const total = y.length;
    const size = x.length / total;
    const counts = split(total, this.helpers.length + 1).filter((count) => count > 0);
    const shares = counts.map((count, part) => {
      const first = counts.slice(0, part).reduce((sum, one) => sum + one, 0);
      return {
        x: x.slice(first * size, (first + count) * size) as Float32Array<ArrayBuffer>,
        y: y.slice(first, first + count),
        ...{ first, total, drawn },
      };
    });
    const [own, ...others] = shares;
    if (!own) throw new DeaiError("internal", "A batch without samples was shared.");
    const answers = Promise.all(
      others.map((share, at) => this.helpers[at]?.share(this.id, share)),
    );
    answers.catch(() => {}); // when the own part fails first
    let loss = this.model.shareLoss(own) * own.y.length;
    const found = await answers;
    this.model.gather(undefined, own.y.length / total, true);
    for (const [at, answer] of found.entries()) {
      const count = counts[at + 1] ?? 0;
      loss += (answer?.loss ?? NaN) * count;
      this.model.gather(answer?.gradient, count / total, false);
    }
    return loss / total;
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

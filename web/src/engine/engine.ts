import { DeaiError } from "../errors.ts";
import type { Task } from "../task.ts";
import { Model } from "./model.ts";
import type { Build, Variant } from "./probe.ts";
import { endThreads } from "./threads.ts";
import { instantiate, type WasmFiles, type WasmModule } from "./wasm.ts";

export interface LoadOptions {
  /** Governs dropout only: the first weights are those of the task's model.seed. */
  seed?: number;
}

/** The core in the caller's thread, for models that are trained by hand. */
export class Engine {
  readonly variant: Variant;
  readonly threads: number;
  private readonly models = new Set<Model>();
  private disposed = false;

  private constructor(
    private readonly module: WasmModule,
    build: Build,
  ) {
    this.variant = build.variant;
    this.threads = build.threads;
  }

  static async start(build: Build, files: WasmFiles): Promise<Engine> {
    return new Engine(await instantiate(files, build.threads), build);
  }

  /** The model of a task.json, given as the object that it holds or as its text. */
  load(task: Task | string, { seed = 0 }: LoadOptions = {}): Model {
    if (this.disposed) throw new DeaiError("disposed", "The engine was disposed of.");
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new DeaiError("argument", `seed is ${seed}, expected a whole number from 0`);
    }
    const { json, hasClasses } = read(task);
    const forget = (model: Model) => this.models.delete(model);
    const model = new Model(this.module, json, seed, hasClasses, forget);
    this.models.add(model);
    return model;
  }

  /** Ends all models and threads too. */
  dispose(): void {
    this.disposed = true;
    for (const model of this.models) model.dispose();
    endThreads(this.module);
  }
}

/** The text as the core reads it, which also says what is wrong with it. */
function read(task: Task | string): { json: string; hasClasses: boolean } {
  const json = typeof task === "string" ? task : JSON.stringify(task);
  let data: Partial<Task["data"]> | undefined;
  try {
    data = (JSON.parse(json) as Partial<Task> | null)?.data;
  } catch {
    data = undefined;
  }
  return { json, hasClasses: data?.kind === "text" || (data?.classes ?? []).length > 0 };
}

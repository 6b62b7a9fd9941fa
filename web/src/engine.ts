import { browserFiles } from "./engine/browser.ts";
import { Engine } from "./engine/engine.ts";
import { openHelper } from "./engine/helpers/open.ts";
import { ParallelEngine } from "./engine/parallel.ts";
import { type Build, chooseBuild, type Variant } from "./engine/probe.ts";
import { compiledOnce } from "./engine/wasm.ts";

export { DeaiError } from "./errors.ts";
export type { Task } from "./task.ts";
export type { Engine, LoadOptions } from "./engine/engine.ts";
export type { ParallelEngine, ParallelModel } from "./engine/parallel.ts";
export type { GenerationOptions } from "./engine/generation.ts";
export type { ImportOptions, ImportReport } from "./engine/imports.ts";
export type { ForwardOptions, Labels, Memory, Model, Parameter, ProfileRow } from "./engine/model.ts";
export type { Variant };

/** `variant`: the fastest that runs here, by default. `threads`: at most so many; four, or the cores if fewer. */
export interface CreateEngineOptions extends Partial<Build> {
  /** URL of the folder with the .wasm and .mjs files and helper.js, where not beside this script. */
  wasmUrl?: string | URL;
  /**
   * So many share each batch, the caller's thread among them, each with an instance of its own: for
   * pages that are not cross-origin isolated. The engine is then a ParallelEngine.
   */
  workers?: number;
}

/** The engine in the caller's thread: the page or a worker of its own. */
export function createEngine(
  options: CreateEngineOptions & { workers: number },
): Promise<ParallelEngine>;
export function createEngine(
  options?: CreateEngineOptions & { workers?: undefined },
): Promise<Engine>;
export async function createEngine({
  wasmUrl,
  workers,
  ...wish
}: CreateEngineOptions = {}): Promise<Engine | ParallelEngine> {
  const { document, location } = globalThis as { document?: Document; location?: Location };
  const base = document?.baseURI ?? location?.href;
  const folder = wasmUrl === undefined ? undefined : new URL(wasmUrl, base).href;
  const build = chooseBuild({ ...wish, ...(workers === undefined ? {} : { workers }) });
  const files = compiledOnce(browserFiles(build.variant, folder));
  if (workers === undefined) return Engine.start(build, files);
  return ParallelEngine.start(build, files, workers, (lock) => openHelper(folder, lock));
}

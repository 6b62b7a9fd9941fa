import { browserFiles } from "./engine/browser.ts";
import { Engine } from "./engine/engine.ts";
import { type Build, chooseBuild, type Variant } from "./engine/probe.ts";

export { DeaiError } from "./errors.ts";
export type { Task } from "./task.ts";
export type { Engine, LoadOptions } from "./engine/engine.ts";
export type { ForwardOptions, Labels, Memory, Model, Parameter } from "./engine/model.ts";
export type { Variant };

/** `variant`: the fastest that runs here, by default. `threads`: at most so many; four, or the cores if fewer. */
export interface CreateEngineOptions extends Partial<Build> {
  /** URL of the folder with the .wasm and .mjs files where they do not stand beside this script. */
  wasmUrl?: string | URL;
}

/** The engine in the caller's thread: the page or a worker of its own. */
export async function createEngine({
  wasmUrl,
  ...wish
}: CreateEngineOptions = {}): Promise<Engine> {
  const build = chooseBuild(wish);
  const { document, location } = globalThis as { document?: Document; location?: Location };
  const base = document?.baseURI ?? location?.href;
  const folder = wasmUrl === undefined ? undefined : new URL(wasmUrl, base).href;
  return Engine.start(build, browserFiles(build.variant, folder));
}

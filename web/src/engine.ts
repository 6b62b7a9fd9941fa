import { browserFiles } from "./engine/browser.ts";
import { Engine } from "./engine/engine.ts";
import { chooseVariant, type Variant } from "./engine/probe.ts";

export { DeaiError } from "./errors.ts";
export type { Task } from "./task.ts";
export type { Engine, LoadOptions } from "./engine/engine.ts";
export type { ForwardOptions, Labels, Memory, Model, Parameter } from "./engine/model.ts";
export type { Variant };

export interface CreateEngineOptions {
  /** The fastest that this browser runs, by default. */
  variant?: Variant;
  /** URL of the folder with the .wasm and .mjs files where they do not stand beside this script. */
  wasmUrl?: string | URL;
}

/** The engine in the caller's thread: the page or a worker of its own. */
export async function createEngine({
  variant,
  wasmUrl,
}: CreateEngineOptions = {}): Promise<Engine> {
  const chosen = chooseVariant(variant);
  const { document, location } = globalThis as { document?: Document; location?: Location };
  const base = document?.baseURI ?? location?.href;
  const folder = wasmUrl === undefined ? undefined : new URL(wasmUrl, base).href;
  return Engine.start(chosen, browserFiles(chosen, folder));
}

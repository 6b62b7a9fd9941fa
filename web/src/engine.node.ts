import { Engine } from "./engine/engine.ts";
import { folderUrl, nodeFiles } from "./engine/node.ts";
import { chooseVariant } from "./engine/probe.ts";
import type { CreateEngineOptions } from "./engine.ts";

export { DeaiError } from "./errors.ts";
export type * from "./engine.ts";

/** The same as in a browser, in the caller's thread of Node; `wasmUrl` may be a path. */
export async function createEngine({
  variant,
  wasmUrl,
}: CreateEngineOptions = {}): Promise<Engine> {
  const chosen = chooseVariant(variant);
  const folder = wasmUrl === undefined ? undefined : folderUrl(wasmUrl);
  return Engine.start(chosen, nodeFiles(chosen, folder));
}

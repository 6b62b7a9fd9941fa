import { Engine } from "./engine/engine.ts";
import { chooseNodeBuild, folderUrl, nodeFiles } from "./engine/node.ts";
import type { CreateEngineOptions } from "./engine.ts";

export { DeaiError } from "./errors.ts";
export type * from "./engine.ts";

/** The same as in a browser, in the caller's thread of Node; `wasmUrl` may be a path. */
export async function createEngine({
  wasmUrl,
  ...wish
}: CreateEngineOptions = {}): Promise<Engine> {
  const build = chooseNodeBuild(wish);
  const folder = wasmUrl === undefined ? undefined : folderUrl(wasmUrl);
  return Engine.start(build, nodeFiles(build.variant, folder));
}

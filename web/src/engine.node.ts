import { Engine } from "./engine/engine.ts";
import { openHelper } from "./engine/helpers/open.node.ts";
import { chooseNodeBuild, folderUrl, nodeFiles } from "./engine/node.ts";
import { ParallelEngine } from "./engine/parallel.ts";
import { compiledOnce } from "./engine/wasm.ts";
import type { CreateEngineOptions } from "./engine.ts";

export { DeaiError } from "./errors.ts";
export type * from "./engine.ts";

/** The same as in a browser, in the caller's thread of Node; `wasmUrl` may be a path. */
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
  const build = chooseNodeBuild({ ...wish, ...(workers === undefined ? {} : { workers }) });
  const folder = wasmUrl === undefined ? undefined : folderUrl(wasmUrl);
  const files = compiledOnce(nodeFiles(build.variant, folder));
  if (workers === undefined) return Engine.start(build, files);
  return ParallelEngine.start(build, files, workers, () => openHelper(folder));
}

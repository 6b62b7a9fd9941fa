import { coreLoader } from "../src/engine/node.ts";
import type { CoordinatorConfig, CoordinatorEngine } from "./engine.ts";
import { readBase } from "./tasks.ts";

export interface EngineFolders {
  /** The built core. */
  libFolder: string;
  /** Where weights are that tasks begin with. */
  tasksFolder: string;
}

/** Makes engines of the core in this thread: an instance for each, compiled once for all. */
export function coreEngines({
  libFolder,
  tasksFolder,
}: EngineFolders): (config: CoordinatorConfig) => Promise<CoordinatorEngine> {
  const load = coreLoader({ wasmUrl: libFolder });
  return async (config) => {
    let core;
    try {
      core = await load();
    } catch (error) {
      throw new Error(`the engine cannot be loaded from ${libFolder}: ${String(error)}`);
    }
    const base = await readBase(tasksFolder, config.task);
    return core.createCoordinator({ ...config, ...(base ? { base } : {}) });
  };
}

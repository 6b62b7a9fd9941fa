import { DeaiError } from "../errors.ts";
import { valueOf } from "./boundary.ts";
import type { Thread, WasmFiles, WasmModule } from "./wasm.ts";

// The threads of the "threads" variant are workers that run the glue once more, on the same memory.
// They are opened here and not by the glue: here it is known how many they are, where the glue
// stands, and who is told when one does not load. A thread that computes cannot open one, so all
// are there before the first call.

/** Opens one worker for every thread beside the caller's. */
export async function startThreads(
  module: WasmModule,
  files: WasmFiles,
  count: number,
): Promise<void> {
  const { PThread: pool } = module;
  if (pool === undefined || count === 1) return;
  const opening = Array.from({ length: count - 1 }, async () => {
    let opened: Thread | undefined;
    const failed = new Promise<never>((_, reject) => {
      opened = files.openThread((cause) => {
        const text = `A thread of the engine could not be loaded from ${files.glue}: ${cause}`;
        reject(new DeaiError("engine-load", text));
      });
      pool.unusedWorkers.push(opened);
    });
    if (opened === undefined) return failed;
    await Promise.race([failed, pool.loadWasmModuleToWorker(opened)]);
    opened.unref?.();
  });
  try {
    await Promise.all(opening);
    valueOf(module.setThreads(count));
  } catch (error) {
    endThreads(module);
    throw error;
  }
}

/** Nothing may be called in the module afterwards. */
export function endThreads(module: WasmModule): void {
  module.PThread?.terminateAllThreads();
}

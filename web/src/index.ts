import { startWorker } from "./engine/browser.ts";
import { createNetwork } from "./net/network.ts";
import { createTrainerOn } from "./trainer/create.ts";
import type { Trainer, TrainerOptions } from "./trainer/types.ts";

export * from "./api.ts";

/**
 * A participant in this page; its engine runs in a worker. Loads the task and the engine; nothing
 * is sent to anybody before run().
 */
export function createTrainer(options: TrainerOptions): Promise<Trainer> {
  return createTrainerOn({ startEngine: startWorker, createNetwork }, options);
}

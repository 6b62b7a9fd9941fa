import { startWorker } from "./engine/browser.ts";
import type { Network, NetworkOptions } from "./net/types.ts";
import { DeaiError } from "./errors.ts";
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

/** The wires come with the first run() that needs them. */
async function createNetwork(options: NetworkOptions): Promise<Network> {
  const net = await import("./net/network.ts").catch((cause: unknown) => {
    throw new DeaiError("network", `A part of the library could not be loaded: ${String(cause)}`, { cause });
  });
  return net.createNetwork(options);
}

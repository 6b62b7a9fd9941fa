import { readFile } from "node:fs/promises";
import { startInThread } from "./engine/node.ts";
import { createNetwork } from "./net/network.ts";
import { createTrainerOn, type Platform } from "./trainer/create.ts";
import type { Trainer, TrainerOptions } from "./trainer/types.ts";

export * from "./api.ts";

const node: Platform = { startEngine: startInThread, createNetwork };

/** The same as in a page, with the engine in this thread; `file:` URLs are read too. */
export function createTrainer(options: TrainerOptions): Promise<Trainer> {
  return createTrainerOn(isFile(options) ? { ...node, ...files } : node, options);
}

const files = {
  readText: (url: URL, signal: AbortSignal | undefined) =>
    readFile(url, { encoding: "utf8", ...(signal ? { signal } : {}) }),
  readBytes: async (url: URL, signal: AbortSignal | undefined) =>
    new Uint8Array(await readFile(url, signal ? { signal } : {})),
};

function isFile({ task, taskUrl }: TrainerOptions): boolean {
  const url = typeof task === "string" || task instanceof URL ? task : taskUrl;
  return url?.toString().startsWith("file:") ?? false;
}

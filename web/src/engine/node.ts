import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { EngineClient, type EngineOptions } from "./client.ts";
import { Core } from "./core.ts";
import type { FromHost, ToHost } from "./messages.ts";
import { openHelper } from "./helpers/open.node.ts";
import { type Build, chooseBuild, type Variant, type Wish } from "./probe.ts";
import { serve } from "./serve.ts";
import { compiledOnce, fileUrls, type WasmFiles } from "./wasm.ts";
import { threadWorld } from "./world.ts";

/** Loads the core into this thread of Node alone, as often as asked; it is compiled once. */
export function coreLoader(
  options: Pick<EngineOptions, "variant" | "wasmUrl"> = {},
): () => Promise<Core> {
  const folder = options.wasmUrl === undefined ? undefined : folderUrl(options.wasmUrl);
  const build = chooseNodeBuild({ ...options, threads: 1 });
  // A server has rooms of every sort, and the file on its disk.
  const files = compiledOnce(nodeFiles(build.variant, folder, true));
  return () => Core.load(build, files);
}

async function load(wish: Wish, folder: string | undefined): Promise<Core> {
  const build = chooseNodeBuild(wish);
  const files = compiledOnce(nodeFiles(build.variant, folder, wish.gossip));
  const open = () => openHelper(folder);
  return Core.load(build, files, { wish, cores: availableParallelism(), open });
}

export function chooseNodeBuild(wish: Wish): Build {
  return chooseBuild(wish, availableParallelism());
}

/** The files of a variant from the disk. */
export function nodeFiles(
  variant: Variant,
  folder: string | undefined,
  gossip?: boolean,
): WasmFiles {
  const { glue, wasm } = fileUrls(variant, folder, gossip);
  return {
    glue: glue.href,
    compile: async () => WebAssembly.compile(await readFile(wasm)),
    openThread: (failed) => {
      const worker = new Worker(glue, { workerData: "em-pthread" });
      worker.on("error", (error) => failed(String(error)));
      return worker;
    },
  };
}

/** The same host as in a page's worker, in this thread; it yields to Node's loop between its slices. */
export async function startInThread(options: EngineOptions): Promise<EngineClient> {
  let toHost: (message: ToHost) => void = () => {};
  let toClient: (message: FromHost) => void = () => {};
  const host = serve(
    {
      post: (message) => queueMicrotask(() => toClient(message)),
      listen: (receive) => (toHost = receive),
    },
    load,
    threadWorld((action) => setImmediate(action)),
  );
  const client = new EngineClient(
    {
      post: (message) => queueMicrotask(() => toHost(message)),
      listen: (receive) => (toClient = receive),
    },
    () => host.stop(),
  );
  await client.start(options, options.wasmUrl && folderUrl(options.wasmUrl));
  return client;
}

/** A path is as good as a URL. */
export function folderUrl(given: string | URL): string {
  const text = given.toString();
  return /^[a-z][a-z0-9+.-]+:/i.test(text) ? text : pathToFileURL(`${text}/`).href;
}

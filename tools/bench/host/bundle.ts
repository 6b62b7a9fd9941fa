// The page's scripts as one folder of modules; the engines are parts that load when wanted.
import { build } from "esbuild";
import { bench } from "./places.ts";

export async function bundlePage(folder: string): Promise<void> {
  await build({
    absWorkingDir: bench,
    entryPoints: { page: "page/page.ts", worker: "page/worker.ts" },
    outdir: folder,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    chunkNames: "chunk-[hash]",
    // TensorFlow.js names Node's modules where it only runs in Node.
    external: ["fs", "path", "worker_threads", "perf_hooks", "util", "crypto"],
    logLevel: "error",
    define: { "process.env.NODE_ENV": '"production"' },
  });
}

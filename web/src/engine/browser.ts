import { DeaiError } from "../errors.ts";
import { EngineClient, type EngineOptions } from "./client.ts";
import type { FromHost, ToHost } from "./messages.ts";
import { chooseBuild, type Variant } from "./probe.ts";
import { fileUrls, type WasmFiles } from "./wasm.ts";

/** The engine in a dedicated worker of this page. */
export async function startWorker(options: EngineOptions): Promise<EngineClient> {
  // Asked here too, so that a browser without SIMD gets its text before anything is fetched.
  chooseBuild(options);
  const worker = openWorker(options.workerUrl);
  const client = new EngineClient(
    {
      post: (message: ToHost, moved) => worker.postMessage(message, moved),
      listen: (receive) => {
        worker.onmessage = ({ data }: MessageEvent<FromHost>) => receive(data);
      },
    },
    () => worker.terminate(),
  );
  let code = "engine-load";
  worker.onerror = (event) => {
    event.preventDefault();
    const what = event.message ? `: ${event.message}` : "; is worker.js where it should be?";
    client.dispose(new DeaiError(code, `The engine's worker failed${what}`));
  };
  const folder =
    options.wasmUrl === undefined ? undefined : new URL(options.wasmUrl, document.baseURI).href;
  await client.start(options, folder);
  code = "internal";
  return client;
}

function openWorker(given: string | URL | undefined): Worker {
  if (given === undefined && sameOrigin(new URL("./worker.js", import.meta.url))) {
    // Spelt out, because bundlers look for exactly this form.
    return new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "deai" });
  }
  const url =
    given === undefined
      ? new URL("./worker.js", import.meta.url)
      : new URL(given, document.baseURI);
  return openModule(url, "deai");
}

export function openModule(url: URL, name: string): Worker {
  if (sameOrigin(url)) return new Worker(url, { type: "module", name });
  // Browsers refuse a worker script of another origin, but not one that imports it.
  const shim = new Blob([`import ${JSON.stringify(url.href)};`], { type: "text/javascript" });
  const shimUrl = URL.createObjectURL(shim);
  const worker = new Worker(shimUrl, { type: "module", name });
  worker.addEventListener("message", () => URL.revokeObjectURL(shimUrl), { once: true });
  return worker;
}

function sameOrigin(url: URL): boolean {
  return url.protocol === "blob:" || url.origin === location.origin;
}

/** The files of a variant by fetch. */
export function browserFiles(
  variant: Variant,
  folder: string | undefined,
  gossip?: boolean,
): WasmFiles {
  const { glue, wasm } = fileUrls(variant, folder, gossip);
  return {
    glue: glue.href,
    compile: () => compile(wasm),
    openThread: (failed) => {
      const worker = openModule(glue, "em-pthread"); // by this name the glue knows what it is
      worker.addEventListener("error", ({ message }) => failed(message || "is it there?"));
      return worker;
    },
  };
}

async function compile(url: URL): Promise<WebAssembly.Module> {
  const response = await fetch(url);
  if (!response.ok)
    throw new DeaiError("engine-load", `${url}: the server answered ${response.status}`);
  // Compiling while it comes in needs the right media type, which not every server sends.
  const streams = response.headers.get("Content-Type")?.startsWith("application/wasm") ?? false;
  return streams
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
}

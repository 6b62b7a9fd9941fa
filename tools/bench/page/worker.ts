// One engine in one worker: prepares a case, then runs so many steps whenever it is asked to.
import type { Case } from "../shared/cases.ts";
import type { Answer, Engine, Request } from "../shared/messages.ts";
import { fileName, type NetWorkload, type ProductWorkload } from "../shared/workload.ts";
import { runKernels } from "./kernels.ts";
import type { Start, Trainee } from "./trainee.ts";

const engines: Partial<Record<Engine, () => Promise<{ start: Start }>>> = {
  deai: () => import("./engines/deai.ts"),
  tfjs: () => import("./engines/tfjs.ts"),
  jax: () => import("./engines/jax.ts"),
};

let trainee: Trainee | undefined;

async function answer(request: Request): Promise<Answer> {
  switch (request.kind) {
    case "prepare": {
      const { setting } = request;
      const load = engines[setting.engine];
      if (!load) throw new Error(`${setting.engine} does not run in a page`);
      if (setting.isolated !== globalThis.crossOriginIsolated) {
        throw new Error(`the page is ${setting.isolated ? "not " : ""}cross-origin isolated`);
      }
      trainee = await (await load()).start(setting, await fetchWorkload(request.case));
      const { note } = trainee;
      return { kind: "prepared", ...(note === undefined ? {} : { note }) };
    }
    case "measure": {
      if (!trainee) throw new Error("nothing is prepared");
      const begin = performance.now();
      const loss = await trainee.run(request.steps);
      return { kind: "measured", ms: performance.now() - begin, loss };
    }
    case "memory":
      return { kind: "memory", memory: await trainee?.memory?.() };
    case "profile": {
      const rows = trainee?.profile?.(request.steps);
      if (!rows) throw new Error("no profile is to be had");
      return { kind: "profiled", rows };
    }
    case "kernels":
      return { kind: "printed", text: await runKernels(request.variant, request.words) };
  }
}

async function fetchWorkload(one: Case): Promise<NetWorkload | ProductWorkload> {
  const bytes = async (part: string) => {
    const response = await fetch(`data/${fileName(one, part)}`);
    if (!response.ok) throw new Error(`${response.url}: ${String(response.status)}`);
    return response.arrayBuffer();
  };
  const floats = async (part: string) => new Float32Array(await bytes(part));
  if (one.kind === "product") return { case: one, a: await floats("a"), b: await floats("b") };
  return {
    case: one,
    weights: await floats("weights"),
    x: await floats("x"),
    y: new Int32Array(await bytes("y")),
  };
}

globalThis.addEventListener("message", ({ data }: MessageEvent<Request>) => {
  answer(data)
    .catch((error: unknown): Answer => ({ kind: "failed", text: textOf(error) }))
    .then((given) => globalThis.postMessage(given));
});

function textOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  return typeof error === "object" && error && "message" in error
    ? String(error.message)
    : String(error);
}

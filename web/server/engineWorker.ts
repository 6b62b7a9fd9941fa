import { parentPort, workerData } from "node:worker_threads";
import { DeaiError } from "../src/errors.ts";
import { coreEngines, type EngineFolders } from "./coreEngines.ts";
import { type CoordinatorEngine, workOff } from "./engine.ts";
import type { EngineReply, EngineRequest } from "./engineMessages.ts";

// The script of a thread that computes for federated rooms: each has an instance of the core.

const createEngine = coreEngines(workerData as EngineFolders);
const engines = new Map<number, CoordinatorEngine>();

parentPort?.on("message", (request: EngineRequest) => {
  answer(request).then(send, (error: unknown) => {
    const code = error instanceof DeaiError ? error.code : undefined;
    const text = error instanceof Error ? error.message : String(error);
    send({ call: request.call, kind: "failed", code, text });
  });
});

async function answer(request: EngineRequest): Promise<EngineReply> {
  const { call, engine, question } = request;
  switch (question.kind) {
    case "create": {
      const created = await createEngine(question.config);
      engines.set(engine, created);
      return { call, kind: "created", taskHash: created.taskHash };
    }
    case "work":
      return { call, kind: "worked", work: workOff(known(engine), question.events) };
    case "restore":
      return { call, kind: "restored", taken: known(engine).restore(question.saved) };
    case "dispose": {
      const leaving = engines.get(engine);
      engines.delete(engine);
      leaving?.dispose();
      return { call, kind: "disposed" };
    }
  }
}

function send(reply: EngineReply): void {
  const moved = new Set<ArrayBuffer>();
  if (reply.kind === "worked") {
    const { frames, saved } = reply.work;
    for (const { bytes } of frames) moved.add(bytes.buffer as ArrayBuffer);
    if (saved) moved.add(saved.buffer as ArrayBuffer);
  }
  parentPort?.postMessage(reply, [...moved]);
}

function known(engine: number): CoordinatorEngine {
  const found = engines.get(engine);
  if (!found) throw new Error(`there is no engine ${String(engine)} here`);
  return found;
}

import { Worker } from "node:worker_threads";
import { DeaiError } from "../src/errors.ts";
import type { EngineFolders } from "./coreEngines.ts";
import type { CoordinatorConfig, RoomEngine, RoomEvent } from "./engine.ts";
import type { EngineQuestion, EngineReply, EngineRequest } from "./engineMessages.ts";

/** Any call is answered within this time, or its thread is ended with all its rooms. */
const answerMs = 60_000;

type Asked = { resolve(reply: EngineReply): void; reject(error: Error): void };

/**
 * Threads that compute for the federated rooms, so that merging updates holds up no socket. A thread
 * that fails takes its own rooms down; the next room gets a new one.
 */
export class EnginePool {
  private readonly threads: EngineThread[];
  private lastEngine = 0;

  constructor(
    count: number,
    /** The built engineWorker.ts. */
    private readonly script: string,
    private readonly folders: EngineFolders,
  ) {
    this.threads = Array.from({ length: count }, () => new EngineThread(script, folders));
  }

  /** On the thread with the fewest rooms. Throws DeaiError when the task is not right. */
  async create(config: CoordinatorConfig): Promise<RoomEngine> {
    const thread = this.leastBusy();
    const engine = ++this.lastEngine;
    thread.engines++;
    let disposed = false;
    const dispose = () => {
      if (disposed) return;
      disposed = true;
      thread.engines--;
      thread.ask(engine, { kind: "dispose" }).catch(() => undefined); // it is gone with its thread
    };
    try {
      const reply = await thread.ask(engine, { kind: "create", config });
      return {
        taskHash: answered(reply, "created").taskHash,
        work: async (events) => {
          const worked = await thread.ask(engine, { kind: "work", events }, memoryOf(events));
          return answered(worked, "worked").work;
        },
        restore: async (saved) => {
          const restored = await thread.ask(engine, { kind: "restore", saved });
          return answered(restored, "restored").taken;
        },
        dispose,
      };
    } catch (error) {
      dispose();
      throw error;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.end("the server is going away")));
  }

  private leastBusy(): EngineThread {
    for (const [at, thread] of this.threads.entries()) {
      if (thread.ended) this.threads[at] = new EngineThread(this.script, this.folders);
    }
    return this.threads.reduce((best, thread) => (thread.engines < best.engines ? thread : best));
  }
}

class EngineThread {
  engines = 0;
  ended = false;
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Asked & { timer: NodeJS.Timeout }>();
  private lastCall = 0;

  constructor(script: string, folders: EngineFolders) {
    this.worker = new Worker(script, { workerData: folders });
    this.worker.unref();
    this.worker.on("message", (reply: EngineReply) => {
      const asked = this.waiting.get(reply.call);
      this.waiting.delete(reply.call);
      clearTimeout(asked?.timer);
      if (this.waiting.size === 0) this.worker.unref();
      asked?.resolve(reply);
    });
    this.worker.on("error", (error) => void this.end(`a thread of the server failed: ${String(error)}`));
    this.worker.on("exit", () => void this.end("a thread of the server ended"));
  }

  ask(engine: number, question: EngineQuestion, moved: ArrayBuffer[] = []): Promise<EngineReply> {
    if (this.ended) return Promise.reject(new Error("this room's thread has ended"));
    const call = ++this.lastCall;
    const reply = new Promise<EngineReply>((resolve, reject) => {
      const timer = setTimeout(() => {
        void this.end(`a thread of the server did not answer within ${String(answerMs / 1000)} s`);
      }, answerMs);
      this.waiting.set(call, { resolve, reject, timer });
    });
    this.worker.ref(); // the process stays while an answer is awaited
    this.worker.postMessage({ call, engine, question } satisfies EngineRequest, moved);
    return reply;
  }

  async end(reason: string): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    for (const { timer, reject } of this.waiting.values()) {
      clearTimeout(timer);
      reject(new Error(reason));
    }
    this.waiting.clear();
    await this.worker.terminate();
  }
}

function answered<Kind extends EngineReply["kind"]>(
  reply: EngineReply,
  kind: Kind,
): EngineReply & { kind: Kind } {
  if (reply.kind === kind) return reply as EngineReply & { kind: Kind };
  if (reply.kind !== "failed") throw new Error(`expected ${kind}, the thread answered ${reply.kind}`);
  throw reply.code === undefined ? new Error(reply.text) : new DeaiError(reply.code, reply.text);
}

function memoryOf(events: RoomEvent[]): ArrayBuffer[] {
  return events.flatMap((event) => (event.kind === "received" ? [event.frame.buffer] : []));
}

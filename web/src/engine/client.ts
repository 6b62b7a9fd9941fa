import { DeaiError } from "../errors.ts";
import type {
  CallArguments,
  CallName,
  CallResult,
  EngineEvent,
  FromHost,
  Port,
  ToHost,
} from "./messages.ts";
import type { Wish } from "./probe.ts";

/**
 * `variant`: the fastest that runs here, by default. `threads`: at most so many; four, or the cores if
 * fewer. `workers`: so many share each batch, on one thread each; by default as many as `threads`
 * would be, where the page may have no threads and the task's steps are long enough.
 */
export interface EngineOptions extends Wish {
  /** URL of worker.js where it does not stand beside this script. */
  workerUrl?: string | URL;
  /** URL of the folder with the .wasm and .mjs files where they do not stand beside worker.js. */
  wasmUrl?: string | URL;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** The page's hand on the engine: every call is a promise, calls are done in their order. */
export class EngineClient {
  onEvent: (event: EngineEvent) => void = () => {};
  private readonly pending = new Map<number, Pending>();
  private nextId = 1;
  private end: DeaiError | undefined;
  private started: Pending | undefined;

  constructor(
    private readonly port: Port<ToHost, FromHost>,
    private readonly close: () => void,
  ) {
    port.listen((message) => this.receive(message));
  }

  start(
    { variant, threads, workers, gossip }: EngineOptions,
    folder: string | undefined,
  ): Promise<unknown> {
    const wish = {
      ...(variant && { variant }),
      ...(threads !== undefined && { threads }),
      ...(workers !== undefined && { workers }),
      ...(gossip && { gossip }),
    };
    return new Promise((resolve, reject) => {
      this.started = { resolve, reject };
      this.port.post({ kind: "start", wish, folder }, []);
    });
  }

  call<Name extends CallName>(name: Name, ...args: CallArguments<Name>): Promise<CallResult<Name>> {
    return this.callMoving(name, [], ...args);
  }

  /** Like call(), but the buffers in `moved` are the engine's from now on. */
  callMoving<Name extends CallName>(
    name: Name,
    moved: ArrayBuffer[],
    ...args: CallArguments<Name>
  ): Promise<CallResult<Name>> {
    return new Promise<CallResult<Name>>((resolve, reject) => {
      if (this.end) return reject(this.end);
      const id = this.nextId++;
      this.pending.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.port.post({ kind: "call", id, name, arguments: args }, moved);
    });
  }

  /** Ends the engine; calls in flight and later ones reject with the reason. */
  dispose(reason = new DeaiError("disposed", "The trainer was disposed of.")): void {
    if (this.end) return;
    this.end = reason;
    this.close();
    if (reason.code !== "disposed")
      this.onEvent({ kind: "failed", code: reason.code, text: reason.message });
    this.started?.reject(reason);
    for (const { reject } of this.pending.values()) reject(reason);
    this.pending.clear();
  }

  private receive(message: FromHost): void {
    if (this.end) return;
    switch (message.kind) {
      case "ready":
        this.started?.resolve(undefined);
        break;
      case "unready":
        this.dispose(new DeaiError(message.code, message.text));
        break;
      case "events":
        for (const event of message.events) this.onEvent(event);
        break;
      case "result":
        this.settled(message.id)?.resolve(message.value);
        break;
      case "error":
        this.settled(message.id)?.reject(new DeaiError(message.code, message.text));
        break;
    }
  }

  private settled(id: number): Pending | undefined {
    const pending = this.pending.get(id);
    this.pending.delete(id);
    return pending;
  }
}

/** Frames that may be moved to the engine: a view into a larger buffer is copied first. */
export function movable(frames: Uint8Array[]): { frames: Uint8Array[]; buffers: ArrayBuffer[] } {
  const own = frames.map((frame) =>
    frame.byteLength === frame.buffer.byteLength ? frame : frame.slice(),
  );
  return { frames: own, buffers: own.map((frame) => frame.buffer as ArrayBuffer) };
}

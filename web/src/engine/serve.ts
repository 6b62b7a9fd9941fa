import type { Core } from "./core.ts";
import { EngineHost, faultOf } from "./host.ts";
import type { CallName, EngineEvent, FromHost, Port, ToHost } from "./messages.ts";
import type { Wish } from "./probe.ts";
import type { EngineWorld } from "./world.ts";

export interface Serving {
  stop(): void;
}

/** Puts a host behind a port: in a worker, or in the same thread. */
export function serve(
  port: Port<FromHost, ToHost>,
  load: (wish: Wish, folder: string | undefined) => Promise<Core>,
  world: EngineWorld,
): Serving {
  let host: EngineHost | undefined;
  let stopped = false;
  const post = (message: FromHost, moved: ArrayBuffer[] = []) => {
    if (!stopped) port.post(message, moved);
  };
  // A small model ends a thousand rounds a second: all that happens in one turn is one message.
  let events: EngineEvent[] = [];
  const emit = (event: EngineEvent) => {
    events.push(event);
    if (events.length === 1) queueMicrotask(deliver);
  };
  const deliver = () => {
    const batch = events;
    events = [];
    post({ kind: "events", events: batch }, batch.flatMap(buffersOfEvent));
  };

  async function start(wish: Wish, folder: string | undefined): Promise<void> {
    try {
      const core = await load(wish, folder);
      if (stopped) return core.dispose();
      host = new EngineHost(core, world, emit);
      post({ kind: "ready" });
    } catch (error) {
      post({ kind: "unready", ...faultOf(error) });
    }
  }

  async function call(id: number, name: CallName, args: unknown[]): Promise<void> {
    try {
      const method = host?.[name] as ((...args: unknown[]) => unknown) | undefined;
      const value = await method?.apply(host, args);
      post({ kind: "result", id, value }, buffersOfResult(value));
    } catch (error) {
      post({ kind: "error", id, ...faultOf(error) });
    }
  }

  port.listen((message) => {
    if (stopped) return;
    if (message.kind === "start") void start(message.wish, message.folder);
    else void call(message.id, message.name, message.arguments);
  });
  return {
    stop() {
      stopped = true;
      host?.dispose();
    },
  };
}

/** All frames of an outcome lie in one buffer. */
function buffersOfEvent(event: EngineEvent): ArrayBuffer[] {
  const buffer = event.kind === "wires" ? event.frames[0]?.bytes.buffer : undefined;
  return buffer instanceof ArrayBuffer ? [buffer] : [];
}

function buffersOfResult(value: unknown): ArrayBuffer[] {
  return value instanceof Uint8Array && value.buffer instanceof ArrayBuffer ? [value.buffer] : [];
}

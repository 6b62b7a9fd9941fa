import type { EngineClient, EngineOptions } from "../engine/client.ts";
import type { SessionMode } from "../engine/wasm.ts";
import type { ReadBytes } from "../input/index.ts";
import type { Network, NetworkEvent, NetworkMode, NetworkOptions } from "../net/types.ts";
import { loadTask, type LoadTaskOptions } from "../task.ts";
import { abortable } from "./abort.ts";
import { meshBounds } from "./mesh.ts";
import { checkOptions, type CheckedOptions } from "./options.ts";
import { Sources } from "./sources.ts";
import { TrainerSession } from "./trainer.ts";
import type { Trainer, TrainerOptions } from "./types.ts";

/** What differs between a browser page, Node and tests. */
export interface Platform {
  startEngine(options: EngineOptions): Promise<EngineClient>;
  /** Loads it, where it is not yet: nobody needs wires before run(). */
  createNetwork(options: NetworkOptions): Network | Promise<Network>;
  /** fetch, unless something else is said. */
  readText?: LoadTaskOptions["read"];
  readBytes?: ReadBytes;
}

export async function createTrainerOn(
  platform: Platform,
  options: TrainerOptions,
): Promise<Trainer> {
  const { signal } = options;
  signal?.throwIfAborted();
  const loaded = await loadTask(options.task, {
    ...(platform.readText ? { read: platform.readText } : {}),
    ...(options.taskUrl === undefined ? {} : { url: options.taskUrl }),
    ...(signal ? { signal } : {}),
  });
  const checked = checkOptions(options, loaded.url);
  const { scheme = "mean", codec = "f32" } = loaded.task.exchange ?? {};
  const gossip = scheme !== "mean" || codec !== "f32";
  const starting = platform.startEngine({ ...options.engine, ...(gossip && { gossip }) });
  const engine = await abortable(starting, signal).catch((error: unknown) => {
    starting.then(
      (late) => late.dispose(),
      () => {},
    );
    throw error;
  });
  try {
    const sources = new Sources(loaded, platform.readBytes);
    const mode = sessionMode(checked);
    const { room, seed, minParticipants, recordBytes } = checked;
    const opened = await abortable(
      engine.call("open", { task: loaded.json, room, seed, mode, minParticipants, recordBytes }),
      signal,
    );
    if (loaded.task.model?.weights) {
      const base = await sources.baseWeights(signal);
      await abortable(engine.callMoving("loadBase", [base.buffer as ArrayBuffer], base), signal);
    }
    const { server, secret, signalling } = checked;
    const openNetwork =
      checked.mode === "local"
        ? undefined
        : (onEvent: (event: NetworkEvent) => void) =>
            platform.createNetwork({
              ...{ server, signalling, room, secret, minParticipants, onEvent },
              mesh: meshBounds(loaded.task.exchange, minParticipants),
              mode: checked.mode as NetworkMode,
              peer: opened.peer,
              task: loaded.json,
              taskHash: opened.taskHash,
            });
    return new TrainerSession({ engine, opened, loaded, sources, mode, openNetwork });
  } catch (error) {
    engine.dispose();
    throw error;
  }
}

/** `auto` begins as a mesh; the network says when the room goes through the server. */
function sessionMode({ mode }: CheckedOptions): SessionMode {
  return mode === "auto" ? "decentralized" : mode;
}

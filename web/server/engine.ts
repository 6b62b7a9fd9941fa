import type { Frame } from "../src/engine/boundary.ts";
import type { CoreCoordinator } from "../src/engine/coordinator.ts";

/** What the core's Coordinator is made of. */
export interface CoordinatorConfig {
  /** task.json as text. */
  task: string;
  room: string;
  minParticipants: number;
}

/** The core's Coordinator, or what tests put in its place. */
export type CoordinatorEngine = Pick<
  CoreCoordinator,
  | "taskHash"
  | "linkUp"
  | "linkDown"
  | "writable"
  | "received"
  | "time"
  | "save"
  | "restore"
  | "dispose"
>;

/** What happened to a room, and when: frames that wait for their turn are not late by that. */
export type RoomEvent = { nowMs: number } & (
  | { kind: "linkUp"; link: number }
  | { kind: "linkDown"; link: number }
  | { kind: "writable"; link: number; bytes: number }
  | { kind: "received"; link: number; frame: Uint8Array<ArrayBuffer> }
  | { kind: "time" }
);

/** What is to be done after some events. */
export interface RoomWork {
  frames: Frame[];
  closes: number[];
  /** When a `time` event is due; -1: nothing to wait for. */
  wakeAtMs: number;
  /** The room as it is to be stored before `frames` are sent, where they tell of a new model. */
  saved: Uint8Array | undefined;
}

/** A room's engine, wherever it computes. A rejected promise: it is broken and of no more use. */
export interface RoomEngine {
  readonly taskHash: string;
  /** Works events off in their order; one call at a time. Takes the frames' memory over. */
  work(events: RoomEvent[]): Promise<RoomWork>;
  /** False, and nothing changed, when the bytes are damaged or of another room, task or layout. */
  restore(saved: Uint8Array): Promise<boolean>;
  dispose(): void;
}

/** The engine in the caller's own thread. */
export function inThisThread(engine: CoordinatorEngine): RoomEngine {
  return {
    taskHash: engine.taskHash,
    work: async (events) => workOff(engine, events),
    restore: async (saved) => engine.restore(saved),
    dispose: () => engine.dispose(),
  };
}

export function workOff(engine: CoordinatorEngine, events: RoomEvent[]): RoomWork {
  const work: RoomWork = { frames: [], closes: [], wakeAtMs: -1, saved: undefined };
  let changed = false;
  for (const event of events) {
    const outcome = occur(engine, event);
    work.frames.push(...outcome.frames);
    work.closes.push(...outcome.closes);
    work.wakeAtMs = outcome.wakeAtMs;
    changed ||= outcome.modelChanged || outcome.notices.some(({ kind }) => kind === "roundCommitted");
  }
  if (changed) work.saved = engine.save();
  return work;
}

function occur(engine: CoordinatorEngine, event: RoomEvent) {
  switch (event.kind) {
    case "linkUp":
      return engine.linkUp(event.link, event.nowMs);
    case "linkDown":
      return engine.linkDown(event.link, event.nowMs);
    case "writable":
      return engine.writable(event.link, event.bytes, event.nowMs);
    case "received":
      return engine.received(event.link, event.frame, event.nowMs);
    case "time":
      return engine.time(event.nowMs);
  }
}

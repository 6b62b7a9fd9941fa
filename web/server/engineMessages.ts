import type { CoordinatorConfig, RoomEvent, RoomWork } from "./engine.ts";

// Between the server's thread and those that compute. Both ends are ours.

export interface EngineRequest {
  call: number;
  /** The number that the server gave the engine when it asked for it. */
  engine: number;
  question: EngineQuestion;
}

export type EngineQuestion =
  | { kind: "create"; config: CoordinatorConfig }
  | { kind: "work"; events: RoomEvent[] }
  | { kind: "restore"; saved: Uint8Array }
  | { kind: "dispose" };

export type EngineReply = { call: number } & (
  | { kind: "created"; taskHash: string }
  | { kind: "worked"; work: RoomWork }
  | { kind: "restored"; taken: boolean }
  | { kind: "disposed" }
  /** `code`: the core's, when the caller is to blame. */
  | { kind: "failed"; code: string | undefined; text: string }
);

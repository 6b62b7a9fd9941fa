import type { LinkPath } from "./types.ts";

/** One way to one peer, whatever carries it. After `failed` or close() nothing more is told. */
export interface Wire {
  readonly path: LinkPath;
  send(frame: Uint8Array<ArrayBuffer>): void;
  close(): void;
  roundTripMs(): Promise<number | undefined>;
}

export interface WireHandlers {
  opened(): void;
  frames(frames: Uint8Array<ArrayBuffer>[]): void;
  drained(bytes: number): void;
  failed(reason: string): void;
  /** It may come back or fail. */
  shaky?(): void;
}

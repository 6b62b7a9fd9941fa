import type { LinkPath } from "./types.ts";

/** One way to one peer, whatever carries it. After `failed` or close() nothing more is told. */
export interface Wire {
  readonly path: LinkPath;
  send(frame: Uint8Array<ArrayBuffer>): void;
  close(): void;
  facts(): Promise<WireFacts>;
}

/** What is known of it; what this path or browser does not tell is left out. */
export interface WireFacts {
  roundTripMs?: number;
  /** How a direct way leads: within one network, through routers that let it, or by a TURN server. */
  via?: "host" | "nat" | "turn";
  /** All that left for the peer since the link is up: with headers, and what was sent again. */
  wireSentBytes?: number;
  /** How often another way was found for it. */
  restarts?: number;
}

export interface WireHandlers {
  opened(): void;
  frames(frames: Uint8Array<ArrayBuffer>[]): void;
  drained(bytes: number): void;
  failed(reason: string): void;
  /** It may come back or fail. */
  shaky?(): void;
  /** It carries nothing any more, but could be mended: see DirectWire.restart(). */
  broken?(): void;
  /** All is well again. */
  mended?(): void;
  /** The other end, or this one, sends all else by another way; the link stays. */
  moved?(): void;
}

import type { Pair } from "./pair.ts";
import type { LinkPath } from "./types.ts";
import type { World } from "./world.ts";

export interface Deadlines {
  /** For a data channel to open, from the offer on. */
  directMs: number;
  /** For the first sealed frame through the relay, from the key on. */
  relayMs: number;
}

/** What a pair needs of the network that it is part of. */
export interface PairContext {
  world: World;
  deadlines: Deadlines;
  peer: string;
  room: string;
  taskHash: string;
  secret: string | undefined;
  iceServers(): RTCIceServer[];
  /** Relayed bytes can be sealed here and are carried by the server. */
  canRelay(): boolean;
  signal(to: string, message: object): void;
  relay(to: string, bytes: Uint8Array<ArrayBuffer>): void;
  linkUp(pair: Pair, path: LinkPath): number;
  linkMoved(link: number, path: LinkPath): void;
  linkDown(link: number, reason: string): void;
  frames(link: number, frames: Uint8Array<ArrayBuffer>[]): void;
  drained(link: number, bytes: number): void;
  /** A direct connection is in trouble: the network may have changed, and the way to the server gone with it. */
  suspect(): void;
  /** The peer is there, and no path leads to it. */
  unreachable(pair: Pair, reason: string): void;
}

import type { Abilities, RoomMode } from "./messages.ts";
import type { World } from "./world.ts";

/** One way to find the others of a room and to pass small messages to them. */
export interface Signalling {
  /** Best effort: lost when the way is lost at the moment. Order is kept per peer. */
  send(peer: string, payload: string): void;
  /** Carries sealed bytes to a peer; only where `joined` said so. Order is kept per peer. */
  relay(peer: string, bytes: Uint8Array<ArrayBuffer>): void;
  close(): void;
}

export interface SignallingOptions {
  server: string;
  room: string;
  taskHash: string;
  peer: string;
  abilities: Abilities;
}

export interface RoomPeer extends Abilities {
  peer: string;
}

export interface Joined {
  /** The others, all of them. */
  peers: RoomPeer[];
  iceServers: RTCIceServer[];
  /** This strategy and its server carry relayed bytes. */
  relay: boolean;
  mode: RoomMode;
}

/** What a strategy tells; after `lost` it tries again by itself until close(). */
export interface SignallingEvents {
  connecting(): void;
  joined(room: Joined): void;
  arrived(peer: RoomPeer): void;
  /** `gone`: for good; else it may have lost its way to signalling only. */
  left(peer: string, gone: boolean): void;
  signal(from: string, payload: string): void;
  relayed(from: string, bytes: Uint8Array<ArrayBuffer>): void;
  /** The room goes on in this mode. */
  mode(mode: RoomMode): void;
  refused(code: string, text: string): void;
  lost(reason: string): void;
}

/** Our own server is one; others (a broker, tabs of one browser, pasted texts) fit the same shape. */
export type SignallingStrategy = (
  world: World,
  options: SignallingOptions,
  events: SignallingEvents,
) => Signalling;

import type { Abilities, MeshBounds, RoomMode } from "./messages.ts";
import type { SignalSeal } from "./seal.ts";
import type { World } from "./world.ts";

/** A way to find the others of a room, as people choose it. */
export type SignallingChoice =
  /** A server of this kind; without a URL the room's own. */
  | { kind: "server"; url?: string }
  /** A PeerJS server; what stands in its `?key=` is used. */
  | { kind: "peerjs"; url: string; iceServers?: RTCIceServer[] }
  /** Other tabs of this browser. */
  | { kind: "tabs" }
  /** Texts that people send each other; nobody else is needed. */
  | { kind: "byHand"; iceServers?: RTCIceServer[] };

/** One way to find the others of a room and to pass small messages to them. */
export interface Signalling {
  /** Best effort: lost when the way is lost at the moment. Order is kept per peer. */
  send(peer: string, payload: string): void;
  /** Carries sealed bytes to a peer; only where `joined` said so. Order is kept per peer. */
  relay(peer: string, bytes: Uint8Array<ArrayBuffer>): void;
  close(): void;
  /** The page woke up: a line that may be dead is looked at, a try that waits is made now. */
  hurry?(): void;
  /** Where people carry the texts. */
  readonly byHand?: ByHand;
}

/** Throws a DeaiError where a text is not what was expected. */
export interface ByHand {
  /** A text for one other participant. */
  invite(): Promise<string>;
  /** What somebody sent: of an invitation the answer to send back, of an answer nothing. */
  answer(text: string): Promise<string | undefined>;
}

export interface SignallingOptions {
  room: string;
  taskHash: string;
  peer: string;
  abilities: Abilities;
  mesh: MeshBounds;
  secret: string | undefined;
  /** What a strategy itself says to others; signals come to it sealed. */
  seal: Promise<SignalSeal>;
}

/** `relay`: it can, and this way carries it. */
export interface RoomPeer extends Abilities {
  peer: string;
}

export interface Joined {
  /** The others, as far as this one is to be linked with them: all of them, or in a large room a few. */
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
  /** These are not to be linked with any more: others are. */
  parted(peers: string[]): void;
  /** So many are in the room, this one among them; told where there may be more than are told by name. */
  count(count: number): void;
  signal(from: string, payload: string): void;
  relayed(from: string, bytes: Uint8Array<ArrayBuffer>): void;
  /** The room goes on in this mode. */
  mode(mode: RoomMode): void;
  refused(code: string, text: string): void;
  lost(reason: string): void;
}

/** Our own server is one; others (a broker, tabs of one browser, pasted texts) have the same shape. */
export type SignallingStrategy = (
  world: World,
  options: SignallingOptions,
  events: SignallingEvents,
) => Signalling;

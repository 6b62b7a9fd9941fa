import type { MeshBounds } from "./messages.ts";
import type { ByHand, SignallingChoice } from "./signalling.ts";
import type { WireFacts } from "./wire.ts";

/** What is at the other end of a link, and by which path its bytes travel. */
export type LinkPath = "direct" | "relayed" | "coordinator";

export type NetworkMode = "auto" | "decentralized" | "federated";

/** What happens on the wires. `link` numbers are never reused within a network. */
export type NetworkEvent =
  | { kind: "linkUp"; link: number; path: LinkPath; peer: string | undefined }
  /** The same link takes another path from now on; no frame is lost by it. */
  | { kind: "linkMoved"; link: number; path: LinkPath }
  | { kind: "linkDown"; link: number; reason: string }
  | { kind: "frames"; link: number; frames: Uint8Array[] }
  /** `bytes` of frames that send() took have left the queue. */
  | { kind: "drained"; link: number; bytes: number }
  /** How the room is reached now; in `auto` it goes direct → relayed → federated, room-wide. */
  | { kind: "mode"; mode: "decentralized" | "federated"; reason: string }
  /**
   * Who is in the room as signalling sees it: the names of those with whom this one is to be linked,
   * and how many there are in all, this one among them.
   */
  | { kind: "presence"; peers: string[]; count: number }
  /** The way to the server itself; `lost` until it is `connected` again. */
  | { kind: "server"; state: "connecting" | "connected" | "lost"; text: string }
  | { kind: "warning"; code: string; text: string };

export interface NetworkOptions {
  /** Base URL of the server, http(s)://…; undefined where no way leads through one. */
  server: string | undefined;
  /** How the others are found, all ways at once; by the server where nothing else is said. */
  signalling?: readonly SignallingChoice[] | undefined;
  room: string;
  /** From the invite link's #fragment; the server never receives it. */
  secret: string | undefined;
  /** This participant's name: hex of its Ed25519 public key. */
  peer: string;
  mode: NetworkMode;
  /**
   * task.json as text (or, where no number in it is beyond 2^53, as parsed): sent to the coordinator
   * so that it can build the room's model.
   */
  task: unknown;
  /** Hex of the canonical task hash: rooms are separate per task. */
  taskHash: string;
  minParticipants: number;
  /** How many the task's mesh takes, and how they are linked where there are more. */
  mesh: MeshBounds;
  onEvent(event: NetworkEvent): void;
}

/** The wires of one participant in one room: signalling, paths and their fall-backs. */
export interface Network {
  // Events come in a turn of their own, never from within one of these calls. Every link that went
  // up goes down once, also those that closeLink() closed; after close() no event comes.
  /** Queues one frame; order is kept per link. Unknown links are ignored. */
  send(link: number, frame: Uint8Array): void;
  closeLink(link: number): void;
  close(): void;
  statistics(): Promise<LinkStatistics[]>;
  /** Where texts that people carry are one of the ways. */
  byHand(): Promise<ByHand | undefined>;
}

export interface LinkStatistics extends WireFacts {
  link: number;
  peer: string | undefined;
  path: LinkPath;
  /** Of frames. */
  sentBytes: number;
  receivedBytes: number;
}

/**
 * What page and server say to each other on /signal and /coordinator, and the checks of what comes
 * in: everything here was written by strangers. Both sides use this file.
 */

export const protocolVersion = 2;

/** Frames of the core are at most this long (kMaxFrameBytes in core/protocol/outcome.h). */
export const maxFrameBytes = 16 * 1024;
/** Text messages of /signal: an offer with its candidates stays far below. */
export const maxSignalBytes = 64 * 1024;
/** The first message of /coordinator, which carries a whole task.json. */
export const maxJoinBytes = 1024 * 1024;
export const maxRoomNameLength = 64;

/** Close code of a page that will come back: it gave up a connection that seemed dead. */
export const closeComingBack = 4000;

/** What one participant can do; a pair uses what both can. */
export interface Abilities {
  /** WebRTC data channels. */
  direct: boolean;
  /** Sealed frames by way of the server. */
  relay: boolean;
  /** Going on through the coordinator, together with the whole room. */
  fallback: boolean;
}

export interface Member extends Abilities {
  peer: string;
  /** The server's short name of this member in relay frames. */
  member: number;
}

/** How a room's mesh may be, as its task has it. */
export interface MeshBounds {
  /** So many at most are linked all with all. */
  most: number;
  /** With so many at most each is linked where there are more; 0: there cannot be more. */
  links: number;
}

/** /signal, to the server. */
export type SignalRequest =
  | ({ kind: "join"; version: number; room: string; taskHash: string; peer: string;
       token: string | undefined; mesh: MeshBounds } & Abilities)
  | { kind: "signal"; to: string; payload: string }
  | { kind: "ping" };

/**
 * /signal, from the server. `members`: whom this one is to be linked with. `count`: how many are in
 * the room, this one and those that it does not hear of among them.
 */
export type SignalReply =
  | { kind: "joined"; token: string; members: Member[]; count: number; iceServers: RTCIceServer[];
      relay: boolean; mode: RoomMode }
  /** To be linked with from now on. */
  | { kind: "arrived"; member: Member; count: number }
  /** `gone`: it said good-bye; else only its connection to the server is lost. */
  | { kind: "left"; peer: string; gone: boolean; count: number }
  /** Not to be linked with these any more: others are. */
  | { kind: "parted"; peers: string[]; count: number }
  | { kind: "count"; count: number }
  | { kind: "signal"; from: string; payload: string }
  | { kind: "mode"; mode: RoomMode }
  | { kind: "refused"; code: string; text: string }
  | { kind: "pong" };

export type RoomMode = "decentralized" | "federated";

/** /coordinator, to the server; binary messages are the core's frames. */
export type CoordinatorRequest =
  | { kind: "join"; version: number; room: string; minParticipants: number;
      /** task.json as text: JSON.parse would round numbers beyond 2^53. */
      task: string }
  | { kind: "ping" };

/** /coordinator, from the server. `taken`: bytes of frames that the coordinator has worked off. */
export type CoordinatorReply =
  | { kind: "joined" }
  | { kind: "taken"; bytes: number }
  | { kind: "refused"; code: string; text: string }
  | { kind: "pong" };

/** Refusals that will not change by trying again. */
export function isFinalRefusal(code: string): boolean {
  return !passingRefusals.has(code);
}

const passingRefusals = new Set(["full", "rate", "busy", "taken", "late", "protocol"]);

export function parseSignalRequest(text: string): SignalRequest | undefined {
  const message = parseObject(text);
  switch (message?.["kind"]) {
    case "join": {
      const { version, room, taskHash, peer, token, mesh } = message;
      if (typeof version !== "number" || !isRoomName(room) || !isHash(taskHash)) return undefined;
      if (!isHash(peer) || (token !== undefined && !isText(token, 64))) return undefined;
      if (!hasAbilities(message) || !isMeshBounds(mesh)) return undefined;
      const { direct, relay, fallback } = message;
      const abilities = { direct, relay, fallback };
      return { kind: "join", version, room, taskHash, peer, token, mesh, ...abilities };
    }
    case "signal": {
      const { to, payload } = message;
      if (!isHash(to) || !isText(payload, maxSignalBytes)) return undefined;
      return { kind: "signal", to, payload };
    }
    case "ping":
      return { kind: "ping" };
    default:
      return undefined;
  }
}

export function parseSignalReply(text: string): SignalReply | undefined {
  const message = parseObject(text);
  switch (message?.["kind"]) {
    case "joined": {
      const { token, members, count, iceServers, relay, mode } = message;
      if (!isText(token, 64) || !isMode(mode) || typeof relay !== "boolean") return undefined;
      if (!Array.isArray(members) || !members.every(isMember)) return undefined;
      if (!Array.isArray(iceServers) || !isCount(count)) return undefined;
      return { kind: "joined", token, members, count, iceServers: iceServers as RTCIceServer[],
               relay, mode };
    }
    case "arrived": {
      const { member, count } = message;
      return isMember(member) && isCount(count) ? { kind: "arrived", member, count } : undefined;
    }
    case "left": {
      const { peer, gone, count } = message;
      if (!isHash(peer) || typeof gone !== "boolean" || !isCount(count)) return undefined;
      return { kind: "left", peer, gone, count };
    }
    case "parted": {
      const { peers, count } = message;
      if (!Array.isArray(peers) || !peers.every(isHash) || !isCount(count)) return undefined;
      return { kind: "parted", peers, count };
    }
    case "count": {
      const { count } = message;
      return isCount(count) ? { kind: "count", count } : undefined;
    }
    case "signal": {
      const { from, payload } = message;
      if (!isHash(from) || !isText(payload, maxSignalBytes)) return undefined;
      return { kind: "signal", from, payload };
    }
    case "mode": {
      const { mode } = message;
      return isMode(mode) ? { kind: "mode", mode } : undefined;
    }
    case "refused":
      return parseRefusal(message);
    case "pong":
      return { kind: "pong" };
    default:
      return undefined;
  }
}

export function parseCoordinatorRequest(text: string): CoordinatorRequest | undefined {
  const message = parseObject(text);
  switch (message?.["kind"]) {
    case "join": {
      const { version, room, task, minParticipants } = message;
      if (typeof version !== "number" || !isRoomName(room)) return undefined;
      if (!isText(task, maxJoinBytes)) return undefined;
      if (!Number.isInteger(minParticipants) || (minParticipants as number) < 1) return undefined;
      if ((minParticipants as number) > 1024) return undefined;
      return { kind: "join", version, room, task, minParticipants: minParticipants as number };
    }
    case "ping":
      return { kind: "ping" };
    default:
      return undefined;
  }
}

export function parseCoordinatorReply(text: string): CoordinatorReply | undefined {
  const message = parseObject(text);
  switch (message?.["kind"]) {
    case "joined":
      return { kind: "joined" };
    case "taken": {
      const { bytes } = message;
      return Number.isSafeInteger(bytes) ? { kind: "taken", bytes: bytes as number } : undefined;
    }
    case "refused":
      return parseRefusal(message);
    case "pong":
      return { kind: "pong" };
    default:
      return undefined;
  }
}

export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isText(value: unknown, maxLength: number): value is string {
  return typeof value === "string" && value.length <= maxLength;
}

/** 32 bytes in lower-case hex: peer names and task hashes. */
export function isHash(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}

/** What people may call a room: visible characters, not too many. */
export function isRoomName(value: unknown): value is string {
  return isText(value, maxRoomNameLength) && value.trim() !== "" && !/[\p{C}]/u.test(value);
}

/** Of participants. */
function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isMeshBounds(value: unknown): value is MeshBounds {
  return isRecord(value) && isCount(value["most"]) && value["most"] > 0 && isCount(value["links"]);
}

function isMember(value: unknown): value is Member {
  return (
    isRecord(value) &&
    isHash(value["peer"]) &&
    Number.isInteger(value["member"]) &&
    hasAbilities(value)
  );
}

export function hasAbilities<T extends object>(value: T): value is T & Abilities {
  const { direct, relay, fallback } = value as Record<string, unknown>;
  return (
    typeof direct === "boolean" && typeof relay === "boolean" && typeof fallback === "boolean"
  );
}

function isMode(value: unknown): value is RoomMode {
  return value === "decentralized" || value === "federated";
}

function parseRefusal(message: Record<string, unknown>) {
  const { code, text } = message;
  if (!isText(code, 64) || !isText(text, 4096)) return undefined;
  return { kind: "refused" as const, code, text };
}

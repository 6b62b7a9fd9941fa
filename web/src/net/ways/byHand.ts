import { DeaiError } from "../../errors.ts";
import { hasAbilities, isHash, isRecord, isText, maxSignalBytes, parseObject } from "../messages.ts";
import type {
  ByHand,
  RoomPeer,
  Signalling,
  SignallingEvents,
  SignallingOptions,
  SignallingStrategy,
} from "../signalling.ts";
import type { DataChannel, PeerConnection, World } from "../world.ts";
import { readHandText, writeHandText, type HandText } from "./byHandText.ts";

/** Candidates are all in the text; those that are not found by then are not. */
const gatherMs = 4000;
/** So long a way through others may be; it also bounds how long a wrong word about who is there goes round. */
const maxHops = 8;
const maxMembers = 64;
const maxInvitations = 32;

/** On the channels, as JSON. */
type HandMessage =
  /** All whom the sender reaches, itself first, but not by way of the receiver. */
  | { kind: "here"; members: Reached[] }
  | { kind: "signal"; from: string; to: string; payload: string; hops: number };

interface Reached {
  member: RoomPeer;
  hops: number;
}

interface Way {
  connection: PeerConnection;
  channel: DataChannel;
  isOpen: boolean;
  reached: Reached[];
  /** What it was told last. */
  told: string;
}

/**
 * Signalling without a server: two texts, carried by people, open a channel between two participants.
 * What is said on it is signalling only; who has a channel introduces those at its other ends to each
 * other, so that everybody new needs to exchange texts with one of the room.
 */
export function byHandSignalling(choice: { iceServers?: RTCIceServer[] }): SignallingStrategy {
  return (world, options, events) =>
    new ByHandSignalling(world, choice.iceServers ?? [], options, events);
}

class ByHandSignalling implements Signalling {
  readonly byHand: ByHand = {
    invite: () => this.invite(),
    answer: (text) => this.answer(text),
  };
  private readonly ways = new Set<Way>();
  /** By id: what waits for its answer. */
  private readonly invitations = new Map<string, Way>();
  private readonly present = new Map<string, RoomPeer>();
  private lastId = 0;
  private closed = false;

  constructor(
    private readonly world: World,
    private readonly iceServers: RTCIceServer[],
    private readonly options: SignallingOptions,
    private readonly events: SignallingEvents,
  ) {
    queueMicrotask(() => {
      if (this.closed) return;
      events.joined({ peers: [], iceServers, relay: false, mode: "decentralized" });
    });
  }

  send(peer: string, payload: string): void {
    const { peer: from } = this.options;
    this.pass({ kind: "signal", from, to: peer, payload, hops: 1 });
  }

  relay(): void {
    // Nobody asks: joined() said that there is none.
  }

  close(): void {
    this.closed = true;
    for (const way of this.ways) shut(way);
    for (const way of this.invitations.values()) shut(way);
  }

  // --- texts ---

  private async invite(): Promise<string> {
    const way = this.open();
    const id = `${(++this.lastId).toString(36)}-${this.world.random().toString(36).slice(2, 12)}`;
    this.invitations.set(id, way);
    // The oldest of very many has most likely been forgotten.
    for (const [oldest, old] of this.invitations) {
      if (this.invitations.size <= maxInvitations) break;
      this.invitations.delete(oldest);
      shut(old);
    }
    const sdp = await this.gathered(way.connection);
    return this.write("offer", id, sdp);
  }

  private async answer(given: string): Promise<string | undefined> {
    const text = await readHandText(await this.options.seal, given);
    if (text.member.peer === this.options.peer) {
      throw new DeaiError("by-hand", "This text was made here: send it to somebody else.");
    }
    return text.kind === "offer" ? this.accept(text) : this.complete(text);
  }

  private async accept({ id, sdp }: HandText): Promise<string> {
    const way = this.open();
    try {
      await way.connection.setRemoteDescription({ type: "offer", sdp });
      return await this.write("answer", id, await this.gathered(way.connection));
    } catch (error) {
      shut(way);
      throw refused(error);
    }
  }

  private async complete({ id, sdp }: HandText): Promise<undefined> {
    const way = this.invitations.get(id);
    if (!way) {
      const text = "This answers an invitation of another page, or one that was answered already: make a new one.";
      throw new DeaiError("by-hand", text);
    }
    this.invitations.delete(id);
    await way.connection.setRemoteDescription({ type: "answer", sdp }).catch((error: unknown) => {
      shut(way);
      throw refused(error);
    });
  }

  private async write(kind: HandText["kind"], id: string, sdp: string): Promise<string> {
    const { peer, abilities, seal } = this.options;
    return writeHandText(await seal, { kind, id, member: { peer, ...abilities }, sdp });
  }

  /** The own description with all that was found. */
  private async gathered(connection: PeerConnection): Promise<string> {
    const found = new Promise<void>((resolve) => {
      connection.onicecandidate = ({ candidate }) => {
        if (!candidate) resolve();
      };
      this.world.clock.setTimeout(resolve, gatherMs);
    });
    await connection.setLocalDescription();
    await found;
    connection.onicecandidate = null;
    return connection.localDescription?.sdp ?? "";
  }

  // --- channels ---

  private open(): Way {
    if (this.closed) throw new DeaiError("state", "The room was left meanwhile.");
    if (!this.world.createPeerConnection) {
      throw new DeaiError("by-hand", "This browser has no WebRTC, which connecting by hand needs.");
    }
    const connection = this.world.createPeerConnection({ iceServers: this.iceServers });
    const options = { ordered: true, negotiated: true, id: 0 };
    const channel = connection.createDataChannel("deai signals", options);
    const way: Way = { connection, channel, isOpen: false, reached: [], told: "" };
    channel.binaryType = "arraybuffer";
    channel.onopen = () => {
      this.ways.add(way);
      way.isOpen = true;
      this.tell(way);
    };
    channel.onmessage = ({ data }) => this.received(way, data);
    channel.onclose = () => this.lost(way);
    channel.onerror = () => this.lost(way);
    connection.onconnectionstatechange = () => {
      if (connection.connectionState === "failed") this.lost(way);
    };
    return way;
  }

  private lost(way: Way): void {
    shut(way);
    if (this.ways.delete(way) && !this.closed) this.review();
  }

  private received(way: Way, data: unknown): void {
    const message = data instanceof ArrayBuffer ? parseHandMessage(data) : undefined;
    if (!message || this.closed) return;
    if (message.kind === "here") {
      way.reached = message.members;
      this.review();
    } else if (message.to === this.options.peer) {
      this.events.signal(message.from, message.payload);
    } else if (message.hops < maxHops) {
      this.pass({ ...message, hops: message.hops + 1 });
    }
  }

  private pass(message: HandMessage & { kind: "signal" }): void {
    const [best] = this.waysTo(message.to);
    if (best) post(best, message);
  }

  /** Those by which somebody is reached, the shortest first. */
  private waysTo(peer: string): Way[] {
    const hops = (way: Way) =>
      way.reached.find(({ member }) => member.peer === peer)?.hops ?? Infinity;
    return [...this.ways].filter((way) => hops(way) < maxHops).sort((a, b) => hops(a) - hops(b));
  }

  /** What follows from a change of who is reached: events here, and word to the others. */
  private review(): void {
    const reached = new Map<string, RoomPeer>();
    for (const { reached: members } of this.ways) {
      for (const { member, hops } of members) {
        if (hops < maxHops && member.peer !== this.options.peer) reached.set(member.peer, member);
      }
    }
    for (const peer of [...this.present.keys()]) {
      if (reached.has(peer)) continue;
      this.present.delete(peer);
      this.events.left(peer, false);
    }
    for (const [peer, member] of reached) {
      if (this.present.has(peer)) continue;
      this.present.set(peer, member);
      this.events.arrived(member);
    }
    for (const way of this.ways) this.tell(way);
  }

  /** Whom the other end can reach by way of this one, if that is news. */
  private tell(way: Way): void {
    const { peer, abilities } = this.options;
    const members = new Map<string, Reached>([[peer, { member: { peer, ...abilities }, hops: 1 }]]);
    for (const other of this.ways) {
      if (other === way) continue;
      for (const { member, hops } of other.reached) {
        const known = members.get(member.peer);
        if (hops + 1 < (known?.hops ?? maxHops)) members.set(member.peer, { member, hops: hops + 1 });
      }
    }
    const message: HandMessage = { kind: "here", members: [...members.values()].slice(0, maxMembers) };
    const text = JSON.stringify(message);
    if (text === way.told) return;
    way.told = text;
    post(way, message);
  }
}

function post({ channel, isOpen }: Way, message: HandMessage): void {
  try {
    if (isOpen) channel.send(new TextEncoder().encode(JSON.stringify(message)));
  } catch {
    // It is closing, which it says by an event of its own.
  }
}

function shut(way: Way): void {
  way.isOpen = false;
  way.reached = [];
  way.channel.onopen = way.channel.onclose = way.channel.onerror = way.channel.onmessage = null;
  way.channel.close();
  way.connection.onconnectionstatechange = null;
  way.connection.close();
}

function refused(error: unknown): DeaiError {
  return new DeaiError("by-hand", `The browser refused what the text says: ${String(error)}`);
}

function parseHandMessage(data: ArrayBuffer): HandMessage | undefined {
  if (data.byteLength > 2 * maxSignalBytes) return undefined;
  const message = parseObject(new TextDecoder().decode(data));
  if (message?.["kind"] === "signal") {
    const { from, to, payload, hops } = message;
    if (!isHash(from) || !isHash(to) || !isText(payload, maxSignalBytes)) return undefined;
    if (!Number.isInteger(hops) || (hops as number) < 1) return undefined;
    return { kind: "signal", from, to, payload, hops: hops as number };
  }
  const members = message?.["kind"] === "here" ? message["members"] : undefined;
  if (!Array.isArray(members) || members.length > maxMembers) return undefined;
  const reached = members.map(parseReached);
  return reached.every((row) => row !== undefined) ? { kind: "here", members: reached } : undefined;
}

function parseReached(row: unknown): Reached | undefined {
  if (!isRecord(row)) return undefined;
  const { member, hops } = row;
  if (!isRecord(member) || !isHash(member["peer"]) || !hasAbilities(member)) return undefined;
  if (!Number.isInteger(hops) || (hops as number) < 1) return undefined;
  const { direct, relay, fallback } = member;
  return { member: { peer: member["peer"], direct, relay, fallback }, hops: hops as number };
}

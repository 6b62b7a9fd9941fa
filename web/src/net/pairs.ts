import { Pair } from "./pair.ts";
import type { PairContext } from "./pairContext.ts";
import type { RoomPeer } from "./signalling.ts";
import type { Timer } from "./world.ts";

/** What signalling does not know, for all it was asked, is given up after that. */
const staleMs = 30_000;

/**
 * The others as signalling tells of them, and the pair with each that this one is linked with, or on
 * its way to: never more than the mesh takes.
 */
export class Pairs {
  private readonly pairs = new Map<string, Pair>();
  private readonly present = new Map<string, RoomPeer>();
  private told = 0;
  private staleTimer: Timer | undefined;
  private closed = false;

  constructor(
    private readonly context: PairContext,
    /** Pairs at most. */
    private readonly most: number,
    /** For this one there is no place in the mesh. */
    private readonly full: (peer: string) => void,
  ) {}

  get names(): string[] {
    return [...this.present.keys()].sort();
  }

  /** How many are in the room, this one among them. */
  get count(): number {
    return Math.max(this.told, this.present.size + 1);
  }

  get(peer: string): Pair | undefined {
    return this.pairs.get(peer);
  }

  /** By signalling that knows more than those it tells by name. */
  counted(count: number): boolean {
    const before = this.count;
    this.told = count;
    return this.count !== before;
  }

  joined(peers: RoomPeer[]): void {
    const names = new Set(peers.map(({ peer }) => peer));
    for (const name of this.names) if (!names.has(name)) this.left(name, false);
    for (const member of peers) this.meet(member);
    this.staleTimer?.cancel();
    this.staleTimer = this.context.world.clock.setTimeout(() => this.dropStale(), staleMs);
  }

  meet(member: RoomPeer): void {
    if (member.peer === this.context.peer) return;
    this.present.set(member.peer, member);
    if (this.closed) return;
    let pair = this.pairs.get(member.peer);
    if (!pair) {
      if (!this.hasPlace()) {
        this.full(member.peer);
        return;
      }
      pair = new Pair(this.context, member);
      this.pairs.set(member.peer, pair);
    }
    pair.arrived(member);
  }

  left(name: string, gone: boolean): void {
    this.present.delete(name);
    const pair = this.pairs.get(name);
    pair?.left(gone);
    if (pair && !pair.link) this.pairs.delete(name);
    this.admit();
  }

  /** In a room that is larger than a mesh should be, this one is linked with others now. */
  parted(names: string[]): void {
    for (const name of names) {
      this.present.delete(name);
      this.drop(name, "the room's graph was drawn anew");
    }
    this.admit();
  }

  offline(): void {
    this.staleTimer?.cancel();
    for (const pair of this.pairs.values()) pair.offline();
  }

  hurry(): void {
    for (const pair of this.pairs.values()) pair.hurry();
  }

  /** For good; who is in the room is known all the same. */
  close(reason: string): void {
    this.closed = true;
    this.staleTimer?.cancel();
    for (const name of [...this.pairs.keys()]) this.drop(name, reason);
  }

  private drop(name: string, reason: string): void {
    this.pairs.get(name)?.close(reason);
    this.pairs.delete(name);
  }

  /** There is one for another pair, if need be that of one whom signalling does not know any more. */
  private hasPlace(): boolean {
    if (this.pairs.size < this.most) return true;
    const stale = [...this.pairs.keys()].find((name) => !this.present.has(name));
    if (stale === undefined) return false;
    this.drop(stale, "its place in the mesh was needed");
    return true;
  }

  /** Whoever waits for a place, where there is one now. */
  private admit(): void {
    for (const [name, member] of this.present) {
      if (this.closed || this.pairs.size >= this.most) return;
      if (!this.pairs.has(name)) this.meet(member);
    }
  }

  /**
   * Links from before signalling was lost, to those with whom this one is not matched any more: in a
   * room in which all are told by name they stay, as WebRTC does not need signalling.
   */
  private dropStale(): void {
    if (this.count === this.present.size + 1) return;
    for (const name of [...this.pairs.keys()]) {
      if (!this.present.has(name)) this.drop(name, "the room's graph was drawn anew");
    }
  }
}

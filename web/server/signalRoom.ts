import type { Abilities, Member, MeshBounds, SignalReply } from "../src/net/messages.ts";
import type { Connection } from "./connection.ts";
import type { Limits } from "./limits.ts";
import { Matchmaker, type Match } from "./matchmaker.ts";

export interface Seat extends Abilities {
  readonly peer: string;
  readonly member: number;
  token: string;
  /** What it says of the task's mesh. */
  mesh: MeshBounds;
  /** Undefined: it was lost, and the seat's place is kept for a while. */
  connection: Connection | undefined;
  /** One of those that are linked; else it trains through the coordinator. */
  meshed: boolean;
  /** How many it was told are here. */
  toldCount: number;
}

export type SignalRoomLimits = Pick<
  Limits,
  "peersPerRoom" | "linksPerPeer" | "awayMs" | "countMs"
>;

/** From so large a part of the mesh's bound on all are linked with all again. */
const closePart = 0.75;

/**
 * The members of one room and who of them is to be linked with whom: all with all, or, where there
 * are more than its mesh takes and the scheme allows it, each with a few by a matchmaker.
 */
export class SignalRoom {
  readonly seats = new Map<string, Seat>();
  readonly byMember = new Map<number, Seat>();
  /** Those with a connection. */
  count = 0;
  private matches: Matchmaker | undefined;
  private countTimer: NodeJS.Timeout | undefined;
  private readonly awayTimers = new Map<Seat, NodeJS.Timeout>();

  constructor(
    private readonly limits: SignalRoomLimits,
    private readonly emptied: () => void,
  ) {}

  /** How many the mesh takes, where it has no place for one more who says this of it. */
  fullFor(mesh: MeshBounds): number | undefined {
    const { most, rings } = this.bounds(mesh);
    return this.matches || rings > 0 || this.meshed.length < most ? undefined : most;
  }

  /** Everybody who is in it can train through the coordinator. */
  get canFallBack(): boolean {
    return [...this.seats.values()].every(({ fallback }) => fallback);
  }

  /** Takes a new member in; welcome() has to follow. */
  add(seat: Seat): void {
    this.seats.set(seat.peer, seat);
    this.byMember.set(seat.member, seat);
    this.count++;
    if (!seat.meshed) return;
    if (this.matches) {
      this.rematch(this.matches.join(seat.peer), seat);
      return;
    }
    const { most, rings } = this.bounds();
    if (rings > 0 && this.meshed.length > most) this.thinOut(seat, rings);
  }

  /** Another connection of a member whose last one was lost, or still seems to be there. */
  resume(seat: Seat, connection: Connection, of: Abilities & { mesh: MeshBounds }): void {
    if (!seat.connection) this.count++;
    const { direct, relay, fallback, mesh } = of;
    Object.assign(seat, { connection, direct, relay, fallback, mesh });
    clearTimeout(this.awayTimers.get(seat));
    this.awayTimers.delete(seat);
  }

  /** Tells the others of one that is there now. */
  announce(seat: Seat): void {
    for (const other of this.matesOf(seat)) this.tellArrived(other, seat);
    this.tellCountSoon();
  }

  /** Whom it is to be linked with, as far as they are there. */
  membersFor(seat: Seat): Member[] {
    return this.matesOf(seat)
      .filter(({ connection }) => connection)
      .map(memberOf);
  }

  areLinked(one: Seat, other: Seat): boolean {
    if (one === other || !one.meshed || !other.meshed) return false;
    return this.matches?.areMates(one.peer, other.peer) ?? true;
  }

  /** Its connection is closed. `gone`: it said good-bye; else its place in the rings is kept for a while. */
  lost(seat: Seat, gone: boolean): void {
    seat.connection = undefined;
    this.count--;
    const { count } = this;
    for (const other of this.matesOf(seat)) {
      this.tell(other, { kind: "left", peer: seat.peer, gone, count });
    }
    this.tellCountSoon();
    if (gone || !this.matches) this.remove(seat);
    else this.awayTimers.set(seat, setTimeout(() => this.expire(seat), this.limits.awayMs).unref());
  }

  tell(seat: Seat, reply: SignalReply): void {
    if ("count" in reply) seat.toldCount = reply.count;
    seat.connection?.sendText(reply);
  }

  // --- who with whom ---

  /**
   * What most of the members say of their task's mesh, and of equally many those who came last: all
   * that are honest say the same. Within the server's own limits.
   */
  private bounds(newcomer?: MeshBounds): { most: number; rings: number } {
    const claims = [...this.seats.values()].map(({ mesh }) => mesh);
    if (newcomer) claims.push(newcomer);
    const counts = new Map<string, number>();
    let chosen: MeshBounds = { most: this.limits.peersPerRoom, links: 0 };
    let votes = 0;
    for (const claim of claims) {
      const key = `${String(claim.most)} ${String(claim.links)}`;
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      if (count < votes) continue;
      [chosen, votes] = [claim, count];
    }
    const most = Math.min(chosen.most, this.limits.peersPerRoom);
    const links = Math.min(chosen.links, this.limits.linksPerPeer, most - 1);
    return { most, rings: Math.floor(links / 2) };
  }

  private get meshed(): Seat[] {
    return [...this.seats.values()].filter(({ meshed }) => meshed);
  }

  private matesOf(seat: Seat): Seat[] {
    if (!this.matches) return this.meshed.filter((other) => this.areLinked(seat, other));
    return this.matches.matesOf(seat.peer).flatMap((peer) => this.seats.get(peer) ?? []);
  }

  private expire(seat: Seat): void {
    const { count } = this;
    // It may be linked still with those who are matched with others now.
    for (const other of this.matches ? this.matesOf(seat) : []) {
      this.tell(other, { kind: "parted", peers: [seat.peer], count });
    }
    this.remove(seat);
  }

  private remove(seat: Seat): void {
    this.awayTimers.delete(seat);
    this.seats.delete(seat.peer);
    this.byMember.delete(seat.member);
    if (this.matches) {
      this.rematch(this.matches.leave(seat.peer), seat);
      if (this.seats.size <= this.bounds().most * closePart) this.closeUp();
    }
    if (this.seats.size > 0) return;
    clearTimeout(this.countTimer);
    this.emptied();
  }

  /** What changes between others than `seat`, who hears of its own by other messages. */
  private rematch({ made, ended }: { made: Match[]; ended: Match[] }, seat: Seat): void {
    const between = (matches: Match[]) =>
      matches.flatMap(([one, other]) => {
        const [first, second] = [this.seats.get(one), this.seats.get(other)];
        return first && second && first !== seat && second !== seat ? [[first, second] as const] : [];
      });
    // First what ends: nobody has more links than it may have, even for a moment.
    for (const [one, other] of between(ended)) {
      this.tell(one, { kind: "parted", peers: [other.peer], count: this.count });
      this.tell(other, { kind: "parted", peers: [one.peer], count: this.count });
    }
    for (const [one, other] of between(made)) {
      this.tellArrived(one, other);
      this.tellArrived(other, one);
    }
  }

  /** From all with all, but for the one that has just come, to each with a few. */
  private thinOut(newcomer: Seat, rings: number): void {
    const matches = new Matchmaker(rings);
    const all = this.meshed;
    for (const { peer } of all) matches.join(peer);
    this.matches = matches;
    const { count } = this;
    for (const seat of all) {
      if (seat === newcomer) continue;
      const peers = all
        .filter((other) => other !== seat && other !== newcomer && !this.areLinked(seat, other))
        .map(({ peer }) => peer);
      if (peers.length > 0) this.tell(seat, { kind: "parted", peers, count });
    }
  }

  /** To all with all again. */
  private closeUp(): void {
    const { matches } = this;
    this.matches = undefined;
    const all = this.meshed;
    for (const seat of all) {
      for (const other of all) {
        if (other === seat || matches?.areMates(seat.peer, other.peer)) continue;
        this.tellArrived(seat, other);
      }
    }
  }

  // --- words ---

  private tellArrived(to: Seat, seat: Seat): void {
    if (!seat.connection) return;
    this.tell(to, { kind: "arrived", member: memberOf(seat), count: this.count });
  }

  /** Those who hear of nobody hear how many there are, now and then, however many come and go. */
  private tellCountSoon(): void {
    this.countTimer ??= setTimeout(() => {
      this.countTimer = undefined;
      for (const seat of this.seats.values()) {
        if (seat.toldCount !== this.count) this.tell(seat, { kind: "count", count: this.count });
      }
    }, this.limits.countMs).unref();
  }
}

function memberOf({ peer, member, direct, relay, fallback }: Seat): Member {
  return { peer, member, direct, relay, fallback };
}

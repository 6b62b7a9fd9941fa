import type { IncomingMessage } from "node:http";
import { isIPv6 } from "node:net";
import { Allowance, type Limits } from "./limits.ts";

/** What one address has open, and what it may still open. */
export interface Address {
  name: string;
  connections: number;
  sockets: number;
  opens: Allowance;
  tasks: Allowance;
  /** Of messages that have begun and not ended. */
  unfinishedBytes: number;
  /** Of frames that wait for the engines of federated rooms. */
  queued: Budget;
  /** What waits to be read at the other end. */
  unreadBytes: number;
}

/** Bytes that many share: who comes when they are used up waits until half of them are free. */
export class Budget {
  private used = 0;
  private readonly waiting = new Set<() => void>();

  constructor(private readonly most: number) {}

  add(bytes: number): void {
    this.used += bytes;
    if (this.used > this.most / 2) return;
    for (const goOn of [...this.waiting]) goOn();
    this.waiting.clear();
  }

  get isUsedUp(): boolean {
    return this.used > this.most;
  }

  /** Once; forget() takes it back. */
  whenFree(goOn: () => void): void {
    this.waiting.add(goOn);
  }

  forget(goOn: () => void): void {
    this.waiting.delete(goOn);
  }
}

/** After a rate has been used up, it is whole again within this time. */
const forgetMs = 120_000;

/** Who comes from where, so that one address cannot take a server from all others. */
export class Addresses {
  private readonly known = new Map<string, { address: Address; seenMs: number }>();

  constructor(private readonly limits: Limits) {}

  of(name: string): Address {
    const nowMs = Date.now();
    let entry = this.known.get(name);
    if (!entry) {
      const { opensPerSecond, openBurst, tasksPerSecond, taskBurst } = this.limits;
      const address: Address = {
        name,
        connections: 0,
        sockets: 0,
        opens: new Allowance(opensPerSecond, openBurst, nowMs),
        tasks: new Allowance(tasksPerSecond, taskBurst, nowMs),
        unfinishedBytes: 0,
        queued: new Budget(this.limits.queuedBytesPerAddress),
        unreadBytes: 0,
      };
      entry = { address, seenMs: nowMs };
      this.known.set(name, entry);
    }
    entry.seenMs = nowMs;
    return entry.address;
  }

  /** Called now and then: those that have nothing open and have been away are forgotten. */
  forget(): void {
    const beforeMs = Date.now() - forgetMs;
    for (const [name, { address, seenMs }] of this.known) {
      if (address.connections === 0 && address.sockets === 0 && seenMs < beforeMs) {
        this.known.delete(name);
      }
    }
  }
}

/** `behindProxy`: one proxy in front says who asks, as the last entry of X-Forwarded-For. */
export function addressOf(request: IncomingMessage, behindProxy: boolean): string {
  const forwarded = request.headers["x-forwarded-for"];
  const told = behindProxy ? String(forwarded ?? "").split(",").at(-1)?.trim() : undefined;
  return networkOf(told || request.socket.remoteAddress);
}

/** An IPv6 host has a whole /64 for itself: that is what counts as one address. */
export function networkOf(address: string | undefined): string {
  if (address === undefined) return "";
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address.slice(0, 64);
  const [before = "", after] = address.split("::");
  const head = before === "" ? [] : before.split(":");
  const tail = after === undefined || after === "" ? [] : after.split(":");
  const zeros = after === undefined ? 0 : 8 - head.length - tail.length;
  const groups = [...head, ...new Array<string>(Math.max(0, zeros)).fill("0"), ...tail];
  return groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, "")).join(":");
}

import type { Frame } from "../src/engine/boundary.ts";
import { maxFrameBytes } from "../src/net/messages.ts";
import type { CoordinatorReply } from "../src/net/messages.ts";
import { closeGoingAway, type Connection } from "./connection.ts";
import { pieceBytes } from "./intake.ts";
import type { RoomEngine, RoomEvent, RoomWork } from "./engine.ts";

export interface RoomHandlers {
  /** The room has a new model; resolves when it is stored, or cannot be. */
  changed(saved: Uint8Array): Promise<void>;
  empty(): void;
  /** The engine failed: the room is gone, what is stored of it stays. */
  broken(error: unknown): void;
}

interface Member {
  connection: Connection;
  /** Received bytes that the engine has not yet worked off, with what it costs to keep them. */
  waitingBytes: number;
  goOn(): void;
}

/** The engine gets at most so many events at once, so that other rooms of its thread have their turn. */
const mostEvents = 512;
/** Frames are said for so long, then other sockets have their turn. */
const sliceMs = 4;
/** A page keeps to 256 KiB; one that does not is read from when its frames are worked off. */
const mostWaitingBytes = 512 * 1024;

/** One Coordinator and its sockets: carries out what the core decides, and decides nothing. */
export class FederatedRoom {
  private readonly members = new Map<number, Member>();
  /** Those with frames that are not worked off, also when they have left meanwhile. */
  private readonly waiting = new Map<number, Member>();
  private lastLink = 0;
  private timer: NodeJS.Timeout | undefined;
  /** What happened and waits for the engine. */
  private readonly events: RoomEvent[] = [];
  private working: Promise<void> | undefined;
  /** Sent bytes that have left since the engine was last told, per link. */
  private readonly leftBytes = new Map<number, number>();
  private turnDue = false;
  private storing = 0;
  /** What is to be said; not before the model that it tells of is stored. */
  private readonly outbox: RoomWork[] = [];
  /** Of the first one's frames. */
  private saidFrames = 0;
  private sayingDue = false;
  private stored: Promise<void> = Promise.resolve();
  private closing = false;
  private closed = false;

  constructor(
    private readonly engine: RoomEngine,
    private readonly handlers: RoomHandlers,
  ) {}

  get memberCount(): number {
    return this.members.size;
  }

  add(connection: Connection): { received(frame: Uint8Array): void; closed(): void } {
    const link = ++this.lastLink;
    const member = { connection, waitingBytes: 0, goOn: () => this.readOn(member) };
    this.members.set(link, member);
    this.happened({ kind: "linkUp", link, nowMs: Date.now() });
    return {
      received: (frame) => this.received(link, member, frame),
      closed: () => this.remove(link),
    };
  }

  /** Ends the room in this process; resolves when what it has committed is stored. */
  async close(): Promise<void> {
    if (this.closing) return;
    this.closing = true; // whatever happens from now on concerns the room's next life
    await this.working;
    await this.stored;
    this.say(Infinity);
    this.end();
  }

  private received(link: number, member: Member, frame: Uint8Array): void {
    if (!this.members.has(link) || this.closing) return;
    if (frame.length > maxFrameBytes) {
      member.connection.refuse("message", "this frame is longer than 16 KiB");
      return;
    }
    const { queued } = member.connection.address;
    member.waitingBytes += frame.length + pieceBytes;
    queued.add(frame.length + pieceBytes);
    this.waiting.set(link, member);
    if (member.waitingBytes > mostWaitingBytes) member.connection.hold();
    else if (queued.isUsedUp) {
      member.connection.hold();
      queued.whenFree(member.goOn);
    }
    // A copy: what came is a view of memory that the socket shares with its other messages.
    this.happened({ kind: "received", link, frame: new Uint8Array(frame), nowMs: Date.now() });
  }

  private remove(link: number): void {
    const member = this.members.get(link);
    if (!member || !this.members.delete(link)) return;
    member.connection.address.queued.forget(member.goOn);
    this.happened({ kind: "linkDown", link, nowMs: Date.now() });
    if (this.members.size === 0 && !this.closing) this.handlers.empty();
  }

  private happened(event: RoomEvent): void {
    if (this.closing) return;
    this.events.push(event);
    this.takeTurn();
  }

  /** Many events, one message to the engine: at the end of this turn of the event loop. */
  private takeTurn(): void {
    if (this.turnDue || this.working) return;
    this.turnDue = true;
    setImmediate(() => {
      this.turnDue = false;
      if (this.closing) return;
      this.tellWhatLeft();
      if (this.events.length > 0) this.working = this.work(this.events.splice(0, mostEvents));
    });
  }

  private tellWhatLeft(): void {
    const nowMs = Date.now();
    for (const [link, bytes] of this.leftBytes) {
      if (this.members.has(link)) this.events.push({ kind: "writable", link, bytes, nowMs });
    }
    this.leftBytes.clear();
  }

  private async work(events: RoomEvent[]): Promise<void> {
    const taken = takenBytes(events); // before the frames' memory goes to the engine
    try {
      this.apply(await this.engine.work(events));
    } catch (error) {
      this.end();
      this.handlers.broken(error);
      return;
    }
    for (const [link, { bytes, frames }] of taken) this.reportTaken(link, bytes, frames);
    this.working = undefined;
    this.takeTurn();
  }

  private reportTaken(link: number, bytes: number, frames: number): void {
    const member = this.waiting.get(link);
    if (!member) return;
    const cost = bytes + frames * pieceBytes;
    member.waitingBytes -= cost;
    member.connection.address.queued.add(-cost);
    if (member.waitingBytes === 0) this.waiting.delete(link);
    if (!this.members.has(link)) return;
    this.readOn(member);
    member.connection.sendText({ kind: "taken", bytes } satisfies CoordinatorReply);
  }

  private readOn(member: Member): void {
    const { connection, waitingBytes } = member;
    if (waitingBytes > mostWaitingBytes / 2) return;
    if (connection.address.queued.isUsedUp) connection.address.queued.whenFree(member.goOn);
    else connection.release();
  }

  private apply(work: RoomWork): void {
    if (work.saved) this.store(work.saved);
    this.outbox.push(work);
    this.say(sliceMs);
    clearTimeout(this.timer);
    if (work.wakeAtMs < 0) return;
    const delayMs = Math.min(Math.max(0, work.wakeAtMs - Date.now()), 2 ** 31 - 1);
    this.timer = setTimeout(() => this.happened({ kind: "time", nowMs: Date.now() }), delayMs);
  }

  /** Nobody learns of a commit that a crash of this server would take back. */
  private store(saved: Uint8Array): void {
    this.storing++;
    this.stored = this.handlers.changed(saved).then(() => {
      this.storing--;
      this.say(sliceMs);
    });
  }

  private say(mostMs: number): void {
    const untilMs = performance.now() + mostMs;
    for (let work = this.outbox[0]; work && this.storing === 0; work = this.outbox[0]) {
      const { frames, closes } = work;
      while (this.saidFrames < frames.length) {
        if (performance.now() > untilMs) {
          this.sayLater();
          return;
        }
        const { link, bytes } = frames[this.saidFrames++] as Frame;
        this.send(link, bytes);
      }
      for (const link of closes) {
        this.members.get(link)?.connection.refuse("protocol", "the coordinator closed this link");
      }
      this.saidFrames = 0;
      this.outbox.shift();
    }
  }

  private sayLater(): void {
    if (this.sayingDue) return;
    this.sayingDue = true;
    setImmediate(() => {
      this.sayingDue = false;
      if (!this.closed) this.say(sliceMs);
    });
  }

  private send(link: number, bytes: Uint8Array): void {
    const connection = this.members.get(link)?.connection;
    // What waits for a slow reader must not keep the memory of all that came with it.
    const own = connection?.isIdle ? bytes : bytes.slice();
    connection?.sendBytes(own, () => {
      this.leftBytes.set(link, (this.leftBytes.get(link) ?? 0) + own.length);
      this.takeTurn();
    });
  }

  private end(): void {
    if (this.closed) return;
    this.closing = this.closed = true;
    clearTimeout(this.timer);
    for (const { connection } of this.members.values()) {
      connection.close(closeGoingAway, "the server is going away");
    }
    for (const { connection, waitingBytes, goOn } of this.waiting.values()) {
      connection.address.queued.forget(goOn);
      connection.address.queued.add(-waitingBytes);
    }
    this.waiting.clear();
    this.members.clear();
    this.engine.dispose();
  }
}

function takenBytes(events: RoomEvent[]): Map<number, { bytes: number; frames: number }> {
  const taken = new Map<number, { bytes: number; frames: number }>();
  for (const event of events) {
    if (event.kind !== "received") continue;
    const sum = taken.get(event.link) ?? { bytes: 0, frames: 0 };
    sum.bytes += event.frame.length;
    sum.frames++;
    taken.set(event.link, sum);
  }
  return taken;
}

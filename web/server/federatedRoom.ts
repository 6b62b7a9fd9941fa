import type { Outcome } from "../src/engine/boundary.ts";
import type { CoreCoordinator } from "../src/engine/coordinator.ts";
import { maxFrameBytes } from "../src/net/messages.ts";
import type { CoordinatorReply } from "../src/net/messages.ts";
import { closeGoingAway, type Connection } from "./connection.ts";

/** The core's Coordinator, or what tests put in its place. */
export type CoordinatorEngine = Pick<
  CoreCoordinator,
  | "taskHash"
  | "linkUp"
  | "linkDown"
  | "writable"
  | "received"
  | "time"
  | "save"
  | "restore"
  | "dispose"
>;

export interface RoomHandlers {
  /** The room has a new model; resolves when it is stored, or cannot be. */
  changed(saved: Uint8Array): Promise<void>;
  empty(): void;
  /** The engine failed: the room is gone, what is stored of it stays. */
  broken(error: unknown): void;
}

interface Member {
  connection: Connection;
  /** Sent bytes that have left since the engine was last told. */
  leftBytes: number;
  /** Received bytes that the participant has not yet been told of. */
  takenBytes: number;
}

/** One Coordinator and its sockets: carries out what the core decides, and decides nothing. */
export class FederatedRoom {
  private readonly members = new Map<number, Member>();
  private lastLink = 0;
  private timer: NodeJS.Timeout | undefined;
  private reporting = false;
  private storing = 0;
  /** What is not said before the model that it tells of is stored. */
  private held: Outcome[] = [];
  private closed = false;

  constructor(
    private readonly engine: CoordinatorEngine,
    private readonly handlers: RoomHandlers,
  ) {}

  get memberCount(): number {
    return this.members.size;
  }

  add(connection: Connection): { received(frame: Uint8Array): void; closed(): void } {
    const link = ++this.lastLink;
    const member = { connection, leftBytes: 0, takenBytes: 0 };
    this.members.set(link, member);
    this.step((nowMs) => this.engine.linkUp(link, nowMs));
    return {
      received: (frame) => {
        if (!this.members.has(link)) return;
        if (frame.length > maxFrameBytes) {
          connection.refuse("message", "this frame is longer than 16 KiB");
          return;
        }
        member.takenBytes += frame.length;
        this.reportSoon();
        this.step((nowMs) => this.engine.received(link, frame, nowMs));
      },
      closed: () => this.remove(link),
    };
  }

  /** Ends the room in this process. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.timer);
    for (const { connection } of this.members.values()) {
      connection.close(closeGoingAway, "the server is going away");
    }
    this.members.clear();
    try {
      this.engine.dispose();
    } catch {
      // One that has failed may not even end; its memory goes with its instance.
    }
  }

  private remove(link: number): void {
    if (!this.members.delete(link)) return;
    this.step((nowMs) => this.engine.linkDown(link, nowMs));
    if (this.members.size === 0 && !this.closed) this.handlers.empty();
  }

  private step(event: (nowMs: number) => Outcome): void {
    if (this.closed) return;
    try {
      this.apply(event(Date.now()));
    } catch (error) {
      this.close();
      this.handlers.broken(error);
    }
  }

  private apply(outcome: Outcome): void {
    const committed = outcome.notices.some(({ kind }) => kind === "roundCommitted");
    if (committed || outcome.modelChanged) this.store();
    if (this.storing > 0) this.held.push(outcome);
    else this.carryOut(outcome);
    clearTimeout(this.timer);
    if (outcome.wakeAtMs < 0) return;
    const delayMs = Math.min(Math.max(0, outcome.wakeAtMs - Date.now()), 2 ** 31 - 1);
    this.timer = setTimeout(() => {
      this.step((nowMs) => this.engine.time(nowMs));
    }, delayMs);
  }

  /** Nobody learns of a commit that a crash of this server would take back. */
  private store(): void {
    this.storing++;
    void this.handlers.changed(this.engine.save()).then(() => {
      if (--this.storing > 0) return;
      for (const outcome of this.held.splice(0)) this.carryOut(outcome);
    });
  }

  private carryOut({ frames, closes }: Outcome): void {
    for (const { link, bytes } of frames) this.send(link, bytes);
    for (const link of closes) {
      this.members.get(link)?.connection.refuse("protocol", "the coordinator closed this link");
    }
  }

  private send(link: number, bytes: Uint8Array): void {
    const member = this.members.get(link);
    member?.connection.sendBytes(bytes, () => {
      member.leftBytes += bytes.length;
      this.reportSoon();
    });
  }

  /** Many frames, one report each way: at the end of this turn of the event loop. */
  private reportSoon(): void {
    if (this.reporting) return;
    this.reporting = true;
    setImmediate(() => {
      this.reporting = false;
      for (const [link, member] of [...this.members]) this.report(link, member);
    });
  }

  private report(link: number, member: Member): void {
    const { leftBytes, takenBytes } = member;
    member.leftBytes = member.takenBytes = 0;
    if (takenBytes > 0) {
      member.connection.sendText({ kind: "taken", bytes: takenBytes } satisfies CoordinatorReply);
    }
    if (leftBytes > 0) this.step((nowMs) => this.engine.writable(link, leftBytes, nowMs));
  }
}

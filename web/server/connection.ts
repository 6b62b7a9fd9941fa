import type { Duplex } from "node:stream";
import { type RawData, WebSocket } from "ws";
import type { Address } from "./addresses.ts";
import { Intake } from "./intake.ts";
import { Allowance, type Limits } from "./limits.ts";

export interface ConnectionHandlers {
  text(message: string): void;
  bytes(message: Uint8Array<ArrayBuffer>): void;
  closed(code: number): void;
}

/** WebSocket close codes (RFC 6455): what the other side did, or what happened here. */
export const closeGoingAway = 1001;
const closePolicy = 1008;
const closeOurError = 1011;
/** For a refusal to arrive. */
const lastWordMs = 1000;
/** What the core sends ahead of a reader, and the words around it. */
const fairUnreadBytes = 320 * 1024;

/**
 * One WebSocket of a stranger: messages are counted, nothing that they cause reaches the process, a
 * dead line is noticed, a slow reader slows those who write to it and is dropped at last.
 */
export class Connection {
  private handlers: ConnectionHandlers | undefined;
  private readonly texts: Allowance;
  private readonly frames: Allowance;
  private readonly frameBytes: Allowance;
  private readonly intake: Intake;
  private alive = true;
  private readonly joinTimer: NodeJS.Timeout;
  /** Sent bytes that have left this process. */
  private leftBytes = 0;
  private slowTimer: NodeJS.Timeout | undefined;
  private throttleTimer: NodeJS.Timeout | undefined;
  /** Those who wait until this reader has caught up. */
  private readonly waiting = new Set<Connection>();
  /** Slow readers that this one waits for. */
  private readonly waitsFor = new Set<Connection>();
  private held = false;

  constructor(
    private readonly socket: WebSocket,
    stream: Duplex,
    private readonly limits: Limits,
    private readonly log: (line: string) => void,
    /** Where it comes from; limits hold for all that come from there. */
    readonly address: Address,
  ) {
    const mostUnfinished = limits.unfinishedBytesPerAddress;
    this.intake = new Intake(stream, socket, address, mostUnfinished, (code, text) => {
      if (socket.readyState !== WebSocket.OPEN) return;
      this.refuse(code, text);
      this.hold(); // nothing more of it is to be kept
      setTimeout(() => this.terminate(), lastWordMs).unref();
    });
    const nowMs = Date.now();
    const { frameBytesPerSecond, framesPerSecond } = limits;
    this.texts = new Allowance(limits.messagesPerSecond, limits.messageBurst, nowMs);
    this.frames = new Allowance(framesPerSecond, framesPerSecond, nowMs);
    this.frameBytes = new Allowance(frameBytesPerSecond, frameBytesPerSecond, nowMs);
    this.joinTimer = setTimeout(() => {
      this.refuse("late", "no join message came in time");
    }, limits.joinMs);
    socket.on("error", () => undefined); // a close event follows
    socket.on("pong", () => (this.alive = true));
    socket.on("message", (data, isBinary) => {
      this.guard(() => this.received(data, isBinary));
    });
    socket.on("close", (code) => {
      clearTimeout(this.joinTimer);
      clearTimeout(this.slowTimer);
      clearTimeout(this.throttleTimer);
      this.releaseWriters();
      for (const reader of this.waitsFor) reader.waiting.delete(this);
      this.guard(() => this.handlers?.closed(code));
    });
  }

  listen(handlers: ConnectionHandlers): void {
    this.handlers = handlers;
  }

  /** From now on no message is longer than that. */
  joined(mostBytes: number): void {
    clearTimeout(this.joinTimer);
    this.intake.limitTo(mostBytes);
  }

  /** What it said is kept until the returned function is called, and counts as not finished. */
  keep(bytes: number): () => void {
    this.intake.keep(bytes);
    return () => this.intake.keep(-bytes);
  }

  /** Nothing waits for its reader. */
  get isIdle(): boolean {
    return this.socket.bufferedAmount === 0;
  }

  sendText(message: object): void {
    const text = JSON.stringify(message);
    this.address.unreadBytes += text.length;
    this.socket.send(text, () => this.left(text.length));
    this.watchIfBehind();
  }

  /** `sent`: when the bytes have left this process, or cannot any more. */
  sendBytes(message: Uint8Array, sent?: () => void): void {
    this.address.unreadBytes += message.length;
    this.socket.send(message, () => {
      this.guard(() => sent?.());
      this.left(message.length);
    });
    this.watchIfBehind();
  }

  /** Nothing more is read from it until release(). */
  hold(): void {
    this.held = true;
    this.socket.pause();
  }

  release(): void {
    if (!this.held) return;
    this.held = false;
    this.resumeIfFree();
  }

  /** This one has written to `reader`: it goes on reading only while `reader` keeps up. */
  yieldTo(reader: Connection): void {
    if (!reader.isBehind()) return;
    reader.waiting.add(this);
    this.waitsFor.add(reader);
    this.socket.pause();
  }

  refuse(code: string, text: string): void {
    this.sendText({ kind: "refused", code, text });
    this.close(closePolicy, text);
  }

  close(code: number, reason: string): void {
    // A close frame has room for 123 bytes.
    this.socket.close(code, reason.slice(0, 40));
  }

  terminate(): void {
    this.socket.terminate();
  }

  /** Called every heartbeatMs. */
  beat(): void {
    if (this.socket.isPaused) return; // its pongs wait unread
    if (!this.alive) {
      this.socket.terminate();
      return;
    }
    this.alive = false;
    this.socket.ping();
  }

  private isBehind(): boolean {
    return this.socket.bufferedAmount > this.limits.waitingBytes;
  }

  private left(bytes: number): void {
    this.leftBytes += bytes;
    this.address.unreadBytes -= bytes;
    this.caughtUp();
  }

  private watchIfBehind(): void {
    const { bufferedAmount } = this.socket;
    if (bufferedAmount > fairUnreadBytes && this.address.unreadBytes > this.limits.unreadBytesPerAddress) {
      this.log("too much waited for the readers at one address, and one was dropped");
      this.socket.terminate();
      return;
    }
    if (!this.isBehind()) return;
    if (this.socket.bufferedAmount > this.limits.mostWaitingBytes) {
      this.log("too much waited for a reader, which was dropped");
      this.socket.terminate();
    } else if (this.slowTimer === undefined) this.watch();
  }

  /** A reader that is behind has to take a quarter of what may wait per slowReaderMs. */
  private watch(): void {
    const leftBefore = this.leftBytes;
    this.slowTimer = setTimeout(() => {
      if (this.leftBytes - leftBefore >= this.limits.waitingBytes / 4) {
        this.watch();
        return;
      }
      this.log("a reader was too slow and was dropped");
      this.socket.terminate();
    }, this.limits.slowReaderMs);
  }

  private received(data: RawData, isBinary: boolean): void {
    if (this.socket.readyState !== WebSocket.OPEN) return; // refused, and goes on talking
    this.intake.finished();
    const bytes = data as Buffer<ArrayBuffer>; // binaryType "nodebuffer"
    const nowMs = Date.now();
    if (isBinary) {
      const aheadMs = Math.max(
        this.frames.take(1, nowMs),
        this.frameBytes.take(bytes.length, nowMs),
      );
      if (aheadMs > 0) this.throttle(aheadMs);
      this.handlers?.bytes(bytes);
      return;
    }
    if (this.texts.take(1, nowMs) > 0) this.refuse("rate", "too many messages");
    else this.handlers?.text(bytes.toString("utf8"));
  }

  private guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.log(`a message was dropped: ${String(error)}`);
      this.close(closeOurError, "internal error");
    }
  }

  private throttle(ms: number): void {
    this.socket.pause();
    clearTimeout(this.throttleTimer);
    this.throttleTimer = setTimeout(() => {
      this.throttleTimer = undefined;
      this.resumeIfFree();
    }, ms);
  }

  private caughtUp(): void {
    if (this.socket.bufferedAmount > this.limits.waitingBytes / 2) return;
    clearTimeout(this.slowTimer);
    this.slowTimer = undefined;
    this.releaseWriters();
  }

  private releaseWriters(): void {
    for (const writer of this.waiting) {
      writer.waitsFor.delete(this);
      writer.resumeIfFree();
    }
    this.waiting.clear();
  }

  private resumeIfFree(): void {
    const isFree = !this.held && this.waitsFor.size === 0 && this.throttleTimer === undefined;
    if (isFree) this.socket.resume();
  }
}

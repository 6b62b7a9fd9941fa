import { maxFrameBytes } from "./messages.ts";
import type { RelayCipher } from "./seal.ts";
import { Turns } from "./turns.ts";
import type { Wire, WireFacts, WireHandlers } from "./wire.ts";
import type { Clock, Timer } from "./world.ts";

/** Frames' bytes that may be on their way; what is over it waits here, not in the server. */
const windowBytes = 256 * 1024;
/** The other end is told of taken bytes at this many, or after this time. */
const reportBytes = 32 * 1024;
const reportAfterMs = 50;

/** The first byte of what is sealed. */
const helloKind = 0;
const frameKind = 1;
const takenKind = 2;
const byeKind = 3;
const pingKind = 4;
const pongKind = 5;
const movedKind = 6;
/** Whoever asks for facts does not wait longer. */
const pongWithinMs = 3000;

/**
 * A link through the server, which sees sealed bytes only. WebSockets have no back-pressure of their
 * own, so the receiver reports what it has taken and the sender keeps to a window. Both ends greet
 * each other; the link is up at an end when the other's greeting has come.
 */
export class RelayWire implements Wire {
  readonly path = "relayed";
  private readonly queue: Uint8Array<ArrayBuffer>[] = [];
  private flyingBytes = 0;
  private takenBytes = 0;
  private readonly ponged: (() => void)[] = [];
  private reportTimer: Timer | undefined;
  private isOpen = false;
  private closed = false;
  private readonly sealing = new Turns((error) => this.fail(String(error)));
  private readonly opening = new Turns((error) => this.fail(String(error)));

  constructor(
    private readonly clock: Clock,
    private readonly cipher: RelayCipher,
    private readonly sendSealed: (bytes: Uint8Array<ArrayBuffer>) => void,
    private readonly handlers: WireHandlers,
  ) {}

  greet(): void {
    this.post(new Uint8Array([helloKind]));
  }

  received(sealed: Uint8Array<ArrayBuffer>): void {
    this.opening.add(async () => {
      if (this.closed) return;
      const opened = await this.cipher.open(sealed);
      if (this.closed || opened.kind === "ignored") return;
      if (opened.kind === "gap") this.fail("the relay lost a frame");
      else this.take(opened.bytes);
    });
  }

  send(frame: Uint8Array<ArrayBuffer>): void {
    this.queue.push(frame);
    this.pump();
  }

  close(): void {
    if (this.closed) return;
    if (this.isOpen) {
      for (const frame of this.queue.splice(0)) this.post(withKind(frameKind, frame));
      this.post(new Uint8Array([byeKind]));
    }
    this.shut();
  }

  /** Says that all else goes another way, and gives back the frames that still waited here. */
  leave(): Uint8Array<ArrayBuffer>[] {
    const frames = this.queue.splice(0);
    this.post(new Uint8Array([movedKind]));
    return frames;
  }

  /** The other end has taken all, or will never say so. */
  end(): void {
    if (this.closed) return;
    this.shut();
    const bytes = this.flyingBytes;
    this.flyingBytes = 0;
    if (bytes > 0) this.handlers.drained(bytes);
  }

  async facts(): Promise<WireFacts> {
    if (!this.isOpen || this.closed) return {};
    const sentMs = this.clock.now();
    const answered = new Promise<boolean>((resolve) => {
      this.ponged.push(() => resolve(true));
      this.clock.setTimeout(() => resolve(false), pongWithinMs);
    });
    this.post(new Uint8Array([pingKind]));
    return (await answered) ? { roundTripMs: this.clock.now() - sentMs } : {};
  }

  private take(plain: Uint8Array<ArrayBuffer>): void {
    switch (plain[0]) {
      case helloKind:
        if (this.isOpen) return;
        this.isOpen = true;
        this.handlers.opened();
        this.pump();
        return;
      case frameKind: {
        const frame = plain.slice(1);
        if (!this.isOpen || frame.length > maxFrameBytes) break;
        this.reportLater(frame.length);
        this.handlers.frames([frame]);
        return;
      }
      case takenKind: {
        if (plain.length !== 5) break;
        const bytes = new DataView(plain.buffer).getUint32(1, true);
        if (bytes > this.flyingBytes) break;
        this.flyingBytes -= bytes;
        this.handlers.drained(bytes);
        this.pump();
        return;
      }
      case pingKind:
        this.post(new Uint8Array([pongKind]));
        return;
      case pongKind:
        for (const tell of this.ponged.splice(0)) tell();
        return;
      case movedKind:
        this.report();
        this.handlers.moved?.();
        return;
      case byeKind:
        this.fail("the peer closed the connection");
        return;
    }
    this.fail("the peer sent something that is no frame");
  }

  private pump(): void {
    if (!this.isOpen || this.closed) return;
    while (this.flyingBytes < windowBytes) {
      const frame = this.queue.shift();
      if (!frame) return;
      this.flyingBytes += frame.length;
      this.post(withKind(frameKind, frame));
    }
  }

  private reportLater(bytes: number): void {
    this.takenBytes += bytes;
    if (this.takenBytes >= reportBytes) this.report();
    else this.reportTimer ??= this.clock.setTimeout(() => this.report(), reportAfterMs);
  }

  private report(): void {
    this.reportTimer?.cancel();
    this.reportTimer = undefined;
    const message = new Uint8Array(5);
    message[0] = takenKind;
    new DataView(message.buffer).setUint32(1, this.takenBytes, true);
    this.takenBytes = 0;
    this.post(message);
  }

  private post(plain: Uint8Array<ArrayBuffer>): void {
    this.sealing.add(async () => this.sendSealed(await this.cipher.seal(plain)));
  }

  private shut(): void {
    this.closed = true;
    this.queue.length = 0;
    this.reportTimer?.cancel();
  }

  private fail(reason: string): void {
    if (this.closed) return;
    this.shut();
    this.handlers.failed(reason);
  }
}

function withKind(kind: number, frame: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(1 + frame.length);
  message[0] = kind;
  message.set(frame, 1);
  return message;
}

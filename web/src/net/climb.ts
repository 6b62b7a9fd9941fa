import type { Backoff } from "./backoff.ts";
import { type DirectSignal, DirectWire } from "./direct.ts";
import { RelayWire } from "./relay.ts";
import type { RelayCipher } from "./seal.ts";
import type { Wire, WireFacts, WireHandlers } from "./wire.ts";
import type { Clock, PeerConnection, Timer } from "./world.ts";

/** Frames that may wait here for the last ones of the relay. */
const mostEarlyBytes = 4 * 1024 * 1024;

export interface ClimbContext {
  clock: Clock;
  /** Between tries. */
  backoff: Backoff;
  /** Of one try. */
  tryMs: number;
  isOfferer: boolean;
  /** Undefined: not now, as one of the two has no WebRTC or is not there. */
  connection(): PeerConnection | undefined;
  newAttempt(): string;
  signal(signal: DirectSignal & { attempt: string }): void;
  handlers: WireHandlers;
}

interface Direct {
  attempt: string;
  wire: DirectWire;
  /** Its frames that came before the relay's last ones. */
  early: Uint8Array<ArrayBuffer>[];
  earlyBytes: number;
}

/**
 * A relayed link that moves up when a direct connection becomes possible: one is tried beside it now and
 * then, by the offerer. Once its channel is open at an end, that end says so as the last thing by the relay, and sends
 * all that follows directly; whoever receives waits with the one until the other has come. So the link stays, and
 * its frames keep their order; none is lost.
 */
export class ClimbingWire implements Wire {
  private readonly relay: RelayWire;
  private direct: Direct | undefined;
  private hasMoved = false;
  private peerHasMoved = false;
  private closed = false;
  private timer: Timer | undefined;

  constructor(
    private readonly context: ClimbContext,
    cipher: RelayCipher,
    sendSealed: (bytes: Uint8Array<ArrayBuffer>) => void,
  ) {
    const { handlers } = context;
    this.relay = new RelayWire(context.clock, cipher, sendSealed, {
      opened: () => {
        handlers.opened();
        this.tryLater();
      },
      frames: (frames) => handlers.frames(frames),
      drained: (bytes) => handlers.drained(bytes),
      failed: (reason) => {
        if (!this.outlivesRelay()) this.fail(reason);
      },
      moved: () => this.peerMoved(),
    });
  }

  get path(): "relayed" | "direct" {
    return this.hasMoved ? "direct" : "relayed";
  }

  /** The direct one, once all is sent by it. */
  get moved(): DirectWire | undefined {
    return this.hasMoved ? this.direct?.wire : undefined;
  }

  greet(): void {
    this.relay.greet();
  }

  received(sealed: Uint8Array<ArrayBuffer>): void {
    this.relay.received(sealed);
  }

  send(frame: Uint8Array<ArrayBuffer>): void {
    (this.moved ?? this.relay).send(frame);
  }

  facts(): Promise<WireFacts> {
    return (this.moved ?? this.relay).facts();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.timer?.cancel();
    this.direct?.wire.close();
    if (!this.hasMoved) this.relay.close();
    else this.relay.end();
  }

  /** The way through the server is gone: false where that is the link's end. */
  outlivesRelay(): boolean {
    if (!this.hasMoved || !this.peerHasMoved) return false;
    this.relay.end();
    return true;
  }

  /** There may be a way now: the next try is made at once. */
  hurry(): void {
    if (this.direct || !this.context.isOfferer) return;
    this.context.backoff.reset();
    this.tryDirect(this.context.newAttempt());
  }

  /** What the other end's direct connection says. */
  signal({ attempt, ...signal }: DirectSignal & { attempt: string }): void {
    if (this.closed) return;
    const isNew = attempt !== this.direct?.attempt && signal.kind === "description";
    if (isNew && !this.context.isOfferer && !this.hasMoved) {
      this.direct?.wire.close();
      this.tryDirect(attempt);
    }
    if (attempt === this.direct?.attempt) this.direct.wire.signal(signal);
  }

  private tryLater(): void {
    const { clock, backoff, isOfferer, newAttempt } = this.context;
    this.timer?.cancel();
    if (isOfferer && !this.closed) {
      this.timer = clock.setTimeout(() => this.tryDirect(newAttempt()), backoff.next());
    }
  }

  private tryDirect(attempt: string): void {
    const { clock, tryMs, isOfferer, signal, handlers } = this.context;
    this.timer?.cancel();
    let wire: DirectWire;
    try {
      const connection = this.context.connection();
      if (!connection) return this.tryLater();
      const send = (said: DirectSignal) => signal({ ...said, attempt });
      const ifMoved = (tell: () => void) => {
        if (this.moved === wire) tell();
      };
      wire = new DirectWire(clock, connection, isOfferer, send, {
        opened: () => this.move(wire),
        frames: (frames) => this.directFrames(wire, frames),
        drained: (bytes) => handlers.drained(bytes),
        failed: (reason) => this.directFailed(wire, reason),
        broken: () => ifMoved(() => handlers.broken?.()),
        mended: () => ifMoved(() => handlers.mended?.()),
        shaky: () => ifMoved(() => handlers.shaky?.()),
      });
    } catch {
      return this.tryLater(); // WebRTC refused
    }
    this.direct = { attempt, wire, early: [], earlyBytes: 0 };
    this.timer = clock.setTimeout(() => this.directFailed(wire, "no direct connection"), tryMs);
    if (isOfferer) wire.offer();
  }

  private directFailed(wire: DirectWire, reason: string): void {
    if (this.direct?.wire !== wire) return;
    if (this.hasMoved || this.peerHasMoved) return this.fail(reason);
    wire.close();
    this.direct = undefined;
    this.tryLater();
  }

  /** This end's half of it. */
  private move(wire: DirectWire): void {
    if (this.closed || this.direct?.wire !== wire) return;
    this.timer?.cancel();
    this.hasMoved = true;
    for (const frame of this.relay.leave()) wire.send(frame);
    this.context.handlers.moved?.();
  }

  /** The other's half: what it sent by the relay is all here. */
  private peerMoved(): void {
    if (!this.direct) return this.fail("the peer left for a way that is not there");
    this.peerHasMoved = true;
    const frames = this.direct.early.splice(0);
    if (frames.length > 0) this.context.handlers.frames(frames);
  }

  private directFrames(wire: DirectWire, frames: Uint8Array<ArrayBuffer>[]): void {
    const { direct } = this;
    if (direct?.wire !== wire) return;
    if (this.peerHasMoved) return this.context.handlers.frames(frames);
    direct.early.push(...frames);
    for (const { length } of frames) direct.earlyBytes += length;
    if (direct.earlyBytes > mostEarlyBytes) this.fail("the relay is too far behind");
  }

  private fail(reason: string): void {
    if (this.closed) return;
    this.close();
    this.context.handlers.failed(reason);
  }
}

import { Backoff } from "./backoff.ts";
import { ClimbingWire } from "./climb.ts";
import { type DirectSignal, DirectWire } from "./direct.ts";
import type { PairContext } from "./pairContext.ts";
import { attemptName, maxReasonLength, type PairSignal, parsePairSignal } from "./pairSignal.ts";
import { RelayStage } from "./relayStage.ts";
import type { RoomPeer } from "./signalling.ts";
import type { Wire, WireHandlers } from "./wire.ts";
import type { Timer } from "./world.ts";

type Stage =
  | { kind: "rest" }
  | { kind: "direct"; attempt: string; wire: DirectWire; answered: boolean }
  | RelayStage
  | { kind: "up"; attempt: string; wire: Wire; link: number; sinceMs: number };

const firstRetryMs = 500;
const lastRetryMs = 30_000;
/** A link that held this long was good: the next try after it comes soon. */
const steadyMs = 30_000;
/** After a link that this side closed on purpose. */
const closedRetryMs = 60_000;
const answererSlackMs = 4000;

/**
 * This participant and one other: at most one link, and the way to it. The one with the lower name
 * offers and decides: direct, and when that fails or lasts too long, relayed. The other follows; when
 * it has no link and hears nothing, it asks. Every stage but `up` has a deadline.
 */
export class Pair {
  private stage: Stage = { kind: "rest" };
  private timer: Timer | undefined;
  private present = true;
  private readonly backoff: Backoff;
  private readonly isOfferer: boolean;

  constructor(
    private readonly context: PairContext,
    private member: RoomPeer,
  ) {
    const { world, peer } = context;
    this.isOfferer = peer < member.peer;
    this.backoff = new Backoff(world.random, firstRetryMs, lastRetryMs);
  }

  get peer(): string {
    return this.member.peer;
  }

  get canFallBack(): boolean {
    return this.member.fallback;
  }

  get link(): { link: number; wire: Wire } | undefined {
    return this.stage.kind === "up" ? this.stage : undefined;
  }

  /** Signalling says that the peer is in the room: for the first time, again or still. */
  arrived(member: RoomPeer): void {
    this.member = member;
    this.present = true;
    const { stage } = this;
    if (stage.kind === "rest") this.begin();
    // What was said of another way while signalling was away is lost.
    else if (stage.kind === "up" && directOf(stage.wire)?.isSteady === false) this.mend(stage.wire, stage.attempt);
  }

  /**
   * Signalling has lost the peer. A data channel that works does not need signalling, unless the
   * peer is gone: WebRTC alone would notice that only after some seconds.
   */
  left(gone: boolean): void {
    this.present = false;
    const { stage } = this;
    const isSteady = stage.kind === "up" && directOf(stage.wire)?.isSteady;
    if (gone || !isSteady) this.abandon("the peer left the room");
  }

  /** This side's own signalling is lost: whatever needs it ends. */
  offline(): void {
    const { stage } = this;
    if (stage.kind === "up" && stage.wire instanceof DirectWire) return;
    if (stage.kind === "up" && stage.wire instanceof ClimbingWire && stage.wire.outlivesRelay()) return;
    this.abandon("the way through the server was lost");
  }

  /** The caller wants no link to this peer, for a good while. */
  refuse(): void {
    this.abandon("closed on this side");
    this.setTimer(closedRetryMs, () => this.begin());
  }

  close(reason: string): void {
    this.present = false;
    this.abandon(reason);
  }

  /** The page woke up, or is on a network again: what waits for its next try has it now. */
  hurry(): void {
    if (this.stage.kind === "up" && this.stage.wire instanceof ClimbingWire) this.stage.wire.hurry();
    if (this.stage.kind !== "rest" || !this.present) return;
    this.backoff.reset();
    if (!this.isOfferer) this.send({ kind: "again" });
    this.begin();
  }

  signal(message: Record<string, unknown>): void {
    const signal = parsePairSignal(message);
    if (!signal || !this.present) return;
    if (signal.kind === "again") this.askedAgain();
    else if (signal.kind === "relay") void this.relayKey(signal.attempt, signal.key);
    else if (signal.kind === "failed") this.directFailedThere(signal);
    else if (signal.kind === "restart") this.askedToRestart(signal.attempt);
    else if (signal.beside === undefined) this.directSignal(signal);
    else this.climbSignal(signal, signal.beside);
  }

  relayed(bytes: Uint8Array<ArrayBuffer>): void {
    const { stage } = this;
    if (stage.kind === "up" && stage.wire instanceof ClimbingWire) stage.wire.received(bytes);
    if (stage.kind === "relay") stage.received(bytes);
  }

  // --- attempts ---

  private begin(): void {
    if (!this.present) return;
    if (!this.isOfferer) {
      this.waitForOffer();
      return;
    }
    const attempt = attemptName(this.context.world);
    const canDirect = this.member.direct && this.context.world.createPeerConnection !== undefined;
    if (canDirect) this.tryDirect(attempt);
    else this.tryRelay(attempt, true, "one of the two has no WebRTC");
  }

  private waitForOffer(): void {
    const { directMs, relayMs } = this.context.deadlines;
    this.setTimer(directMs + relayMs + answererSlackMs + this.backoff.next(), () => {
      this.send({ kind: "again" });
      this.waitForOffer();
    });
  }

  private askedAgain(): void {
    if (!this.isOfferer || this.stage.kind !== "up") return;
    this.abandon("the peer lost the connection");
    this.retryLater();
  }

  private retryLater(): void {
    if (this.present) this.setTimer(this.backoff.next(), () => this.begin());
  }

  // --- the direct way ---

  private tryDirect(attempt: string): void {
    const { world, deadlines } = this.context;
    const iceServers = this.context.iceServers();
    let wire: DirectWire;
    try {
      const connection = world.createPeerConnection?.({ iceServers });
      if (!connection) {
        this.directFailed(attempt, false, "one of the two has no WebRTC");
        return;
      }
      const handlers = this.handlers(() => wire, attempt);
      const send = (signal: DirectSignal) => this.send({ ...signal, attempt });
      wire = new DirectWire(world.clock, connection, this.isOfferer, send, handlers);
    } catch (error) {
      this.directFailed(attempt, false, `WebRTC refused: ${String(error)}`);
      return;
    }
    this.stage = { kind: "direct", attempt, wire, answered: false };
    const seconds = deadlines.directMs / 1000;
    this.setTimer(deadlines.directMs, () => {
      this.wireFailed(wire, attempt, `no direct connection within ${String(seconds)} s`);
    });
    if (this.isOfferer) wire.offer();
  }

  private directSignal(signal: DirectSignal & { attempt: string }): void {
    const opensAttempt =
      !this.isOfferer && signal.kind === "description" && !this.isCurrent(signal.attempt);
    if (opensAttempt) {
      this.abandon("the peer opened a new connection");
      this.tryDirect(signal.attempt);
    }
    const { stage } = this;
    if (stage.kind === "rest" || stage.attempt !== signal.attempt) return;
    if (stage.kind === "direct" && signal.kind === "description") stage.answered = true;
    if (stage.wire instanceof DirectWire) stage.wire.signal(signal);
  }

  /** Its channel is kept, and with it all that is on its way, if another way is found in time. */
  private mend(wire: Wire, attempt: string): void {
    const direct = directOf(wire);
    if (!direct || this.stage.kind !== "up" || this.stage.wire !== wire) return;
    if (!this.present) {
      this.wireFailed(wire, attempt, "the peer left the room");
      return;
    }
    this.setTimer(this.context.deadlines.directMs, () => {
      if (!direct.isSteady) this.wireFailed(wire, attempt, "the direct connection failed");
    });
    if (this.isOfferer) direct.restart();
    else this.send({ kind: "restart", attempt });
  }

  private askedToRestart(attempt: string): void {
    const { stage } = this;
    if (!this.isOfferer || stage.kind !== "up" || stage.attempt !== attempt) return;
    directOf(stage.wire)?.restart();
  }

  private directFailedThere(signal: { attempt: string; reason: string }): void {
    const { stage } = this;
    if (!this.isOfferer || stage.kind !== "direct" || stage.attempt !== signal.attempt) return;
    stage.wire.close();
    this.tryRelay(signal.attempt, true, signal.reason);
  }

  private directFailed(attempt: string, answered: boolean, reason: string): void {
    if (this.isOfferer) {
      this.tryRelay(attempt, answered, reason);
      return;
    }
    this.send({ kind: "failed", attempt, reason: reason.slice(0, maxReasonLength) });
    this.stage = { kind: "rest" };
    this.waitForOffer();
  }

  // --- the relayed way ---

  /** `reached`: the peer has shown that it listens, or there was nothing to ask it. */
  private tryRelay(attempt: string, reached: boolean, reason: string): void {
    if (!this.member.relay || !this.context.canRelay()) {
      this.gaveUp(reached, `${reason}, and there is no relay`);
      return;
    }
    void this.startRelay(attempt).offer();
  }

  private startRelay(attempt: string): RelayStage {
    const { context, peer, isOfferer } = this;
    const stage = new RelayStage(context, peer, attempt, isOfferer, {
      send: (message) => this.send(message),
      canClimb: () => this.present && this.member.direct,
      handlers: (wire) => this.handlers(wire, attempt),
      failed: (reason) => this.relayFailed(stage, reason),
    });
    this.stage = stage;
    const { relayMs } = context.deadlines;
    this.setTimer(relayMs, () => {
      this.relayFailed(stage, `the relay carried nothing within ${String(relayMs / 1000)} s`);
    });
    return stage;
  }

  private async relayKey(attempt: string, key: string): Promise<void> {
    let { stage } = this;
    if (this.isOfferer) {
      if (stage.kind !== "relay" || stage.attempt !== attempt || stage.answered) return;
    } else {
      if (!this.context.canRelay()) return;
      this.abandon("the peer goes on through the relay");
      stage = this.startRelay(attempt);
    }
    await stage.agree(key);
  }

  private climbSignal(signal: DirectSignal & { attempt: string }, beside: string): void {
    const { stage } = this;
    if (stage.kind === "rest" || stage.attempt !== beside) return;
    if (stage.wire instanceof ClimbingWire) stage.wire.signal(signal);
  }

  private relayFailed(stage: RelayStage, reason: string): void {
    stage.close();
    this.stage = { kind: "rest" };
    if (this.isOfferer) this.gaveUp(stage.answered, reason);
    else this.waitForOffer();
  }

  private gaveUp(reached: boolean, reason: string): void {
    this.stage = { kind: "rest" };
    this.retryLater();
    // A peer that never said a word may sleep: no reason to change the room for it.
    if (reached) this.context.unreachable(this, reason);
  }

  // --- wires ---

  private handlers(wire: () => Wire, attempt: string): WireHandlers {
    const link = () => (this.stage.kind === "up" && this.stage.wire === wire() ? this.stage : undefined);
    return {
      opened: () => this.opened(wire(), attempt),
      frames: (frames) => {
        const up = link();
        if (up) this.context.frames(up.link, frames);
      },
      drained: (bytes) => {
        const up = link();
        if (up) this.context.drained(up.link, bytes);
      },
      failed: (reason) => this.wireFailed(wire(), attempt, reason),
      broken: () => this.mend(wire(), attempt),
      mended: () => {
        if (link()) this.timer?.cancel();
      },
      moved: () => {
        const up = link();
        if (up) this.context.linkMoved(up.link, up.wire.path);
      },
      shaky: () => {
        if (this.present) this.context.suspect();
        else this.wireFailed(wire(), attempt, "the peer left the room");
      },
    };
  }

  private opened(wire: Wire, attempt: string): void {
    const { stage } = this;
    if ((stage.kind !== "direct" && stage.kind !== "relay") || stage.wire !== wire) return;
    this.timer?.cancel();
    const sinceMs = this.context.world.clock.now();
    const link = this.context.linkUp(this, wire.path);
    this.stage = { kind: "up", attempt, wire, link, sinceMs };
  }

  private wireFailed(wire: Wire, attempt: string, reason: string): void {
    const { stage } = this;
    if (stage.kind === "rest" || stage.wire !== wire) return;
    wire.close();
    if (stage.kind === "direct") this.directFailed(attempt, stage.answered, reason);
    else if (stage.kind === "relay") this.relayFailed(stage, reason);
    else {
      if (this.context.world.clock.now() - stage.sinceMs >= steadyMs) this.backoff.reset();
      this.stage = { kind: "rest" };
      this.context.linkDown(stage.link, reason);
      if (this.isOfferer) this.retryLater();
      else if (this.present) this.waitForOffer();
    }
  }

  private abandon(reason: string): void {
    const { stage } = this;
    this.timer?.cancel();
    this.stage = { kind: "rest" };
    if (stage.kind === "rest") return;
    if (stage.kind === "relay") stage.close();
    else stage.wire.close();
    if (stage.kind === "up") this.context.linkDown(stage.link, reason);
  }

  private isCurrent(attempt: string): boolean {
    return this.stage.kind !== "rest" && this.stage.attempt === attempt;
  }

  private send(message: PairSignal): void {
    this.context.signal(this.peer, message);
  }

  private setTimer(delayMs: number, action: () => void): void {
    this.timer?.cancel();
    this.timer = this.context.world.clock.setTimeout(action, delayMs);
  }
}

/** The direct connection that it is, or has become. */
function directOf(wire: Wire | undefined): DirectWire | undefined {
  return wire instanceof ClimbingWire ? wire.moved : wire instanceof DirectWire ? wire : undefined;
}

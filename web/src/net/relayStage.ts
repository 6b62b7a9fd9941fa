import { Backoff } from "./backoff.ts";
import { ClimbingWire } from "./climb.ts";
import type { PairContext } from "./pairContext.ts";
import { attemptName, type PairSignal } from "./pairSignal.ts";
import { createRelayCipher, createRelayKeyPair, type RelayCipher, type RelayKeyPair } from "./seal.ts";
import type { Wire, WireHandlers } from "./wire.ts";

/** From one try of a relayed pair for a direct way to the next. */
const firstClimbMs = 60_000;
const lastClimbMs = 600_000;
const maxEarlyFrames = 32;

/** What the stage needs of its pair. */
export interface RelayStageHost {
  send(message: PairSignal): void;
  /** A direct connection may be tried beside the relayed link. */
  canClimb(): boolean;
  handlers(wire: () => Wire): WireHandlers;
  failed(reason: string): void;
}

/** A pair that agrees on keys and then greets each other through the relay, until its wire is open. */
export class RelayStage {
  readonly kind = "relay";
  wire: ClimbingWire | undefined;
  /** The other half of the key agreement has come. */
  answered = false;
  private keys: RelayKeyPair | undefined;
  /** Frames that came while this end still made its keys. */
  private readonly early: Uint8Array<ArrayBuffer>[] = [];
  private closed = false;

  constructor(
    private readonly context: PairContext,
    private readonly peer: string,
    readonly attempt: string,
    private readonly isOfferer: boolean,
    private readonly host: RelayStageHost,
  ) {}

  /** The first half of the key agreement, by the one that offers. */
  async offer(): Promise<void> {
    const keys = await createRelayKeyPair(this.context.world.crypto as Crypto);
    if (this.closed) return;
    this.keys = keys;
    this.sendKey(keys);
  }

  /** With the peer's half; the one that does not offer sends its own now. */
  async agree(key: string): Promise<void> {
    this.answered = true;
    const { world, room, taskHash, secret, peer } = this.context;
    const crypto = world.crypto as Crypto;
    const [offerer, answerer] = this.isOfferer ? [peer, this.peer] : [this.peer, peer];
    try {
      const keys = this.keys ?? (await createRelayKeyPair(crypto));
      const parties = { room, taskHash, secret, offerer, answerer };
      const cipher = await createRelayCipher(crypto, keys, key, this.isOfferer, parties);
      if (this.closed) return;
      if (!this.isOfferer) this.sendKey(keys);
      this.open(cipher);
    } catch {
      if (!this.closed) this.host.failed("the peer's relay key is no key");
    }
  }

  received(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.wire) this.wire.received(bytes);
    else if (this.early.length < maxEarlyFrames) this.early.push(bytes);
  }

  close(): void {
    this.closed = true;
    this.wire?.close();
  }

  private sendKey(keys: RelayKeyPair): void {
    this.host.send({ kind: "relay", attempt: this.attempt, key: keys.publicKey });
  }

  private open(cipher: RelayCipher): void {
    const { context, host, attempt } = this;
    const { world, deadlines } = context;
    const wire: ClimbingWire = new ClimbingWire(
      {
        clock: world.clock,
        backoff: new Backoff(world.random, firstClimbMs, lastClimbMs),
        tryMs: deadlines.directMs,
        isOfferer: this.isOfferer,
        connection: () => {
          if (!host.canClimb()) return undefined;
          return world.createPeerConnection?.({ iceServers: context.iceServers() });
        },
        newAttempt: () => attemptName(world),
        signal: (signal) => host.send({ ...signal, beside: attempt }),
        handlers: host.handlers(() => wire),
      },
      cipher,
      (bytes) => context.relay(this.peer, bytes),
    );
    this.wire = wire;
    wire.greet();
    for (const bytes of this.early.splice(0)) wire.received(bytes);
  }
}

import { isRecord, isText, maxFrameBytes, maxSignalBytes } from "./messages.ts";
import { Turns } from "./turns.ts";
import type { Wire, WireFacts, WireHandlers } from "./wire.ts";
import { wireFacts } from "./wireFacts.ts";
import type { Clock, DataChannel, PeerConnection } from "./world.ts";

/** Bytes that may wait in the browser's own buffer; the rest waits here. */
const highWaterBytes = 256 * 1024;
/** How long a closed channel may take to deliver its last frames. */
const lingerMs = 1000;
const maxEarlyCandidates = 64;
/** A restart that is asked for again so soon is the same one. */
const sameRestartMs = 1000;

export type DirectSignal =
  /** `restart`: the how-manieth restart it is of, or answers; 0: the first description. */
  | { kind: "description"; description: RTCSessionDescriptionInit; restart: number }
  | { kind: "candidate"; candidate: RTCIceCandidateInit };

/** What a peer wrote, checked as far as the browser does not. */
export function parseDirectSignal(message: Record<string, unknown>): DirectSignal | undefined {
  const { kind, description, candidate, restart = 0 } = message;
  if (kind === "description" && isRecord(description)) {
    const { type, sdp } = description;
    if ((type !== "offer" && type !== "answer") || !isText(sdp, maxSignalBytes)) return undefined;
    if (typeof restart !== "number" || !Number.isSafeInteger(restart) || restart < 0) return undefined;
    return { kind, description: { type, sdp }, restart };
  }
  if (kind === "candidate" && isRecord(candidate)) return { kind, candidate };
  return undefined;
}

/**
 * A WebRTC data channel to one peer: ordered, reliable, agreed on by number so that both ends open
 * it alike.
 */
export class DirectWire implements Wire {
  readonly path = "direct";
  private readonly channel: DataChannel;
  private readonly queue: Uint8Array<ArrayBuffer>[] = [];
  /** Bytes handed to the browser that it has not yet reported as gone. */
  private unreportedBytes = 0;
  private isOpen = false;
  private closed = false;
  private described = false;
  /** An offer of another way for the same connection waits for its answer. */
  private restarting = false;
  private restartedMs = 0;
  private restarts = 0;
  /** Signals are worked off one after the other; candidates wait for the description. */
  private readonly work = new Turns((error) => {
    this.fail(`the direct connection was refused: ${String(error)}`);
  });
  private readonly earlyCandidates: RTCIceCandidateInit[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly connection: PeerConnection,
    private readonly isOfferer: boolean,
    private readonly sendSignal: (signal: DirectSignal) => void,
    private readonly handlers: WireHandlers,
  ) {
    connection.onicecandidate = ({ candidate }) => {
      if (candidate && !this.closed) {
        sendSignal({ kind: "candidate", candidate: candidate.toJSON() });
      }
    };
    connection.onconnectionstatechange = () => {
      const state = connection.connectionState;
      if (state === "failed" && this.isOpen) this.handlers.broken?.();
      else if (state === "failed") this.fail("the direct connection failed");
      if (state === "disconnected") this.handlers.shaky?.();
      if (state === "connected") this.handlers.mended?.();
    };
    this.channel = connection.createDataChannel("deai", { ordered: true, negotiated: true, id: 0 });
    this.listen();
  }

  /** Not even a passing trouble at the moment. */
  get isSteady(): boolean {
    return this.connection.connectionState === "connected";
  }

  /** The offerer's first step. */
  offer(): void {
    this.enqueue(() => this.describe());
  }

  /**
   * ICE restart, the offerer's step: another way for the same channel, on which nothing is lost, where
   * the one before has gone with a network or an address. The offer may get lost, and be made again.
   */
  restart(): void {
    const now = this.clock.now();
    if (!this.isOpen || (this.restarting && now - this.restartedMs < sameRestartMs)) return;
    this.restarting = true;
    this.restartedMs = now;
    this.restarts++;
    this.enqueue(() => {
      this.connection.restartIce();
      return this.describe();
    });
  }

  /** The first description, or one of a restart: the answer to the newest one only. */
  private isDue({ type }: RTCSessionDescriptionInit, restart: number): boolean {
    if ((type === "offer") === this.isOfferer) return false;
    if (this.isOfferer) return restart === this.restarts && (!this.described || this.restarting);
    return !this.described || (this.isOpen && restart > this.restarts);
  }

  signal(signal: DirectSignal): void {
    this.enqueue(async () => {
      if (signal.kind === "candidate") {
        if (this.described) await this.addCandidate(signal.candidate);
        else if (this.earlyCandidates.length < maxEarlyCandidates) {
          this.earlyCandidates.push(signal.candidate);
        }
        return;
      }
      if (!this.isDue(signal.description, signal.restart)) return;
      await this.connection.setRemoteDescription(signal.description);
      this.described = true;
      this.restarting = false;
      this.restarts = signal.restart;
      if (!this.isOfferer) await this.describe();
      for (const candidate of this.earlyCandidates.splice(0)) {
        await this.addCandidate(candidate);
      }
    });
  }

  send(frame: Uint8Array<ArrayBuffer>): void {
    this.queue.push(frame);
    this.pump();
  }

  close(): void {
    if (this.closed) return;
    if (this.isOpen) this.flush();
    this.closed = true;
    this.channel.close();
    this.clock.setTimeout(() => this.connection.close(), lingerMs);
  }

  async facts(): Promise<WireFacts> {
    return wireFacts(await this.connection.getStats(), this.restarts);
  }

  private listen(): void {
    const { channel } = this;
    channel.binaryType = "arraybuffer";
    channel.onopen = () => {
      if (this.closed) return;
      this.isOpen = true;
      this.handlers.opened();
    };
    channel.onmessage = ({ data }) => {
      if (this.closed) return;
      if (data instanceof ArrayBuffer && data.byteLength <= maxFrameBytes) {
        this.handlers.frames([new Uint8Array(data)]);
      } else {
        this.fail("the peer sent something that is no frame");
      }
    };
    channel.onbufferedamountlow = () => this.pump();
    channel.onclose = () => this.fail("the peer closed the connection");
    channel.onerror = () => this.fail("the direct connection broke");
  }

  private pump(): void {
    const { channel, queue } = this;
    if (this.closed || !this.isOpen) return;
    const drained = this.unreportedBytes - channel.bufferedAmount;
    try {
      while (channel.bufferedAmount < highWaterBytes) {
        const frame = queue.shift();
        if (!frame) break;
        this.unreportedBytes += frame.length;
        channel.send(frame);
      }
    } catch {
      this.fail("the direct connection broke");
      return;
    }
    // The event comes when the buffer falls to the threshold: by halves, and at last to nothing, so
    // that every byte is reported and the buffer does not run dry in between.
    const half = Math.floor(channel.bufferedAmount / 2);
    channel.bufferedAmountLowThreshold = half < maxFrameBytes ? 0 : half;
    if (drained > 0) {
      this.unreportedBytes -= drained;
      this.handlers.drained(drained);
    }
  }

  private flush(): void {
    try {
      for (const frame of this.queue.splice(0)) this.channel.send(frame);
    } catch {
      // The channel is gone already, and what waited for it is lost with it.
    }
  }

  /** One that this browser cannot use is no loss while others work. */
  private async addCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    await this.connection.addIceCandidate(candidate).catch(() => undefined);
  }

  private async describe(): Promise<void> {
    await this.connection.setLocalDescription();
    const { localDescription } = this.connection;
    if (!localDescription || this.closed) return;
    const { type, sdp } = localDescription;
    this.sendSignal({ kind: "description", description: { type, sdp }, restart: this.restarts });
  }

  private enqueue(step: () => Promise<void>): void {
    this.work.add(() => (this.closed ? undefined : step()));
  }

  private fail(reason: string): void {
    if (this.closed) return;
    this.close();
    this.handlers.failed(reason);
  }
}

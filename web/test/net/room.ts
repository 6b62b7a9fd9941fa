import assert from "node:assert/strict";
import type { Abilities, RoomMode } from "../../src/net/messages.ts";
import type {
  RoomPeer,
  SignallingEvents,
  SignallingStrategy,
} from "../../src/net/signalling.ts";
import type { DataChannel, PeerConnection, World } from "../../src/net/world.ts";
import { FakeClock, trackedCrypto } from "./clock.ts";
import { FakeSocket } from "./socket.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Signalling, relay, coordinator and WebRTC of one room in this process, with faults on request. */
export class FakeRoom {
  readonly clock = new FakeClock();
  relay = true;
  mode: RoomMode = "decentralized";
  /** Sockets to the coordinator are refused. */
  coordinatorAway = false;
  /** Data channels open; else connections stay in "connecting". */
  directWorks = true;
  onConnection: (connection: FakeConnection) => void = () => undefined;
  /** How often one asked whether its way to the server still works. */
  hurries = 0;
  /** What a page hears that wakes up. */
  readonly wakers = new Set<() => void>();
  /** Faults of the way through the server. */
  keepSignal: (from: string, to: string, payload: string) => boolean = () => true;
  passRelayed: (from: string, to: string, bytes: Bytes) => Bytes[] = (_from, _to, bytes) => [bytes];
  readonly payloads: string[] = [];
  readonly relayed: Bytes[] = [];
  readonly connections: FakeConnection[] = [];
  readonly coordinatorSockets: FakeCoordinatorSocket[] = [];
  readonly members = new Map<string, { abilities: Abilities; events: SignallingEvents }>();
  private seed = 1;

  world(webRtc: boolean, secure: boolean): World {
    return {
      clock: this.clock,
      random: () => (this.seed = (this.seed * 48271) % 2147483647) / 2147483647,
      openSocket: (url) => {
        assert.match(url, /\/coordinator$/);
        const socket = new FakeCoordinatorSocket(this);
        this.coordinatorSockets.push(socket);
        return Promise.resolve(socket);
      },
      createPeerConnection: webRtc ? () => new FakeConnection(this) : undefined,
      crypto: secure ? trackedCrypto : undefined,
      onWake: (woke) => {
        this.wakers.add(woke);
        return () => this.wakers.delete(woke);
      },
    };
  }

  readonly signalling: SignallingStrategy = (_world, { peer, abilities }, events) => {
    const member = { abilities, events };
    queueMicrotask(() => this.join(peer, member));
    return {
      send: (to, payload) => {
        this.payloads.push(payload);
        if (this.members.get(peer) !== member || !this.keepSignal(peer, to, payload)) return;
        queueMicrotask(() => this.members.get(to)?.events.signal(peer, payload));
      },
      relay: (to, bytes) => {
        this.relayed.push(bytes);
        if (this.members.get(peer) !== member) return;
        for (const passed of this.passRelayed(peer, to, bytes)) {
          queueMicrotask(() => this.members.get(to)?.events.relayed(peer, passed));
        }
      },
      hurry: () => void this.hurries++,
      close: () => {
        if (this.members.get(peer) === member) this.leave(peer, true);
      },
    };
  };

  join(peer: string, member: { abilities: Abilities; events: SignallingEvents }): void {
    const others = [...this.members].map(([name, { abilities }]): RoomPeer => ({
      peer: name,
      ...abilities,
    }));
    this.members.set(peer, member);
    const { relay, mode } = this;
    member.events.joined({ peers: others, iceServers: [], relay, mode });
    for (const { peer: other } of others) {
      this.members.get(other)?.events.arrived({ peer, ...member.abilities });
    }
  }

  /** As the server sees it: the others are told. */
  leave(peer: string, gone = false): void {
    this.members.delete(peer);
    for (const { events } of this.members.values()) events.left(peer, gone);
  }

  goFederated(): void {
    if (this.mode === "federated") return;
    this.mode = "federated";
    for (const { events } of this.members.values()) events.mode("federated");
  }
}

export class FakeConnection implements PeerConnection {
  connectionState: RTCPeerConnectionState = "new";
  localDescription: RTCSessionDescription | null = null;
  onconnectionstatechange: ((event: never) => void) | null = null;
  onicecandidate: PeerConnection["onicecandidate"] = null;
  readonly channel = new FakeChannel();
  private readonly index: number;
  private other: FakeConnection | undefined;
  closed = false;
  private isRestarting = false;

  constructor(private readonly room: FakeRoom) {
    this.index = room.connections.length;
    room.connections.push(this);
    room.onConnection(this);
  }

  createDataChannel(): DataChannel {
    return this.channel;
  }
  restartIce(): void {
    this.isRestarting = true;
  }
  setLocalDescription(): Promise<void> {
    const type = this.other && !this.isRestarting ? "answer" : "offer";
    this.localDescription = { type, sdp: `sdp of ${String(this.index)}` } as RTCSessionDescription;
    const candidate = { toJSON: () => ({ candidate: `candidate of ${String(this.index)}` }) };
    queueMicrotask(() => {
      this.onicecandidate?.({ candidate });
      this.onicecandidate?.({ candidate: null });
    });
    return Promise.resolve();
  }
  setRemoteDescription({ sdp, type }: RTCSessionDescriptionInit): Promise<void> {
    const index = Number(/^sdp of (\d+)$/.exec(sdp ?? "")?.[1]);
    const other = this.room.connections[index];
    if (!other) return Promise.reject(new Error("no description"));
    this.other = other;
    if (type === "answer" && this.room.directWorks) {
      queueMicrotask(() => (this.isRestarting ? this.reconnect(other) : this.connect(other)));
    }
    return Promise.resolve();
  }
  addIceCandidate({ candidate }: RTCIceCandidateInit): Promise<void> {
    assert.ok(this.other, "a candidate came before the description");
    return candidate?.startsWith("candidate of ") ? Promise.resolve() : Promise.reject(new Error());
  }
  getStats(): Promise<RTCStatsReport> {
    const pair = { type: "candidate-pair", nominated: true, currentRoundTripTime: 0.02 };
    return Promise.resolve(new Map([["pair", pair]]) as unknown as RTCStatsReport);
  }
  close(): void {
    this.closed = true;
  }

  /** What ICE would find out. */
  becomes(state: RTCPeerConnectionState): void {
    this.connectionState = state;
    this.onconnectionstatechange?.(undefined as never);
  }

  /** Another way for the same channel. */
  private reconnect(other: FakeConnection): void {
    this.isRestarting = false;
    if (this.closed || other.closed) return;
    for (const connection of [this, other]) connection.becomes("connected");
  }

  private connect(other: FakeConnection): void {
    if (this.closed || other.closed) return;
    this.channel.other = other.channel;
    other.channel.other = this.channel;
    for (const connection of [this, other]) {
      connection.becomes("connected");
      if (!connection.channel.isDeaf) connection.channel.onopen?.(undefined as never);
    }
  }
}

export class FakeChannel implements DataChannel {
  binaryType = "blob";
  bufferedAmount = 0;
  bufferedAmountLowThreshold = 0;
  onopen: DataChannel["onopen"] = null;
  onmessage: DataChannel["onmessage"] = null;
  onbufferedamountlow: DataChannel["onbufferedamountlow"] = null;
  onclose: DataChannel["onclose"] = null;
  onerror: DataChannel["onerror"] = null;
  other: FakeChannel | undefined;
  mostBuffered = 0;
  /** It never opens, though the other end's does. */
  isDeaf = false;
  private closed = false;

  send(data: Bytes | string): void {
    if (this.closed) throw new Error("closed");
    const bytes = typeof data === "string" ? data : data.slice().buffer;
    const size = typeof bytes === "string" ? bytes.length : bytes.byteLength;
    this.bufferedAmount += size;
    this.mostBuffered = Math.max(this.mostBuffered, this.bufferedAmount);
    setImmediate(() => {
      const wasAbove = this.bufferedAmount > this.bufferedAmountLowThreshold;
      this.bufferedAmount -= size;
      this.other?.onmessage?.({ data: bytes });
      if (wasAbove && this.bufferedAmount <= this.bufferedAmountLowThreshold) {
        this.onbufferedamountlow?.(undefined as never);
      }
    });
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    const { other } = this;
    setImmediate(() => {
      if (other && !other.closed) other.onclose?.(undefined as never);
    });
  }
}

/** The server's /coordinator as a page sees it. */
export class FakeCoordinatorSocket extends FakeSocket {
  readonly frames: Bytes[] = [];
  readonly texts: Record<string, unknown>[] = [];

  constructor(private readonly room: FakeRoom) {
    super();
    setImmediate(() => {
      if (room.coordinatorAway) this.break();
      else this.open();
    });
  }

  override send(data: string | Bytes): void {
    if (typeof data !== "string") {
      this.frames.push(data);
      return;
    }
    const message = JSON.parse(data) as Record<string, unknown>;
    this.texts.push(message);
    if (message["kind"] !== "join") return;
    queueMicrotask(() => {
      this.tell({ kind: "joined" });
      this.room.goFederated();
    });
  }
}

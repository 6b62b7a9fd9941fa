/** What strangers may ask of one server. Every excess is refused with a code and a text. */
export interface Limits {
  /** Open WebSockets of both kinds. */
  sockets: number;
  /** Rooms of signalling. */
  rooms: number;
  /** Members of one room of signalling: a mesh has a link for each pair. */
  peersPerRoom: number;
  /** Federated rooms held in memory, each with its own engine. */
  coordinators: number;
  /** Federated rooms whose models are kept on the disk. */
  storedRooms: number;
  /** Participants of one federated room. */
  participants: number;
  /** Text messages of one socket: on the average, and at once. */
  messagesPerSecond: number;
  messageBurst: number;
  /** Relayed bytes of one socket per second; more are read later, not refused. */
  relayBytesPerSecond: number;
  /** Bytes that may wait for one reader before those that write to it are slowed down. */
  waitingBytes: number;
  /** A reader that keeps that many waiting for so long is dropped. */
  slowReaderMs: number;
  /** From the upgrade to the first message. */
  joinMs: number;
  /** Between two pings; a socket that answers none of two is dead. */
  heartbeatMs: number;
  /** A federated room without participants stays in memory this long. */
  idleRoomMs: number;
}

export const usualLimits: Limits = {
  sockets: 10_000,
  rooms: 1000,
  peersPerRoom: 32,
  coordinators: 64,
  storedRooms: 1000,
  participants: 1000,
  messagesPerSecond: 50,
  messageBurst: 400,
  relayBytesPerSecond: 64 * 1024 * 1024,
  waitingBytes: 1024 * 1024,
  slowReaderMs: 30_000,
  joinMs: 10_000,
  heartbeatMs: 15_000,
  idleRoomMs: 60_000,
};

/** Tokens that come back at a steady rate: a token bucket. */
export class Allowance {
  private left: number;
  private at: number;

  constructor(
    private readonly perSecond: number,
    private readonly most: number,
    nowMs: number,
  ) {
    this.left = most;
    this.at = nowMs;
  }

  /** Takes `count` in any case; returns how many milliseconds the taker is ahead of its rate. */
  take(count: number, nowMs: number): number {
    this.left = Math.min(this.most, this.left + ((nowMs - this.at) / 1000) * this.perSecond) - count;
    this.at = nowMs;
    return this.left >= 0 ? 0 : (-this.left / this.perSecond) * 1000;
  }
}

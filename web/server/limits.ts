/** What strangers may ask of one server. Every excess is refused with a code and a text. */
export interface Limits {
  /** Open TCP connections, those of plain HTTP among them. */
  connections: number;
  /** Open WebSockets of both kinds. */
  sockets: number;
  /** The same of one address: a school behind one router has one. Not with `behindProxy`. */
  connectionsPerAddress: number;
  socketsPerAddress: number;
  /** WebSockets that one address may open: on the average, and at once. */
  opensPerSecond: number;
  openBurst: number;
  /** Of messages of one address that have begun and not ended; what is over it is refused. */
  unfinishedBytesPerAddress: number;
  /** Of one address's frames that wait for the engines; its sockets are read later then. */
  queuedBytesPerAddress: number;
  /** That wait for the readers at one address; when it is more, those that are behind are dropped. */
  unreadBytesPerAddress: number;
  /** Rooms of signalling. */
  rooms: number;
  /** Rooms there that one address has opened. */
  roomsPerAddress: number;
  /** Members of one room of signalling, however they are linked. */
  membersPerRoom: number;
  /** Of those linked all with all, whatever their task says: a mesh has a link for each pair. */
  peersPerRoom: number;
  /** Of one member in a room with more than that, whatever its task says. */
  linksPerPeer: number;
  /** A member whose connection is lost keeps its place among the others so long. */
  awayMs: number;
  /** A member is told at most so often how many there are when it hears of nobody by name. */
  countMs: number;
  /** Federated rooms held in memory, each with its own engine. */
  coordinators: number;
  coordinatorsPerAddress: number;
  /** Tasks that are new to this server, from one address: on the average, and at once. */
  tasksPerSecond: number;
  taskBurst: number;
  /** Federated rooms whose models are kept on the disk. */
  storedRooms: number;
  /** Models that are kept of each: the newest, and older ones in case it is damaged. */
  modelsPerRoom: number;
  /** Participants of one federated room. */
  participants: number;
  /** Text messages of one socket: on the average, and at once. */
  messagesPerSecond: number;
  messageBurst: number;
  /** Binary messages of one socket per second and their bytes; more are read later, not refused. */
  framesPerSecond: number;
  frameBytesPerSecond: number;
  /** Bytes that may wait for one reader before those that write to it are slowed down. */
  waitingBytes: number;
  /** A reader for whom more than that waits is dropped at once. */
  mostWaitingBytes: number;
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
  connections: 20_000,
  sockets: 10_000,
  connectionsPerAddress: 2048,
  socketsPerAddress: 512,
  opensPerSecond: 20,
  openBurst: 512,
  unfinishedBytesPerAddress: 16 * 1024 * 1024,
  queuedBytesPerAddress: 64 * 1024 * 1024,
  unreadBytesPerAddress: 64 * 1024 * 1024,
  rooms: 1000,
  roomsPerAddress: 100,
  membersPerRoom: 1000,
  peersPerRoom: 32,
  linksPerPeer: 8,
  awayMs: 30_000,
  countMs: 5000,
  coordinators: 64,
  coordinatorsPerAddress: 16,
  tasksPerSecond: 0.2,
  taskBurst: 20,
  storedRooms: 1000,
  modelsPerRoom: 3,
  participants: 1000,
  messagesPerSecond: 50,
  messageBurst: 400,
  framesPerSecond: 10_000,
  frameBytesPerSecond: 64 * 1024 * 1024,
  waitingBytes: 1024 * 1024,
  mostWaitingBytes: 16 * 1024 * 1024,
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

  /** Takes one where it is within the rate. */
  allows(nowMs: number): boolean {
    if (this.take(1, nowMs) === 0) return true;
    this.left++;
    return false;
  }

  /** Takes `count` in any case; returns how many milliseconds the taker is ahead of its rate. */
  take(count: number, nowMs: number): number {
    this.left = Math.min(this.most, this.left + ((nowMs - this.at) / 1000) * this.perSecond) - count;
    this.at = nowMs;
    return this.left >= 0 ? 0 : (-this.left / this.perSecond) * 1000;
  }
}

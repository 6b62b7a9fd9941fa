import { Backoff } from "./backoff.ts";
import { closeComingBack, isFinalRefusal, maxFrameBytes } from "./messages.ts";
import { type Socket, socketOpen, type Timer, type World } from "./world.ts";

export interface SocketHandlers {
  connecting(): void;
  /** The first message to send, if there is one. */
  opened(): string | undefined;
  text(message: string): void;
  bytes(message: Uint8Array<ArrayBuffer>): void;
  lost(reason: string): void;
  /** What makes the server answer; `ping` by default. */
  pings?(): object[];
}

/** From opening to being accepted, and from a ping to any sign of life. */
const answerDeadlineMs = 15_000;
const pingEveryMs = 20_000;
/** From a ping after waking up, when most likely the line is dead. */
const wakeDeadlineMs = 5000;
const firstRetryMs = 500;
const lastRetryMs = 30_000;
const refusedRetryMs = 20_000;
/** A frame of the core with everything that sealing and relaying puts around it. */
const maxMessageBytes = maxFrameBytes + 256;

/**
 * A WebSocket that comes back: it joins, notices a dead line by pings that nobody answers, and tries
 * again after growing delays until close().
 */
export class PersistentSocket {
  private socket: Socket | undefined;
  private timer: Timer | undefined;
  private heard = false;
  private pingedMs: number | undefined;
  /** Of the last ping that was answered. */
  roundTripMs: number | undefined;
  private closed = false;
  /** A ping is to be answered soon. */
  private hurried = false;
  private isAccepted = false;
  private isConnecting = false;
  private readonly backoff: Backoff;

  constructor(
    private readonly world: World,
    private readonly url: string | (() => string),
    private readonly handlers: SocketHandlers,
  ) {
    this.backoff = new Backoff(world.random, firstRetryMs, lastRetryMs);
  }

  start(): void {
    void this.connect();
  }

  /** The server has accepted what opened() sent: from now on only silence is a reason to give up. */
  accepted(): void {
    this.backoff.reset();
    this.isAccepted = true;
    this.pingLater();
  }

  /** The page woke up, or the network seems to have changed: is the line dead? If it was known to be, the next try is now. */
  hurry(): void {
    if (this.closed || this.isConnecting) return;
    if (this.isAccepted && !this.hurried) {
      this.ping(wakeDeadlineMs);
      this.hurried = true;
    }
    if (this.socket) return;
    this.backoff.reset();
    this.timer?.cancel();
    void this.connect();
  }

  sendText(message: object): void {
    if (this.isOpen()) this.socket?.send(JSON.stringify(message));
  }

  sendBytes(message: Uint8Array<ArrayBuffer>): void {
    if (this.isOpen()) this.socket?.send(message);
  }

  /** Gives this connection up and tries again. */
  drop(reason: string, delayMs?: number): void {
    if (!this.socket) return;
    this.forget(closeComingBack);
    this.handlers.lost(reason);
    if (this.closed) return;
    this.setTimer(delayMs ?? this.backoff.next(), () => void this.connect());
  }

  /** The server said no: for good, or for now. */
  refused(code: string, reason: string): void {
    if (isFinalRefusal(code)) this.close();
    else this.drop(reason, refusedRetryMs);
  }

  close(): void {
    this.closed = true;
    this.timer?.cancel();
    this.forget();
  }

  private address(): string {
    return typeof this.url === "string" ? this.url : this.url();
  }

  private isOpen(): boolean {
    return this.socket?.readyState === socketOpen;
  }

  private async connect(): Promise<void> {
    this.handlers.connecting();
    let socket: Socket;
    this.isConnecting = true;
    try {
      socket = await this.world.openSocket(this.address());
    } catch (error) {
      this.handlers.lost(`no connection: ${String(error)}`);
      if (!this.closed) this.setTimer(this.backoff.next(), () => void this.connect());
      return;
    } finally {
      this.isConnecting = false;
    }
    if (this.closed) {
      socket.close();
      return;
    }
    this.socket = socket;
    this.heard = false;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      const first = this.handlers.opened();
      if (first !== undefined) socket.send(first);
    };
    socket.onmessage = ({ data }) => {
      this.received(data);
    };
    socket.onerror = () => undefined; // a close event follows, and it says why
    socket.onclose = ({ reason }) => {
      this.drop(reason || "the connection to the server was lost");
    };
    this.setTimer(answerDeadlineMs, () => {
      this.drop("the server does not answer");
    });
  }

  private received(data: unknown): void {
    this.heard = true;
    if (typeof data === "string") {
      this.handlers.text(data);
    } else if (data instanceof ArrayBuffer && data.byteLength <= maxMessageBytes) {
      this.handlers.bytes(new Uint8Array(data));
    } else {
      this.drop("the server sent something that is no message");
    }
  }

  private pingLater(): void {
    this.setTimer(pingEveryMs, () => this.ping(answerDeadlineMs));
  }

  /** The answer to a ping has come. */
  answered(): void {
    if (this.pingedMs !== undefined) this.roundTripMs = this.world.clock.now() - this.pingedMs;
    this.pingedMs = undefined;
  }

  private ping(deadlineMs: number): void {
    this.heard = false;
    this.pingedMs = this.world.clock.now();
    for (const ping of this.handlers.pings?.() ?? [{ kind: "ping" }]) this.sendText(ping);
    this.setTimer(deadlineMs, () => {
      this.hurried = false;
      if (this.heard) this.pingLater();
      else this.drop("the server does not answer");
    });
  }

  private setTimer(delayMs: number, action: () => void): void {
    this.timer?.cancel();
    this.timer = this.world.clock.setTimeout(action, delayMs);
  }

  private forget(code?: number): void {
    const { socket } = this;
    if (!socket) return;
    this.socket = undefined;
    this.isAccepted = false;
    this.hurried = false;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.onerror = () => undefined; // the package ws throws errors that nobody listens to
    socket.close(code);
  }
}

import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { Address } from "./addresses.ts";

/** Beside its bytes, what a piece of memory that came from the network costs. */
export const pieceBytes = 256;
/** What is left of a masked control frame without its payload. */
const controlBytes = 6;

/**
 * What one socket has begun to say and has not finished: that lies in this process until its last byte comes, which may
 * be never. Bounded for the socket and, together with all others, for the address that it comes from.
 */
export class Intake {
  private bytes = 0;
  private credited = false;
  private mostBytes = Infinity;

  constructor(
    stream: Duplex,
    socket: WebSocket,
    private readonly address: Address,
    private readonly mostOfAddress: number,
    private readonly refuse: (code: string, text: string) => void,
  ) {
    // Before the listener that makes messages of it, some of which may be whole then.
    stream.prependListener("data", (piece: Buffer) => this.came(piece.length + pieceBytes));
    const control = (payload: Buffer) => this.gone(controlBytes + payload.length);
    socket.on("ping", control);
    socket.on("pong", control);
    socket.on("close", () => this.change(-this.bytes));
  }

  /** A message is whole: what came with it of the next one is less than a piece. */
  finished(): void {
    this.change(-this.bytes);
  }

  /** From now on this is the most of one message, beside what is read at once. */
  limitTo(mostBytes: number): void {
    this.mostBytes = mostBytes + 2 * 64 * 1024;
  }

  /** Of a whole message that waits for its turn; `bytes` below 0: no longer. */
  keep(bytes: number): void {
    this.address.unfinishedBytes += bytes;
    if (bytes > 0) this.checkAddress();
  }

  private came(bytes: number): void {
    this.credited = false;
    this.change(bytes);
    if (this.bytes > this.mostBytes) this.refuse("message", "this message is too long");
    else this.checkAddress();
  }

  private checkAddress(): void {
    if (this.address.unfinishedBytes <= this.mostOfAddress) return;
    this.refuse("busy", "too much that is not finished comes from your address; try again");
  }

  private gone(bytes: number): void {
    this.change(-Math.min(this.bytes, bytes + (this.credited ? 0 : pieceBytes)));
    this.credited = true;
  }

  private change(bytes: number): void {
    this.bytes += bytes;
    this.address.unfinishedBytes += bytes;
  }
}

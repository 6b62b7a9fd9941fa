import type { Socket } from "../../src/net/world.ts";
import type { FakeClock } from "./clock.ts";
import { FakeSocket } from "./socket.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A PeerJS server as its clients see it. */
export class FakePeerjsServer {
  readonly urls: string[] = [];
  /** What was passed from one to another. */
  readonly passed: string[] = [];
  away = false;
  /** Every id is taken. */
  full = false;
  private readonly clients = new Map<string, FakePeerjsSocket>();
  private readonly muted = new Set<string>();

  constructor(private readonly clock: FakeClock) {}

  open(url: string): Promise<Socket> {
    this.urls.push(url);
    const id = new URL(url).searchParams.get("id") ?? "";
    const socket = new FakePeerjsSocket((data) => this.received(id, socket, data));
    setImmediate(() => {
      if (this.away) socket.break();
      if (this.away || this.muted.has(id)) return;
      socket.open();
      const isTaken = this.full || this.clients.get(id)?.readyState === 1;
      if (!isTaken) this.clients.set(id, socket);
      socket.tell({ type: isTaken ? "ID-TAKEN" : "OPEN" });
    });
    return Promise.resolve(socket);
  }

  kill(): void {
    this.away = true;
    for (const socket of this.clients.values()) socket.break();
    this.clients.clear();
  }

  /** Nothing comes from or goes to the n-th of its clients any more, whatever socket it opens. */
  mute(index: number): void {
    this.muted.add([...this.clients.keys()][index] ?? "");
  }

  private received(src: string, socket: FakePeerjsSocket, data: string): void {
    const message = JSON.parse(data) as { type: string; dst?: string };
    if (message.type === "HEARTBEAT" || this.muted.has(src)) return;
    const target = this.clients.get(message.dst ?? "");
    const passed = { ...message, src };
    if (src !== message.dst) this.passed.push(JSON.stringify(passed));
    if (this.muted.has(message.dst ?? "")) return;
    if (target?.readyState === 1) queueMicrotask(() => target.tell(passed));
    else this.clock.setTimeout(() => socket.tell({ type: "EXPIRE", src: message.dst, dst: src }), 5000);
  }
}

class FakePeerjsSocket extends FakeSocket {
  constructor(private readonly received: (data: string) => void) {
    super();
  }

  override send(data: string | Bytes): void {
    if (typeof data === "string" && this.readyState === 1) this.received(data);
  }
}

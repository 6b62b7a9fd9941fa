import type { NetworkEvent } from "./types.ts";

type ServerState = Extract<NetworkEvent, { kind: "server" }>["state"];

/** Hands events on in a turn of their own: none comes from within a call of the listener's. */
export class Teller {
  private events: NetworkEvent[] = [];
  private readonly warned = new Set<string>();
  private serverState: ServerState | undefined;
  private closed = false;

  constructor(private readonly onEvent: (event: NetworkEvent) => void) {}

  tell(event: NetworkEvent): void {
    if (this.closed) return;
    this.events.push(event);
    if (this.events.length > 1) return;
    queueMicrotask(() => {
      for (const told of this.events.splice(0)) if (!this.closed) this.onEvent(told);
    });
  }

  warn(code: string, text: string): void {
    this.tell({ kind: "warning", code, text });
  }

  /** Once per code and peer. */
  warnOf(peer: string, code: string, text: string): void {
    const key = `${code} ${peer}`;
    if (this.warned.has(key)) return;
    this.warned.add(key);
    this.warn(code, text);
  }

  /** Tries to come back are not told one by one: the server stays lost until it is there again. */
  server(state: ServerState, text: string): void {
    if (this.serverState === state) return;
    if (this.serverState === "lost" && state === "connecting") return;
    this.serverState = state;
    this.tell({ kind: "server", state, text });
  }

  close(): void {
    this.closed = true;
  }
}

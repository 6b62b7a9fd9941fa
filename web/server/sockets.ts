import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { type Address, type Addresses, addressOf, networkOf } from "./addresses.ts";
import { closeGoingAway, Connection } from "./connection.ts";
import type { Limits } from "./limits.ts";

export interface Endpoint {
  maxBytes: number;
  accept(connection: Connection): void;
}

export interface SocketsOptions {
  limits: Limits;
  log: (line: string) => void;
  addresses: Addresses;
  behindProxy: boolean;
}

/** How long sockets may take to answer the good-bye. */
const farewellMs = 1000;

/** All WebSockets of the server: upgrades, heartbeat, farewell. */
export class Sockets {
  private readonly open = new Set<Connection>();
  private readonly servers = new Map<string, WebSocketServer>();
  private readonly heartbeat: NodeJS.Timeout;
  private closing = false;

  constructor(
    private readonly options: SocketsOptions,
    private readonly endpoints: Record<string, Endpoint>,
  ) {
    for (const [path, { maxBytes }] of Object.entries(endpoints)) {
      const settings = {
        ...{ noServer: true, maxPayload: maxBytes, perMessageDeflate: false },
        ...{ maxFragments: 1024, maxBufferedChunks: 4096 },
      };
      this.servers.set(path, new WebSocketServer(settings));
    }
    this.heartbeat = setInterval(() => {
      for (const connection of this.open) connection.beat();
      options.addresses.forget();
    }, options.limits.heartbeatMs);
  }

  get count(): number {
    return this.open.size;
  }

  /** A TCP connection, before anything is known of it but where it comes from. */
  connected(socket: Socket): void {
    const address = this.options.addresses.of(networkOf(socket.remoteAddress));
    if (address.connections >= this.options.limits.connectionsPerAddress) {
      socket.destroy();
      return;
    }
    address.connections++;
    socket.once("close", () => address.connections--);
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => undefined);
    const path = request.url?.split("?")[0] ?? "";
    const endpoint = Object.hasOwn(this.endpoints, path) ? this.endpoints[path] : undefined;
    if (!endpoint) {
      refuseHttp(socket, "404 Not Found");
      return;
    }
    if (this.closing || this.open.size >= this.options.limits.sockets) {
      refuseHttp(socket, "503 Service Unavailable");
      return;
    }
    const address = this.options.addresses.of(addressOf(request, this.options.behindProxy));
    if (!address.opens.allows(Date.now())) {
      refuseHttp(socket, "429 Too Many Requests");
      return;
    }
    this.servers.get(path)?.handleUpgrade(request, socket, head, (webSocket) => {
      this.admit(webSocket, socket, endpoint, address);
    });
  }

  /** Those who come from now on are refused. */
  refuseNew(): void {
    this.closing = true;
  }

  async close(): Promise<void> {
    this.closing = true;
    clearInterval(this.heartbeat);
    for (const connection of this.open) connection.close(closeGoingAway, "the server is going away");
    const deadline = Date.now() + farewellMs;
    while (this.open.size > 0 && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    for (const connection of this.open) connection.terminate();
  }

  private admit(webSocket: WebSocket, stream: Duplex, endpoint: Endpoint, address: Address): void {
    const { limits, log } = this.options;
    const connection = new Connection(webSocket, stream, limits, log, address);
    this.open.add(connection);
    address.sockets++;
    webSocket.on("close", () => {
      this.open.delete(connection);
      address.sockets--;
    });
    // Pages cannot read why an upgrade failed: this is told in the WebSocket's own words.
    if (address.sockets > limits.socketsPerAddress) {
      const text = `your address has ${String(limits.socketsPerAddress)} connections, no more fit`;
      connection.refuse("full", text);
      return;
    }
    endpoint.accept(connection);
  }
}

export function refuseHttp(socket: Duplex, status: string): void {
  if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  else socket.destroy();
}

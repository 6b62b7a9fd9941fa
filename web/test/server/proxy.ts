import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A stretch of the way to the server that a test can count on, hold up and break. */
export class Proxy {
  private readonly sockets = new Set<Socket>();
  private state: "open" | "held" | "broken" = "open";
  private left = Infinity;
  private moment: () => void = () => undefined;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(serverUrl: string): Promise<Proxy> {
    const target = Number(new URL(serverUrl).port);
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const proxy = new Proxy(server, `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
    server.on("connection", (socket) => proxy.join(socket, connect(target, "127.0.0.1")));
    return proxy;
  }

  /** Acts once when so many more pieces, either way, are about to pass. */
  after(pieces: number, moment: () => void): void {
    this.left = pieces;
    this.moment = moment;
  }

  /** Nothing passes, nothing is closed, as when a cable is pulled. */
  hold(): void {
    this.state = "held";
    for (const socket of this.sockets) socket.pause();
  }

  release(): void {
    this.state = "open";
    for (const socket of this.sockets) socket.resume();
  }

  /** For good. */
  break(): void {
    this.state = "broken";
    for (const socket of this.sockets) socket.destroy();
  }

  close(): void {
    this.break();
    this.server.close();
  }

  private join(one: Socket, two: Socket): void {
    for (const [from, to] of [[one, two], [two, one]] as const) {
      this.sockets.add(from);
      from.on("error", () => undefined);
      from.on("close", () => {
        this.sockets.delete(from);
        to.destroy();
      });
      from.on("data", (piece) => {
        if (this.left-- === 0) this.moment();
        if (this.state !== "broken") to.write(piece);
      });
      if (this.state === "held") from.pause();
    }
    if (this.state === "broken") one.destroy();
  }
}

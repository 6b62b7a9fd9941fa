import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import { WebSocketServer } from "ws";
import { loadCore } from "../src/engine/node.ts";
import { maxJoinBytes, maxSignalBytes } from "../src/net/messages.ts";
import { ownCertificate } from "./certificate.ts";
import { closeGoingAway, Connection } from "./connection.ts";
import { type CoordinatorConfig, Coordinators } from "./coordinators.ts";
import type { CoordinatorEngine } from "./federatedRoom.ts";
import { handleRequest } from "./files.ts";
import { type Limits, usualLimits } from "./limits.ts";
import { SignalRooms } from "./signalling.ts";
import { ModelStore } from "./store.ts";
import { readBase } from "./tasks.ts";

export interface ServerOptions {
  /** 8080; 0 takes a free one. */
  port?: number;
  /** localhost: only this machine. */
  host?: string;
  /** With a self-made certificate: pages over a LAN need it for WebCrypto and the camera. */
  https?: boolean;
  /** The folder with one folder per task. */
  tasks: string;
  /** Where models and the certificate are kept; $XDG_STATE_HOME/deai by default. */
  data?: string;
  /** STUN and TURN servers for the pages; none by default: then only addresses that pages know. */
  iceServers?: RTCIceServer[];
  /** Carry sealed frames between peers that cannot connect directly: true. */
  relay?: boolean;
  limits?: Partial<Limits>;
  log?(line: string): void;
  /** Built page and package, beside this script by default. */
  appFolder?: string;
  libFolder?: string;
  /** In place of the core, for tests of the server alone. */
  createEngine?(config: CoordinatorConfig): Promise<CoordinatorEngine>;
}

export interface RunningServer {
  url: string;
  /** Says good-bye to all sockets, and ends when every room's model is on the disk. */
  close(): Promise<void>;
}

/** How long sockets may take to answer the good-bye. */
const farewellMs = 1000;

export async function createServer(options: ServerOptions): Promise<RunningServer> {
  const limits = { ...usualLimits, ...options.limits };
  const log = options.log ?? (() => undefined);
  const data = options.data ?? defaultDataFolder();
  const host = options.host ?? "localhost";
  const distFolder = builtFolder();
  const libFolder = options.libFolder ?? join(distFolder, "lib");

  const coordinators = new Coordinators({
    limits,
    log,
    store: new ModelStore(join(data, "rooms"), limits.storedRooms, log),
    createEngine: options.createEngine ?? ((config) => createCoreEngine(libFolder, options.tasks, config)),
    joined: (room, taskHash) => rooms.announceFederated(room, taskHash),
  });
  const rooms = new SignalRooms({
    limits,
    iceServers: options.iceServers ?? [],
    relay: options.relay ?? true,
    isFederated: (room, taskHash) => coordinators.isFederated(room, taskHash),
  });
  const sockets = new Sockets(limits, log, {
    "/signal": { maxBytes: maxSignalBytes + 1024, accept: (socket) => rooms.accept(socket) },
    "/coordinator": { maxBytes: maxJoinBytes + 1024, accept: (socket) => coordinators.accept(socket) },
  });

  const startedMs = Date.now();
  const files = {
    appFolder: options.appFolder ?? join(distFolder, "app"),
    libFolder,
    tasksFolder: options.tasks,
    log,
    health: () => ({
      status: "ok",
      uptimeSeconds: Math.floor((Date.now() - startedMs) / 1000),
      sockets: sockets.count,
      rooms: rooms.roomCount,
      peers: rooms.peerCount,
      federatedRooms: coordinators.roomCount,
      participants: coordinators.participantCount,
    }),
  };
  const certificate = options.https ? await ownCertificate(data, host) : undefined;
  const http = certificate ? createHttpsServer(certificate) : createHttpServer();
  http.headersTimeout = 15_000;
  http.requestTimeout = 60_000;
  http.on("request", (request, response) => handleRequest(request, response, files));
  http.on("upgrade", (request, socket, head) => sockets.upgrade(request, socket, head));
  http.on("clientError", (_error, socket) => refuseHttp(socket, "400 Bad Request"));
  http.on("tlsClientError", (_error, socket) => socket.destroy());

  const port = await listen(http, options.port ?? 8080, host);
  return {
    url: `${certificate ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${String(port)}`,
    async close() {
      http.close();
      await coordinators.close();
      await sockets.close();
      http.closeAllConnections();
    },
  };
}

interface Endpoint {
  maxBytes: number;
  accept(connection: Connection): void;
}

/** All WebSockets of the server: upgrades, heartbeat, farewell. */
class Sockets {
  private readonly open = new Set<Connection>();
  private readonly servers = new Map<string, WebSocketServer>();
  private readonly heartbeat: NodeJS.Timeout;
  private closing = false;

  constructor(
    private readonly limits: Limits,
    private readonly log: (line: string) => void,
    private readonly endpoints: Record<string, Endpoint>,
  ) {
    for (const [path, { maxBytes }] of Object.entries(endpoints)) {
      const options = { noServer: true, maxPayload: maxBytes, perMessageDeflate: false };
      this.servers.set(path, new WebSocketServer(options));
    }
    this.heartbeat = setInterval(() => {
      for (const connection of this.open) connection.beat();
    }, limits.heartbeatMs);
  }

  get count(): number {
    return this.open.size;
  }

  upgrade(request: Parameters<WebSocketServer["handleUpgrade"]>[0], socket: Duplex, head: Buffer): void {
    socket.on("error", () => undefined);
    const path = request.url?.split("?")[0] ?? "";
    const endpoint = Object.hasOwn(this.endpoints, path) ? this.endpoints[path] : undefined;
    if (!endpoint) refuseHttp(socket, "404 Not Found");
    else if (this.closing || this.open.size >= this.limits.sockets) {
      refuseHttp(socket, "503 Service Unavailable");
    } else {
      this.servers.get(path)?.handleUpgrade(request, socket, head, (webSocket) => {
        const connection = new Connection(webSocket, this.limits, this.log);
        this.open.add(connection);
        webSocket.on("close", () => this.open.delete(connection));
        endpoint.accept(connection);
      });
    }
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
}

/** Each room has an engine of its own: what happens to one does not touch the others. */
async function createCoreEngine(
  libFolder: string,
  tasksFolder: string,
  config: CoordinatorConfig,
): Promise<CoordinatorEngine> {
  let core;
  try {
    core = await loadCore({ wasmUrl: libFolder });
  } catch (error) {
    throw new Error(`the engine cannot be loaded from ${libFolder}: ${String(error)}`);
  }
  const base = await readBase(tasksFolder, config.task);
  return core.createCoordinator({ ...config, ...(base ? { base } : {}) });
}

function refuseHttp(socket: Duplex, status: string): void {
  if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  else socket.destroy();
}

function listen(http: HttpServer, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once("error", reject);
    http.listen(port, host, () => {
      http.off("error", reject);
      resolve((http.address() as AddressInfo).port);
    });
  });
}

/** web/dist, seen from the bundle in web/dist/server as well as from this file in web/server. */
function builtFolder(): string {
  const above = dirname(dirname(fileURLToPath(import.meta.url)));
  return basename(above) === "dist" ? above : join(above, "dist");
}

function defaultDataFolder(): string {
  return join(process.env["XDG_STATE_HOME"] || join(homedir(), ".local", "state"), "deai");
}

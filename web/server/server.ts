import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { availableParallelism, homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { maxJoinBytes, maxSignalBytes } from "../src/net/messages.ts";
import { Addresses } from "./addresses.ts";
import { ownCertificate } from "./certificate.ts";
import { Coordinators } from "./coordinators.ts";
import { coreEngines, type EngineFolders } from "./coreEngines.ts";
import { type CoordinatorConfig, inThisThread, type RoomEngine } from "./engine.ts";
import { EnginePool } from "./enginePool.ts";
import { handleRequest } from "./files.ts";
import { type Limits, usualLimits } from "./limits.ts";
import { Pulse } from "./pulse.ts";
import { SignalRooms } from "./signalling.ts";
import { refuseHttp, Sockets } from "./sockets.ts";
import { ModelStore } from "./store.ts";
import { type TurnOptions, turnLifetimeSeconds, turnServer } from "./turn.ts";

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
  /** A TURN server for which each page gets credentials of its own, good for some hours. */
  turn?: TurnOptions;
  /** Carry sealed frames between peers that cannot connect directly: true. */
  relay?: boolean;
  /** Threads that merge updates; 0: the one that has the sockets. One less than the cores, at most 4. */
  threads?: number;
  /** One proxy stands in front of this server, and its X-Forwarded-For is to be believed. */
  behindProxy?: boolean;
  limits?: Partial<Limits>;
  log?(line: string): void;
  /** Built page and package, beside this script by default. */
  appFolder?: string;
  libFolder?: string;
  /** In place of the core, for tests of the server alone. */
  createEngine?(config: CoordinatorConfig): Promise<RoomEngine>;
}

export interface RunningServer {
  url: string;
  /** Says good-bye to all sockets, and ends when every room's model is on the disk. */
  close(): Promise<void>;
}

/** How long models may take to come to the disk when the server ends. */
const storeDeadlineMs = 20_000;

export async function createServer(options: ServerOptions): Promise<RunningServer> {
  const limits = { ...usualLimits, ...options.limits };
  const log = options.log ?? (() => undefined);
  const data = options.data ?? defaultDataFolder();
  const host = options.host ?? "localhost";
  const distFolder = builtFolder();
  const libFolder = options.libFolder ?? join(distFolder, "lib");

  const { threads = usualThreads(), turn, behindProxy = false } = options;
  const script = join(distFolder, "server", "engineWorker.js");
  const inPool = threads > 0 && !options.createEngine;
  const folders = { libFolder, tasksFolder: options.tasks };
  const pool = inPool ? new EnginePool(threads, script, folders) : undefined;
  const createEngine =
    options.createEngine ??
    (pool ? (config: CoordinatorConfig) => pool.create(config) : enginesHere(folders));

  const coordinators = new Coordinators({
    limits,
    log,
    store: new ModelStore({
      folder: join(data, "rooms"),
      maxRooms: limits.storedRooms,
      maxModels: limits.modelsPerRoom,
      log,
    }),
    createEngine,
    joined: (room, taskHash) => rooms.announceFederated(room, taskHash),
  });
  const given = options.iceServers ?? [];
  const rooms = new SignalRooms({
    limits,
    iceServers: (peer) => (turn ? [...given, turnServer(turn, peer, Date.now())] : given),
    relay: options.relay ?? true,
    isFederated: (room, taskHash) => coordinators.isFederated(room, taskHash),
  });
  const refreshMs = (turnLifetimeSeconds(turn) * 1000) / 2;
  const refreshTimer = turn && setInterval(() => rooms.refresh(), refreshMs);
  const addresses = new Addresses(limits);
  const sockets = new Sockets({ limits, log, addresses, behindProxy }, {
    "/signal": { maxBytes: maxSignalBytes + 1024, accept: (socket) => rooms.accept(socket) },
    "/coordinator": { maxBytes: maxJoinBytes + 1024, accept: (socket) => coordinators.accept(socket) },
  });

  const startedMs = Date.now();
  const pulse = new Pulse();
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
      memoryBytes: process.memoryUsage.rss(),
      loopDelayMs: pulse.delayMs,
    }),
  };
  const certificate = options.https ? await ownCertificate(data, host) : undefined;
  const http = certificate ? createHttpsServer(certificate) : createHttpServer();
  http.maxConnections = limits.connections;
  if (!behindProxy) http.on("connection", (socket: Socket) => sockets.connected(socket));
  http.headersTimeout = 15_000;
  http.requestTimeout = 60_000;
  http.on("request", (request, response) => handleRequest(request, response, files));
  http.on("upgrade", (request, socket, head) => sockets.upgrade(request, socket, head));
  http.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    // Browsers keep connections for later; words on one that asked for nothing would answer its next request.
    if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") socket.destroy();
    else refuseHttp(socket, "400 Bad Request");
  });
  http.on("tlsClientError", (_error, socket) => socket.destroy());

  const port = await listen(http, options.port ?? 8080, host);
  return {
    url: `${certificate ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${String(port)}`,
    async close() {
      http.close();
      clearInterval(refreshTimer);
      sockets.refuseNew();
      const stored = coordinators.close().then(() => true);
      if (!(await within(stored, storeDeadlineMs))) log("not every model could be stored in time");
      await sockets.close();
      await pool?.close();
      pulse.stop();
      http.closeAllConnections();
    },
  };
}

function enginesHere(folders: EngineFolders): (config: CoordinatorConfig) => Promise<RoomEngine> {
  const create = coreEngines(folders);
  return async (config) => inThisThread(await create(config));
}

/** The core's threads beside the one that has the sockets. */
function usualThreads(): number {
  return Math.max(1, Math.min(4, availableParallelism() - 1));
}

/** What the promise gives, or undefined when it takes too long. */
async function within<Value>(promise: Promise<Value>, ms: number): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), ms)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
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

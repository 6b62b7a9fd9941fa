import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ClientOptions, WebSocket } from "ws";
import { DeaiError } from "../../src/errors.ts";
import { protocolVersion } from "../../src/net/messages.ts";
import type { Outcome } from "../../src/engine/boundary.ts";
import { type CoordinatorEngine, inThisThread } from "../../server/engine.ts";
import { createServer, type RunningServer, type ServerOptions } from "../../server/index.ts";

export interface TestServer extends RunningServer {
  folder: string;
  lines: string[];
}

const countingEngine: Partial<ServerOptions> = {
  createEngine: async ({ task }) => inThisThread(new CountingEngine(task)),
};

/** A real server on a free loopback port, with folders of its own and an engine of tests. */
export function startServer(
  options: Partial<ServerOptions> = {},
  folder?: string,
): Promise<TestServer> {
  return startServerWithCore({ ...countingEngine, ...options }, folder);
}

/** The same with the real core, from options.libFolder. */
export async function startServerWithCore(
  options: Partial<ServerOptions>,
  folder?: string,
): Promise<TestServer> {
  const home = folder ?? (await makeFolder());
  const lines: string[] = [];
  const server = await createServer({
    port: 0,
    host: "127.0.0.1",
    tasks: join(home, "tasks"),
    data: join(home, "data"),
    appFolder: join(home, "app"),
    libFolder: join(home, "lib"),
    log: (line) => lines.push(line),
    ...options,
  });
  return { ...server, folder: home, lines };
}

/** Folders as the build and the tasks leave them, in small; and one file outside of all roots. */
export async function makeFolder(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), "deai-server-"));
  const files: Record<string, string | Uint8Array> = {
    "secret.txt": "outside of every root",
    "app/index.html": "<!doctype html><title>page</title>",
    "app/main.js": "export {};",
    "app/.hidden": "hidden",
    "lib/deai.js": "export {};",
    "lib/deai-simd.wasm": new Uint8Array([0, 0x61, 0x73, 0x6d]),
    "tasks/titanic/task.json": JSON.stringify({ title: "Titanic", summary: "Who survived?" }),
    "tasks/titanic/sample/a.gz": new Uint8Array([0x1f, 0x8b, 8, 0]),
    "tasks/broken/task.json": "{",
    "tasks/notes/readme.txt": "no task",
  };
  for (const [name, data] of Object.entries(files)) {
    await mkdir(join(home, name, ".."), { recursive: true });
    await writeFile(join(home, name), data);
  }
  return home;
}

export async function stopServer(server: TestServer): Promise<void> {
  await server.close();
  await rm(server.folder, { recursive: true, force: true });
}

/** Counts frames as rounds and passes each to all links; its store is the count. */
export class CountingEngine implements CoordinatorEngine {
  readonly taskHash: string;
  private readonly links = new Set<number>();
  private count = 0;

  constructor(task: string) {
    if (task.includes("bad")) throw new DeaiError("task", "model.layers: expected a list");
    this.taskHash = createHash("sha256").update(task.replaceAll(" ", "")).digest("hex");
  }

  linkUp(link: number): Outcome {
    this.links.add(link);
    return outcome([{ link, bytes: this.save() }]);
  }
  linkDown(link: number): Outcome {
    this.links.delete(link);
    return outcome([]);
  }
  writable(): Outcome {
    return outcome([]);
  }
  received(link: number, frame: Uint8Array): Outcome {
    if (frame[0] === 0xff) return { ...outcome([]), closes: [link] };
    if (frame[0] === 0xfe) throw new Error("trap");
    this.count++;
    return {
      ...outcome([...this.links].map((to) => ({ link: to, bytes: frame.slice() }))),
      modelChanged: true,
    };
  }
  time(): Outcome {
    return outcome([]);
  }
  save(): Uint8Array<ArrayBuffer> {
    return new TextEncoder().encode(`count ${String(this.count)}`);
  }
  restore(saved: Uint8Array): boolean {
    const match = /^count (\d+)$/.exec(new TextDecoder().decode(saved));
    if (match) this.count = Number(match[1]);
    return match !== null;
  }
  dispose(): void {
    this.links.clear();
  }
}

function outcome(frames: Outcome["frames"]): Outcome {
  const nothing = { closes: [], notices: [], wakeAtMs: -1, trainingWanted: false };
  return { ...nothing, frames, modelChanged: false };
}

type Message = Record<string, unknown> | Uint8Array;

/** A client that is not ours: it sends what it likes. */
export class Client {
  private readonly messages: Message[] = [];
  private readonly waiting: ((message: Message | undefined) => void)[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;

  private constructor(readonly socket: WebSocket) {
    this.closed = new Promise((resolve) => {
      socket.on("close", (code, reason) => {
        resolve({ code, reason: reason.toString() });
        for (const waiter of this.waiting.splice(0)) waiter(undefined);
      });
    });
    socket.on("error", () => undefined);
    socket.on("message", (data: Buffer, isBinary) => {
      const message = isBinary
        ? new Uint8Array(data)
        : (JSON.parse(data.toString()) as Record<string, unknown>);
      const waiter = this.waiting.shift();
      if (waiter) waiter(message);
      else this.messages.push(message);
    });
  }

  static async open(server: RunningServer, path: string, from?: ClientOptions): Promise<Client> {
    const client = new Client(new WebSocket(server.url.replace("http", "ws") + path, from));
    await bounded(
      new Promise((resolve, reject) => {
        client.socket.once("open", resolve);
        client.socket.once("error", reject);
      }),
    );
    return client;
  }

  send(message: object | string | Uint8Array): void {
    const raw = typeof message === "string" || message instanceof Uint8Array;
    this.socket.send(raw ? message : JSON.stringify(message));
  }

  /** The next message; undefined when the socket closed instead. */
  next(waitMs?: number): Promise<Message | undefined> {
    const message = this.messages.shift();
    if (message) return Promise.resolve(message);
    if (this.socket.readyState === WebSocket.CLOSED) return Promise.resolve(undefined);
    return bounded(new Promise((resolve) => this.waiting.push(resolve)), waitMs);
  }

  async nextText(waitMs?: number): Promise<Record<string, unknown>> {
    const message = await this.next(waitMs);
    assert.ok(message && !(message instanceof Uint8Array), "expected a text message");
    return message;
  }

  async nextBytes(): Promise<Uint8Array> {
    const message = await this.next();
    assert.ok(message instanceof Uint8Array, "expected a binary message");
    return message;
  }

  close(): Promise<unknown> {
    this.socket.close();
    return this.closed;
  }
}

export function bounded<T>(promise: Promise<T>, ms = 5000): Promise<T> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing within ${String(ms)} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export const taskHash = "ab".repeat(32);

export function peerName(number: number): string {
  return number.toString(16).padStart(64, "0");
}

export function joinMessage(peer: number, more: object = {}): object {
  const abilities = { direct: true, relay: true, fallback: true };
  const common = { kind: "join", version: protocolVersion, room: "test room", taskHash, peer: peerName(peer) };
  return { ...common, ...abilities, mesh: { most: 16, links: 0 }, ...more };
}

export async function joinRoom(
  server: RunningServer,
  peer: number,
  more: object = {},
  from?: ClientOptions,
): Promise<{ client: Client; joined: Record<string, unknown> }> {
  const client = await Client.open(server, "/signal", from);
  client.send(joinMessage(peer, more));
  return { client, joined: await client.nextText() };
}

export async function joinCoordinator(
  server: RunningServer,
  more: object = {},
  from?: ClientOptions,
): Promise<{ client: Client; answer: Record<string, unknown> }> {
  const client = await Client.open(server, "/coordinator", from);
  const task = JSON.stringify({ deai: 1 });
  client.send({ ...{ kind: "join", version: protocolVersion, room: "test room", minParticipants: 2, task }, ...more });
  return { client, answer: await client.nextText() };
}

export async function health(server: RunningServer): Promise<Record<string, unknown>> {
  const response = await fetch(`${server.url}/healthz`);
  return (await response.json()) as Record<string, unknown>;
}

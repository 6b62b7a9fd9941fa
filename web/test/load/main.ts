// The built server under load on loopback: idle sockets, large federated rounds, a flood of junk beside them.
//   tools/load [--sockets 2000] [--participants 200] [--rounds 5] [--model-kb 1024] [--flood 200] [--threads N] [--as-built]
// Ends by itself; all else is its children's, which end with it. Fails when a round or a hash is missing.
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { WebSocket } from "ws";
import { protocolVersion } from "../../src/net/messages.ts";
import type { FloodOrder, FloodReport } from "./flood.ts";
import type { ParticipantsOrder, ParticipantsReport } from "./participants.ts";
import { Sample } from "./percentiles.ts";
import { loadTask } from "./task.ts";

const { values } = parseArgs({
  options: {
    sockets: { type: "string", default: "2000" },
    participants: { type: "string", default: "200" },
    rounds: { type: "string", default: "5" },
    "model-kb": { type: "string", default: "1024" },
    flood: { type: "string", default: "200" },
    threads: { type: "string" },
  },
});
const [sockets, participants, rounds, modelKb, flood] = [
  [values.sockets, 20_000],
  [values.participants, 1000],
  [values.rounds, 1000],
  [values["model-kb"], 64 * 1024],
  [values.flood, 2000],
].map(([text, most]) => {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 0 && number <= Number(most)) return number;
  throw new Error(`expected a whole number up to ${String(most)}, found ${String(text)}`);
}) as [number, number, number, number, number];

const roundDeadlineMs = 120_000;
const socketsPerRoom = 20;
const socketsPerAddress = 250;
const script = fileURLToPath(new URL("../../dist/server/main.js", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "deai-load-"));
const children: ChildProcess[] = [];
process.once("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});

interface Health {
  memoryBytes: number;
  sockets: number;
  loopDelayMs: { p50: number; p99: number; max: number };
}

async function startServer(): Promise<string> {
  const more = values.threads === undefined ? [] : ["--threads", values.threads];
  const given = ["--port", "0", "--host", "127.0.0.1", "--data", folder, ...more];
  const child = spawn(process.execPath, [script, ...given], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const url = /http:\S+/.exec(line.toString())?.[0];
  if (url === undefined) throw new Error("the server did not start");
  return url;
}

async function health(server: string): Promise<Health> {
  return (await (await fetch(`${server}/healthz`)).json()) as Health;
}

/** Sockets that joined rooms and say nothing; their pings tell what everybody waits for. */
class Idle {
  readonly joins = new Sample();
  pings = new Sample();
  private readonly open: WebSocket[] = [];
  private timer: NodeJS.Timeout | undefined;
  private at = 0;

  async join(server: string, count: number): Promise<void> {
    const width = 50;
    for (let from = 0; from < count; from += width) {
      const batch = Array.from({ length: Math.min(width, count - from) }, (_, k) => from + k);
      await Promise.all(batch.map((number) => this.joinOne(server, number)));
    }
  }

  startPings(): void {
    this.timer = setInterval(() => {
      const socket = this.open[(this.at += 7) % this.open.length];
      const startMs = performance.now();
      socket?.send('{"kind":"ping"}');
      socket?.once("message", () => this.pings.add(performance.now() - startMs));
    }, 10);
  }

  /** How many have been closed by the server. */
  get lost(): number {
    return this.open.filter(({ readyState }) => readyState !== WebSocket.OPEN).length;
  }

  close(): void {
    clearInterval(this.timer);
    for (const socket of this.open) socket.terminate();
  }

  private async joinOne(server: string, number: number): Promise<void> {
    const startMs = performance.now();
    const localAddress = `127.0.2.${String(1 + Math.floor(number / socketsPerAddress))}`;
    const socket = new WebSocket(`${server.replace("http", "ws")}/signal`, { localAddress });
    await once(socket, "open");
    const name = number.toString(16).padStart(64, "0");
    socket.send(
      JSON.stringify({
        kind: "join",
        version: protocolVersion,
        room: `idle ${String(Math.floor(number / socketsPerRoom))}`,
        taskHash: "0".repeat(64),
        peer: name,
        mesh: { most: socketsPerRoom, links: 0 },
        direct: true,
        relay: true,
        fallback: true,
      }),
    );
    await once(socket, "message");
    this.joins.add(performance.now() - startMs);
    socket.on("error", () => undefined);
    this.open.push(socket);
  }
}

/** What is seen while some rounds go on. */
interface Rounds {
  ms: Sample;
  waits: Sample;
  pings: Sample;
  memoryBytes: number;
  loop: Health["loopDelayMs"];
}

async function trainRounds(server: string, child: ChildProcess, idle: Idle): Promise<Rounds> {
  const seen = { ms: new Sample(), waits: new Sample(), memoryBytes: 0, loop: { p50: 0, p99: 0, max: 0 } };
  idle.pings = new Sample();
  const watch = setInterval(() => {
    void health(server).then(({ memoryBytes, loopDelayMs: { p50, p99, max } }) => {
      seen.memoryBytes = Math.max(seen.memoryBytes, memoryBytes);
      const { loop } = seen;
      seen.loop = { p50: Math.max(p50, loop.p50), p99: Math.max(p99, loop.p99), max: Math.max(max, loop.max) };
    });
  }, 1000);
  child.send({ rounds });
  for (let round = 0; round < rounds; round++) {
    const report = await reportOf(child, "round");
    if (report.participants !== participants || report.hashes !== 1) {
      throw new Error(`a round of ${String(report.participants)} with ${String(report.hashes)} models`);
    }
    seen.ms.add(report.ms);
    for (const ms of report.waitsMs) seen.waits.add(ms);
    console.log(`  round ${String(report.round)}: ${(report.ms / 1000).toFixed(2)} s`);
  }
  clearInterval(watch);
  return { ...seen, pings: idle.pings };
}

const reports = new Map<ChildProcess, ParticipantsReport[]>();
const warnings = new Map<string, number>();

async function reportOf<Kind extends ParticipantsReport["kind"]>(
  child: ChildProcess,
  kind: Kind,
): Promise<ParticipantsReport & { kind: Kind }> {
  const deadlineMs = performance.now() + roundDeadlineMs;
  for (;;) {
    const report = reports.get(child)?.shift();
    if (report?.kind === kind) return report as ParticipantsReport & { kind: Kind };
    if (performance.now() > deadlineMs || child.exitCode !== null) {
      throw new Error(`no ${kind} came: ${JSON.stringify([...warnings])}`);
    }
    if (!report) await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function startParticipants(order: ParticipantsOrder): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL("participants.ts", import.meta.url)));
  children.push(child);
  const queue: ParticipantsReport[] = [];
  reports.set(child, queue);
  child.on("message", (report: ParticipantsReport) => {
    if (report.kind !== "warning") queue.push(report);
    else warnings.set(report.text, (warnings.get(report.text) ?? 0) + 1);
  });
  child.send(order);
  await reportOf(child, "ready");
  return child;
}

function startFlood(order: FloodOrder): { end(): Promise<FloodReport> } {
  const child = fork(fileURLToPath(new URL("flood.ts", import.meta.url)));
  children.push(child);
  child.send(order);
  return {
    async end() {
      child.send("end");
      const [report] = (await once(child, "message")) as [FloodReport];
      return report;
    },
  };
}

function tell(what: string, text: string): void {
  console.log(`${what.padEnd(36)} ${text}`);
}

function tellRounds(what: string, { ms, waits, pings, memoryBytes, loop }: Rounds): void {
  tell(`${what}: a round`, ms.toString());
  tell("  from one's update to the commit", waits.toString());
  tell("  ping on an idle socket", pings.toString());
  tell("  event loop late, worst 10 s", `${[loop.p50, loop.p99, loop.max].join(" / ")} ms (p50 / p99 / max)`);
  tell("  server's memory, most", megabytes(memoryBytes));
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

const { text: task, weights } = loadTask(modelKb * 1024);
console.log(`${cpus()[0]?.model ?? "?"}, ${String(availableParallelism())} cores, Node ${process.version}`);
console.log("p50 / p95 / p99 / max (count)");
const server = await startServer();
const idle = new Idle();
try {
  const before = await health(server);
  await idle.join(server, sockets);
  idle.startPings();
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const after = await health(server);
  tell(`${String(after.sockets)} idle sockets: to be joined`, idle.joins.toString());
  tell("  ping", idle.pings.toString());
  const each = (after.memoryBytes - before.memoryBytes) / Math.max(1, sockets);
  tell("  server's memory", `${megabytes(before.memoryBytes)} before, ${megabytes(after.memoryBytes)} with them: ${(each / 1024).toFixed(0)} KiB each`);

  if (rounds > 0 && participants > 0) {
    tell("participants, numbers of the model", `${String(participants)}, ${String(weights)} (${(weights * 4 / 1e6).toFixed(2)} MB)`);
    const child = await startParticipants({ server, count: participants, modelBytes: modelKb * 1024 });
    tellRounds("quiet", await trainRounds(server, child, idle));
    if (flood > 0) {
      const mostMs = rounds * roundDeadlineMs;
      const beside = startFlood({ server, perSecond: flood, mostMs, task });
      const seen = await trainRounds(server, child, idle);
      const { opened, refused } = await beside.end();
      tell("flood", `${String(opened)} junk connections, ${String(refused)} of them broken off`);
      tellRounds("flooded", seen);
    }
  }
  if (idle.lost > 0) throw new Error(`${String(idle.lost)} idle sockets were lost`);
  for (const [warning, count] of warnings) tell("warning", `${warning} (${String(count)})`);
} finally {
  idle.close();
  for (const child of children) child.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
}

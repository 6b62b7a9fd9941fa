import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createSocket } from "node:dgram";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { commandIn } from "./harness.ts";

const program = process.env["DEAI_COTURN"] ?? "/usr/bin/turnserver";
const startMs = 10_000;

/** Debian's coturn as a TURN and STUN server of the test. */
export interface Coturn {
  host: string;
  port: number;
  /** Options of our own server that make pages use it, by these transports. */
  serverArguments(...transports: ("udp" | "tcp")[]): string[];
}

/** On this address, of a network namespace where one is named; 3478 there, else a free port. */
export async function startCoturn(
  test: TestContext,
  host: string,
  namespace?: string,
): Promise<Coturn> {
  assert.ok(existsSync(program), `${program} is missing; run  tools/setup browsers`);
  const port = namespace === undefined ? await freePort(host) : 3478;
  const folder = await mkdtemp(join(tmpdir(), "deai-coturn-"));
  const secretFile = join(folder, "secret");
  const secret = "a secret of the test";
  await writeFile(secretFile, secret);
  const config = join(folder, "turnserver.conf");
  const lines = [
    `listening-ip=${host}`,
    `relay-ip=${host}`,
    `listening-port=${String(port)}`,
    "use-auth-secret",
    `static-auth-secret=${secret}`,
    "realm=deai.test",
    "fingerprint",
    "allow-loopback-peers", // it refuses them otherwise, and a test has no others
    "no-cli",
    "no-tls",
    "no-dtls",
    "no-software-attribute",
    "log-file=stdout",
    `pidfile=${join(folder, "pid")}`,
    `userdb=${join(folder, "db")}`,
  ];
  await writeFile(config, lines.join("\n"));
  const command = commandIn(namespace, [program, "-c", config]);
  const child = spawn(command[0] ?? "", command.slice(1), { stdio: ["ignore", "pipe", "pipe"] });
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  test.after(async () => {
    process.off("exit", kill);
    kill();
    await rm(folder, { recursive: true, force: true });
  });
  await new Promise<void>((resolve, reject) => {
    let output = "";
    const fail = (why: string) => reject(new Error(`coturn ${why}: ${output}`));
    const timer = setTimeout(() => fail("did not start"), startMs);
    child.once("exit", (code) => fail(`ended with ${String(code)}`));
    child.stderr.resume();
    child.stdout.on("data", (data: Buffer) => {
      output = (output + data.toString()).slice(-4000);
      if (!output.includes("Total General servers")) return;
      clearTimeout(timer);
      resolve();
    });
  });
  const url = (transport: string) => `turn:${host}:${String(port)}?transport=${transport}`;
  return {
    host,
    port,
    serverArguments: (...transports) => [
      "--turn",
      transports.map(url).join(","),
      "--turn-secret-file",
      secretFile,
    ],
  };
}

/** Free for UDP; TCP's ports of that number are seldom taken. */
function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createSocket("udp4");
    socket.once("error", reject);
    socket.bind(0, host, () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}

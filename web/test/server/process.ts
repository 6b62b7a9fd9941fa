import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import type { RunningServer } from "../../server/index.ts";
import { bounded } from "./support.ts";

export const serverScript = fileURLToPath(new URL("../../dist/server/main.js", import.meta.url));

export interface ServerProcess extends RunningServer {
  child: ChildProcess;
}

/** The built server as a process of its own, on the port that --port names or a free one. */
export async function launch(
  t: TestContext,
  data: string,
  more: string[] = [],
): Promise<ServerProcess> {
  const given = ["--port", "0", "--host", "127.0.0.1", "--data", data, ...more];
  const child = spawn(process.execPath, [serverScript, ...given], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  const [line] = (await bounded(once(child.stdout, "data"), 20_000)) as [Buffer];
  const url = /http:\S+/.exec(line.toString())?.[0];
  assert.ok(url);
  return { child, url, close: () => kill(child) };
}

/** As when the machine loses its power. */
async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

export async function newFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "deai-server-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

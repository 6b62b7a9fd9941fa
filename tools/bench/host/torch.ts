// PyTorch in a process of its own, where Debian's package is installed.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Answer, Setting } from "../shared/messages.ts";
import { inTime } from "./browsers/browser.ts";
import type { Contender } from "./contender.ts";
import { torchProgram } from "./places.ts";

const python = process.env["DEAI_PYTHON"] ?? "/usr/bin/python3";

export function torchIsInstalled(): boolean {
  try {
    execFileSync(python, ["-c", "import torch, numpy"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** `folder` holds the cases' numbers. */
export function startTorch(setting: Setting, folder: string): Contender {
  const threads = String(setting.threads);
  const child = spawn(python, [torchProgram, threads, folder], {
    stdio: ["pipe", "pipe", "inherit"],
    env: environment(threads),
  });
  const killAtExit = () => child.kill("SIGKILL");
  process.once("exit", killAtExit);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(request, timeoutMs) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const { value } = await inTime(lines.next(), timeoutMs, request.kind);
      if (value === undefined) throw new Error("the program ended");
      return JSON.parse(value) as Answer;
    },
    async close() {
      await end(child);
      process.off("exit", killAtExit);
    },
  };
}

/** What others set for OpenBLAS would make it slower or faster than it is. */
function environment(threads: string): NodeJS.ProcessEnv {
  const { OPENBLAS_CORETYPE, OPENBLAS_L2_SIZE, ...others } = process.env;
  return { ...others, OMP_NUM_THREADS: threads, OPENBLAS_NUM_THREADS: threads };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

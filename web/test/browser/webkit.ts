import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { TrainerOptions } from "../../src/trainer/types.ts";
import { type DrivenPage, type Harness, ParticipantPage } from "./harness.ts";

// WebKitGTK, by its driver and the few words of WebDriver (w3.org/TR/webdriver2) that are needed. As packaged it
// has no WebRTC and no relaxed SIMD: it stands in for browsers that must go by the server.

const libraries = "/usr/lib/x86_64-linux-gnu";
const startMs = 60_000;

function miniBrowser(): string {
  const given = process.env["DEAI_MINIBROWSER"];
  if (given !== undefined) return given;
  const folders = existsSync(libraries) ? readdirSync(libraries) : [];
  const folder = folders.find((name) => existsSync(`${libraries}/${name}/MiniBrowser`));
  assert.ok(folder, "WebKitGTK's MiniBrowser is missing; run  tools/setup browsers");
  return `${libraries}/${folder}/MiniBrowser`;
}

export class WebKit {
  private constructor(private readonly session: string) {}

  static async launch(test: TestContext): Promise<WebKit> {
    const binary = miniBrowser();
    const children: ChildProcess[] = [];
    const start = (command: string, given: string[], more: Record<string, string> = {}) => {
      const env = { ...process.env, ...more };
      const child = spawn(command, given, { stdio: ["ignore", "pipe", "ignore"], env, detached: true });
      children.push(child);
      return child;
    };
    // With its group: the driver leaves browsers behind.
    const end = () => {
      for (const { pid } of children.splice(0)) {
        try {
          if (pid !== undefined) process.kill(-pid, "SIGKILL");
        } catch {
          // It has ended.
        }
      }
    };
    process.once("exit", end);
    test.after(() => {
      process.off("exit", end);
      end();
    });
    const display = start("Xvfb", ["-displayfd", "1", "-screen", "0", "1024x768x24"]);
    const number = await firstLine(display);
    const port = await freePort();
    start("WebKitWebDriver", [`--port=${String(port)}`], {
      DISPLAY: `:${number}`,
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1",
      // No window is looked at, and there is no graphics card.
      WEBKIT_DISABLE_COMPOSITING_MODE: "1",
      LIBGL_ALWAYS_SOFTWARE: "1",
    });
    const base = `http://127.0.0.1:${String(port)}`;
    const options = { binary, args: ["--automation"] };
    const capabilities = { alwaysMatch: { browserName: "MiniBrowser", "webkitgtk:browserOptions": options } };
    const untilMs = Date.now() + startMs;
    for (;;) {
      try {
        const { sessionId } = (await call(`${base}/session`, { capabilities })) as { sessionId: string };
        const session = `${base}/session/${sessionId}`;
        await call(`${session}/timeouts`, { script: 300_000 });
        return new WebKit(session);
      } catch (error) {
        if (Date.now() > untilMs) throw error;
        await pause(200);
      }
    }
  }

  async participant(
    harness: Harness,
    { task, ...options }: Partial<TrainerOptions> & { task: string },
  ): Promise<ParticipantPage> {
    await call(`${this.session}/url`, { url: `${harness.server.url}/healthz` });
    const evaluate = (work: unknown, given?: unknown) => this.evaluate(String(work), given);
    const waitForFunction = async (
      condition: unknown,
      given: unknown,
      { timeout, polling }: { timeout: number; polling: number },
    ) => {
      const untilMs = Date.now() + timeout;
      while (!(await this.evaluate(String(condition), given))) {
        if (Date.now() > untilMs) throw new Error(`nothing within ${String(timeout)} ms`);
        await pause(polling);
      }
    };
    const driven = { evaluate, waitForFunction } as unknown as DrivenPage;
    const participant = new ParticipantPage(driven, () => call(this.session, undefined, "DELETE").then(() => undefined));
    await participant.create({ ...options, task: `/tasks/${task}/task.json` });
    return participant;
  }

  /** As the other drivers do it: a function's text is called in the page, and its promise awaited. */
  async evaluate(work: string, given?: unknown): Promise<unknown> {
    const script = `
      const [given, done] = arguments;
      globalThis.__name = (named) => named;
      Promise.resolve().then(() => (${work})(given ?? undefined))
        .then((value) => done({ value: value === undefined ? null : value }), (error) => done({ error: String(error) }));`;
    const args = [given === undefined ? null : given];
    const answer = await call(`${this.session}/execute/async`, { script, args });
    const { value, error } = answer as { value?: unknown; error?: string };
    if (error !== undefined) throw new Error(error);
    return value === null ? undefined : value;
  }
}

async function call(url: string, body?: object, method = "POST"): Promise<unknown> {
  const response = await fetch(url, body ? { method, body: JSON.stringify(body) } : { method });
  const { value } = (await response.json()) as { value: unknown };
  if (!response.ok) throw new Error(`WebDriver: ${JSON.stringify(value)}`);
  return value;
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => reject(new Error("Xvfb ended; run  tools/setup browsers")));
    child.stdout?.once("data", (data: Buffer) => resolve(data.toString().trim()));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

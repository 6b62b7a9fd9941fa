import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import type { LinkPath } from "../../src/net/types.ts";
import type {
  Evaluation,
  RunOptions,
  TrainerEvent,
  TrainerOptions,
  TrainerStatistics,
} from "../../src/trainer/types.ts";

// Real pages in a real browser against the real, built server, each in a process of its own. All
// waits are bounded, and whatever a test does, its processes and files are gone afterwards.

const web = fileURLToPath(new URL("../..", import.meta.url));
const serverScript = join(web, "dist/server/main.js");
const chromiumPath = process.env["DEAI_CHROMIUM"] ?? "/usr/bin/chromium";
const chromiumArguments = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // A camera that shows a test picture, and a visitor who allows it.
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  // Pages in the background count their timers as the front one does.
  "--disable-background-timer-throttling",
  "--disable-renderer-backgrounding",
];
const startMs = 30_000;

/** What a test may use; everything is closed when the test ends, however it ends. */
export class Harness {
  private readonly contexts: BrowserContext[] = [];
  /** What pages threw or complained of. */
  readonly errors: string[] = [];

  private constructor(
    readonly server: ServerProcess,
    readonly browser: Browser,
  ) {}

  /** `namespaces`: the network namespaces that server and browser live in, if any. */
  static async start(
    test: TestContext,
    serverArguments: string[] = [],
    namespaces: { server?: string; browser?: string } = {},
  ): Promise<Harness> {
    const server = await ServerProcess.start(test, serverArguments, namespaces.server);
    return new Harness(server, await launchChromium(test, namespaces.browser));
  }

  /** A page of a browser context of its own, as if of another person; or another tab beside one. */
  async newPage(options: PageOptions = {}): Promise<Page> {
    const browser = options.browser ?? this.browser;
    // The server's own certificate is self-made.
    const context =
      options.beside?.context() ?? (await browser.newContext({ ignoreHTTPSErrors: true }));
    if (!options.beside) {
      this.contexts.push(context);
      // tsx marks functions with a helper that pages do not have.
      await context.addInitScript({ content: "globalThis.__name = (given) => given;" });
    }
    if (options.webRtc === false) {
      await context.addInitScript(() => Reflect.deleteProperty(globalThis, "RTCPeerConnection"));
    } else await context.addInitScript(watchPeerConnections, options.iceTransportPolicy ?? "all");
    const page = await context.newPage();
    page.on("pageerror", (error) => this.errors.push(String(error)));
    page.on("console", (message) => {
      // The browser itself reports every connection that is refused while the server is away.
      const isNetwork = /ERR_|WebSocket connection|Failed to load resource/.test(message.text());
      if (message.type() === "error" && !isNetwork) this.errors.push(message.text());
    });
    return page;
  }

  /**
   * A document of the server's with nothing on it that acts, under the real page's policy; `scripts`
   * by their paths. It has to come from the server: a made-up one is not local in Chromium's eyes, and
   * may not connect to localhost.
   */
  async openBlank(page: Page, scripts: Record<string, string> = {}): Promise<void> {
    const { url } = this.server;
    for (const [path, script] of Object.entries(scripts)) {
      await page.route(url + path, (route) =>
        route.fulfill({
          contentType: "text/javascript",
          headers: { "Cross-Origin-Embedder-Policy": "require-corp" }, // as a worker of an isolated page
          body: script,
        }),
      );
    }
    await page.goto(`${url}/healthz`);
  }

  /** A page without anything on it but the library: one participant. */
  async newParticipant(
    options: Partial<TrainerOptions> & PageOptions & { task: string },
  ): Promise<ParticipantPage> {
    const { webRtc = true, browser, beside, iceTransportPolicy, task, ...trainerOptions } = options;
    const where = {
      ...(browser && { browser }),
      ...(beside && { beside }),
      ...(iceTransportPolicy && { iceTransportPolicy }),
    };
    const page = await this.newPage({ webRtc, ...where });
    await this.openBlank(page);
    const participant = new ParticipantPage(page, () => page.context().close());
    await participant.create({ ...trainerOptions, task: `/tasks/${task}/task.json` });
    return participant;
  }

  /** Nothing was thrown or complained of in any page. */
  checkNoErrors(): void {
    assert.deepEqual(this.errors, []);
  }
}

export interface PageOptions {
  webRtc?: boolean;
  /** Another tab of its browser, instead of one of a person of its own. */
  beside?: Page;
  /** Another one than the harness's own. */
  browser?: Browser;
  /** relay: by a TURN server or not at all. */
  iceTransportPolicy?: RTCIceTransportPolicy;
}

/** Chromium, in a network namespace where one is named; `film`: a y4m file that its camera shows. */
export async function launchChromium(test: TestContext, namespace?: string, film?: string): Promise<Browser> {
  assert.ok(existsSync(chromiumPath), `${chromiumPath} is missing; run  tools/setup browsers`);
  let executablePath = chromiumPath;
  if (namespace !== undefined) {
    const folder = await mkdtemp(join(tmpdir(), "deai-chromium-"));
    test.after(() => rm(folder, { recursive: true, force: true }));
    executablePath = join(folder, "chromium");
    const [command, ...rest] = commandIn(namespace, [chromiumPath]);
    await writeFile(executablePath, `#!/bin/sh\nexec ${[command, ...rest].join(" ")} "$@"\n`, { mode: 0o755 });
  }
  const args = film === undefined ? [] : [`--use-file-for-fake-video-capture=${film}`];
  const browser = await chromium.launch({ executablePath, args: [...chromiumArguments, ...args], timeout: startMs });
  test.after(() => browser.close());
  return browser;
}

/** The command as it is, or inside a network namespace. */
export function commandIn(namespace: string | undefined, command: string[]): string[] {
  return namespace === undefined ? command : ["nsenter", `--net=/run/netns/${namespace}`, ...command];
}

/** Runs in pages: keeps their peer connections, so that a test can ask which way their bytes go. */
export function watchPeerConnections(iceTransportPolicy: RTCIceTransportPolicy): void {
  const globals = globalThis as unknown as PageGlobals;
  globals.peerConnections = [];
  class Watched extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super({ ...configuration, iceTransportPolicy });
      globals.peerConnections.push(this);
    }
  }
  globalThis.RTCPeerConnection = Watched as typeof RTCPeerConnection;
}

interface PageGlobals {
  peerConnections: RTCPeerConnection[];
  trainer: import("../../src/trainer/types.ts").Trainer;
  events: TrainerEvent[];
  failure: string | undefined;
  running: boolean;
}

/** What is asked of a page, whatever drives it (but for `workers`, which only Playwright knows). */
export type DrivenPage = Pick<Page, "evaluate" | "waitForFunction" | "workers">;

/** One trainer in one page. */
export class ParticipantPage {
  constructor(
    readonly page: DrivenPage,
    private readonly end: () => Promise<void>,
  ) {}

  async create(options: TrainerOptions): Promise<void> {
    await this.page.evaluate(async (given) => {
      const library = "/lib/deai.js";
      const { createTrainer } = (await import(library)) as typeof import("../../src/index.ts");
      const globals = globalThis as unknown as PageGlobals;
      globals.trainer = await createTrainer(given);
      globals.events = [];
    }, options);
  }

  addSamples(...shards: number[]): Promise<number> {
    return this.page.evaluate(async (samples) => {
      const { trainer } = globalThis as unknown as PageGlobals;
      let count = 0;
      for (const sample of samples) count += await trainer.addSamples({ sample });
      return count;
    }, shards);
  }

  /** Begins to train; wait for what comes of it by the other methods. */
  run(options: RunOptions): Promise<void> {
    return this.page.evaluate((given) => {
      const globals = globalThis as unknown as PageGlobals;
      globals.running = true;
      globals.failure = undefined;
      void (async () => {
        try {
          for await (const event of globals.trainer.run(given)) globals.events.push(event);
        } catch (error) {
          globals.failure = String(error);
        }
        globals.running = false;
      })();
    }, options);
  }

  /** Waits until run() has ended; fails when it failed. */
  async finished(timeoutMs: number): Promise<void> {
    await this.waitUntil(() => !(globalThis as unknown as PageGlobals).running, timeoutMs);
    const failure = await this.page.evaluate(() => (globalThis as unknown as PageGlobals).failure);
    assert.equal(failure, undefined);
    assert.ok(await this.has("done"), "run() ended without being done");
  }

  /** Waits until the room has come to this round here. */
  async reached(round: number, timeoutMs: number): Promise<void> {
    try {
      await this.page.waitForFunction(
        (wanted) => {
          const { trainer, failure } = globalThis as unknown as PageGlobals;
          return failure !== undefined || trainer.round() >= wanted;
        },
        round,
        { timeout: timeoutMs, polling: 50 },
      );
    } catch (error) {
      throw new Error(`round ${String(round)} was not reached: ${await this.lately()}`, {
        cause: error,
      });
    }
    const failure = await this.page.evaluate(() => (globalThis as unknown as PageGlobals).failure);
    assert.equal(failure, undefined);
  }

  /** Waits for a round that this page heard the end of and so many took part in. */
  async sawRoundOf(participants: number, timeoutMs: number): Promise<void> {
    try {
      await this.page.waitForFunction(
        (wanted) => {
          const { events, failure } = globalThis as unknown as PageGlobals;
          const isWanted = (event: TrainerEvent) =>
            event.kind === "round" && event.participants === wanted;
          return failure !== undefined || events.some(isWanted);
        },
        participants,
        { timeout: timeoutMs, polling: 50 },
      );
    } catch (error) {
      throw new Error(`no round of ${String(participants)}: ${await this.lately()}`, {
        cause: error,
      });
    }
    const failure = await this.page.evaluate(() => (globalThis as unknown as PageGlobals).failure);
    assert.equal(failure, undefined);
  }

  async events<Kind extends TrainerEvent["kind"]>(
    kind: Kind,
  ): Promise<Extract<TrainerEvent, { kind: Kind }>[]> {
    const events = await this.page.evaluate(
      (wanted) =>
        (globalThis as unknown as PageGlobals).events.filter((event) => event.kind === wanted),
      kind,
    );
    return events as Extract<TrainerEvent, { kind: Kind }>[];
  }

  async has(kind: TrainerEvent["kind"]): Promise<boolean> {
    return (await this.events(kind)).length > 0;
  }

  /** A text for somebody else, of connecting by hand. */
  invite(): Promise<string> {
    return this.page.evaluate(() => (globalThis as unknown as PageGlobals).trainer.invite());
  }

  answer(text: string): Promise<string | undefined> {
    return this.page.evaluate((given) => {
      return (globalThis as unknown as PageGlobals).trainer.answer(given);
    }, text);
  }

  evaluate(): Promise<Evaluation> {
    return this.page.evaluate(() => (globalThis as unknown as PageGlobals).trainer.evaluate());
  }

  modelHash(): Promise<string> {
    return this.page.evaluate(() => (globalThis as unknown as PageGlobals).trainer.modelHash());
  }

  statistics(): Promise<TrainerStatistics> {
    return this.page.evaluate(() => (globalThis as unknown as PageGlobals).trainer.statistics());
  }

  round(): Promise<number> {
    return this.page.evaluate(() => (globalThis as unknown as PageGlobals).trainer.round());
  }

  stop(): Promise<void> {
    return this.page.evaluate(() => (globalThis as unknown as PageGlobals).trainer.stop());
  }

  /** How the open peer connections got through: `host`, `srflx`, `relay by tcp` and the like, of this end. */
  candidates(): Promise<string[]> {
    return this.page.evaluate(async () => {
      const found: string[] = [];
      for (const connection of (globalThis as unknown as PageGlobals).peerConnections) {
        if (connection.connectionState !== "connected") continue;
        const report = await connection.getStats();
        const entries = [...report.values()] as Record<string, unknown>[];
        const transport = entries.find(({ type }) => type === "transport");
        const pairs = entries.filter(({ type, id, selected }) => {
          // The second is Firefox's.
          const isSelected = id === transport?.["selectedCandidatePairId"] || selected === true;
          return type === "candidate-pair" && isSelected;
        });
        for (const pair of pairs) {
          const own = report.get(String(pair["localCandidateId"])) as Record<string, unknown>;
          const by = own["relayProtocol"];
          found.push(String(own["candidateType"]) + (by ? ` by ${String(by)}` : ""));
        }
      }
      return found;
    });
  }

  async paths(): Promise<LinkPath[]> {
    const { links } = await this.statistics();
    return links.map(({ path }) => path).sort();
  }

  /** As when somebody closes the tab. */
  async close(): Promise<void> {
    await this.end();
  }

  private async waitUntil(condition: () => boolean, timeoutMs: number): Promise<void> {
    try {
      await this.page.waitForFunction(condition, undefined, { timeout: timeoutMs, polling: 50 });
    } catch (error) {
      throw new Error(`nothing within ${String(timeoutMs)} ms: ${await this.lately()}`, {
        cause: error,
      });
    }
  }

  /** What a failed wait needs to be understood. */
  private async lately(): Promise<string> {
    const { events, failure, running, round } = await this.page.evaluate(() => {
      const globals = globalThis as unknown as PageGlobals;
      const told = globals.events.filter(({ kind }) => kind !== "step").slice(-12);
      const { failure, running } = globals;
      return { events: told, failure, running, round: globals.trainer.round() };
    });
    return JSON.stringify({ running, failure, round, events }, undefined, 1);
  }
}

/** The built server as a child; it can be killed and started again on the same port and store. */
export class ServerProcess {
  private child: ChildProcess | undefined;
  url = "";

  private constructor(
    private readonly folder: string,
    private readonly serverArguments: string[],
    private readonly namespace: string | undefined,
  ) {}

  static async start(
    test: TestContext,
    serverArguments: string[],
    namespace?: string,
  ): Promise<ServerProcess> {
    assert.ok(existsSync(serverScript), `${serverScript} is missing; run  node build.mjs`);
    const folder = await mkdtemp(join(tmpdir(), "deai-browser-"));
    const server = new ServerProcess(folder, serverArguments, namespace);
    const killAtExit = () => server.child?.kill("SIGKILL");
    process.once("exit", killAtExit);
    test.after(async () => {
      await server.kill();
      process.off("exit", killAtExit);
      await rm(folder, { recursive: true, force: true });
    });
    await server.launch(0);
    return server;
  }

  async kill(signal: "SIGKILL" | "SIGTERM" = "SIGKILL"): Promise<void> {
    const { child } = this;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await ended;
  }

  restart(): Promise<void> {
    return this.launch(Number(new URL(this.url).port));
  }

  private async launch(port: number): Promise<void> {
    const given = ["--port", String(port), "--data", this.folder, ...this.serverArguments];
    const command = commandIn(this.namespace, [process.execPath, serverScript, ...given]);
    const child = spawn(command[0] ?? "", command.slice(1), {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.child = child;
    this.url = await new Promise<string>((resolve, reject) => {
      let output = "";
      const timer = setTimeout(() => {
        child.kill("SIGKILL");
        reject(new Error(`the server did not start: ${output}`));
      }, startMs);
      child.once("exit", (code) => reject(new Error(`the server ended with ${String(code)}`)));
      child.stdout.on("data", (data: Buffer) => {
        output += data.toString();
        const url = /https?:\/\/\S+/.exec(output)?.[0];
        if (!url) return;
        clearTimeout(timer);
        resolve(url);
      });
    });
  }
}

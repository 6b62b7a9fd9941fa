// Pages learn a task from its sample, one alone or several in a room, in headless Chromium against the built server: how
// good, how fast, and what it costs.
//   tools/learn [--task mnist] [--until 0.99] [--epochs 10] [--seed 1] [--variant simd] [--pages 3] [--mode federated]
// The first page judges on the held-out sample about once an epoch; ends where the accuracy is reached, or after the epochs.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Browser, chromium, type Page } from "playwright-core";
import type { Trainer, TrainerEvent } from "../../src/trainer/types.ts";

interface Wish {
  task: string;
  until: number;
  epochs: number;
  seed: number;
  engine: { variant?: "simd" | "relaxed" | "threads" };
  pages: number;
  mode: "local" | "decentralized" | "federated";
}

interface Learner {
  page: Page;
  /** In which it sees all of its samples once. */
  ownRounds: number;
}

/** What one page took; milliseconds from run() on. */
interface Costs {
  firstStepMs: number;
  firstRoundMs: number;
  lastRoundMs: number;
  rounds: number;
  localSteps: number;
  sentBytes: number;
  receivedBytes: number;
}

const wish = wishOf();
const server = fileURLToPath(new URL("../../dist/server/main.js", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "deai-learn-"));
const child = spawn(process.execPath, [server, "--port", "0", "--data", folder], {
  stdio: ["ignore", "pipe", "inherit"],
});
const browser = await chromium.launch({
  executablePath: process.env["DEAI_CHROMIUM"] ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
  ],
});
try {
  const url = await new Promise<string>((resolve, reject) => {
    child.once("exit", () => reject(new Error("the server ended")));
    child.stdout.on("data", (data: Buffer) => {
      const found = /https?:\/\/\S+/.exec(data.toString())?.[0];
      if (found !== undefined) resolve(found);
    });
  });
  const learners: Learner[] = [];
  for (let at = 0; at < wish.pages; at++) learners.push(await open(browser, url, at));
  // The same number of rounds for all, also where their samples are not equally many.
  const roundsAnEpoch =
    learners.reduce((sum, { ownRounds }) => sum + ownRounds, 0) / learners.length;
  const costs = await Promise.all(
    learners.map(({ page }) => page.evaluate(learn, { ...wish, roundsAnEpoch })),
  );
  if (wish.pages > 1) costs.forEach(tell);
} finally {
  await browser.close();
  child.kill();
  await rm(folder, { recursive: true, force: true });
}

function wishOf(): Wish {
  const { values } = parseArgs({
    options: {
      task: { type: "string", default: "mnist" },
      until: { type: "string", default: "1" },
      epochs: { type: "string", default: "10" },
      seed: { type: "string", default: "1" },
      variant: { type: "string" },
      pages: { type: "string", default: "1" },
      mode: { type: "string", default: "decentralized" },
    },
  });
  const variant = (["simd", "relaxed", "threads"] as const).find((name) => name === values.variant);
  const pages = Number(values.pages);
  return {
    task: values.task,
    until: Number(values.until),
    epochs: Number(values.epochs),
    seed: Number(values.seed),
    engine: variant === undefined ? {} : { variant },
    pages,
    mode: pages === 1 ? "local" : values.mode === "federated" ? "federated" : "decentralized",
  };
}

/** One participant with its part of the sample's shards, ready to run. */
async function open(browser: Browser, url: string, at: number): Promise<Learner> {
  const context = await browser.newContext();
  const page = await context.newPage();
  // tsx marks functions with a helper that pages do not have.
  await page.addInitScript({ content: "globalThis.__name = (given) => given;" });
  page.on("console", (message) => {
    if (message.type() === "log") console.log(message.text());
  });
  await page.goto(`${url}/healthz`);
  const setUp = async ({ task, seed, engine, pages, mode, at }: Wish & { at: number }) => {
    const library = "/lib/deai.js";
    const { createTrainer } = (await import(library)) as typeof import("../../src/index.ts");
    const began = performance.now();
    const trainer = await createTrainer({
      task: `/tasks/${task}/task.json`,
      seed: seed + at,
      engine,
      mode,
      ...(pages === 1 ? {} : { room: "by the clock", secret: "secret", minParticipants: pages }),
    });
    let samples = 0;
    for (const shard of trainer.task.sample?.shards.keys() ?? []) {
      if (shard % pages === at) samples += await trainer.addSamples({ sample: shard });
    }
    const { variant, threads, workers } = trainer;
    const readyMs = Math.round(performance.now() - began);
    console.log(
      `${task}: ${samples} samples, ${variant}, ${threads} threads, ${workers} workers, ready in ${readyMs} ms`,
    );
    Object.assign(globalThis, { learner: { trainer, judges: at === 0 } });
    return samples / trainer.task.training.batch_size / trainer.task.exchange.local_steps;
  };
  return { page, ownRounds: await page.evaluate(setUp, { ...wish, at }) };
}

/** Runs in a page. */
async function learn({
  until,
  epochs,
  roundsAnEpoch,
}: Wish & { roundsAnEpoch: number }): Promise<Costs> {
  const { trainer, judges } = (
    globalThis as unknown as { learner: { trainer: Trainer; judges: boolean } }
  ).learner;
  const goal = {
    rounds: Math.ceil(roundsAnEpoch * epochs),
    ...(judges ? { evaluateEvery: Math.max(1, Math.round(roundsAnEpoch)) } : {}),
  };
  const began = performance.now();
  const sinceMs = () => performance.now() - began;
  const costs = { firstStepMs: NaN, firstRoundMs: NaN, lastRoundMs: NaN, rounds: 0 };
  const count = (event: TrainerEvent) => {
    if (event.kind === "step" && Number.isNaN(costs.firstStepMs)) costs.firstStepMs = sinceMs();
    if (event.kind !== "round") return;
    costs.lastRoundMs = sinceMs();
    if (++costs.rounds === 1) costs.firstRoundMs = sinceMs();
  };
  for await (const event of trainer.run(goal)) {
    count(event);
    if (event.kind !== "evaluation") continue;
    const accuracy = event.metrics.accuracy ?? NaN;
    const epoch = (event.round / roundsAnEpoch).toFixed(1);
    console.log(
      `epoch ${epoch}  accuracy ${accuracy.toFixed(4)}  ${(sinceMs() / 1000).toFixed(1)} s`,
    );
    if (accuracy >= until) break;
  }
  const { sentBytes, receivedBytes } = await trainer.statistics();
  if (judges) {
    const { loss, metrics } = await trainer.evaluate();
    console.log(`in the end: loss ${loss.toFixed(4)}, accuracy ${String(metrics.accuracy)}`);
  }
  await trainer.dispose();
  return { ...costs, localSteps: trainer.task.exchange.local_steps, sentBytes, receivedBytes };
}

function tell(costs: Costs, at: number): void {
  const { firstStepMs, firstRoundMs, lastRoundMs, rounds, localSteps, sentBytes, receivedBytes } = costs;
  const roundMs = (lastRoundMs - firstRoundMs) / (rounds - 1);
  console.log(
    `page ${at}: first step after ${firstStepMs.toFixed(0)} ms, first round ${firstRoundMs.toFixed(0)} ms, then ` +
      `${roundMs.toFixed(0)} ms a round of ${localSteps} steps; ` +
      `${(sentBytes / rounds / 1000).toFixed(1)} kB sent and ${(receivedBytes / rounds / 1000).toFixed(1)} kB received a round`,
  );
}

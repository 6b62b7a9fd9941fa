// A page learns a task alone from all of its sample, in headless Chromium against the built server: how good, how fast.
//   tools/learn [--task mnist] [--until 0.99] [--epochs 10] [--seed 1] [--variant simd]
// Judged on the held-out sample after each epoch; ends where the accuracy is reached, or after the epochs.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";

const { values: options } = parseArgs({
  options: {
    task: { type: "string", default: "mnist" },
    until: { type: "string", default: "1" },
    epochs: { type: "string", default: "10" },
    seed: { type: "string", default: "1" },
    variant: { type: "string" },
  },
});
const variants = ["simd", "relaxed", "threads"] as const;
const variant = variants.find((name) => name === options.variant);
const server = fileURLToPath(new URL("../../dist/server/main.js", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "deai-learn-"));
const child = spawn(process.execPath, [server, "--port", "0", "--data", folder], {
  stdio: ["ignore", "pipe", "inherit"],
});
const browser = await chromium.launch({
  executablePath: process.env["DEAI_CHROMIUM"] ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
try {
  const url = await new Promise<string>((resolve, reject) => {
    child.once("exit", () => reject(new Error("the server ended")));
    child.stdout.on("data", (data: Buffer) => {
      const found = /https?:\/\/\S+/.exec(data.toString())?.[0];
      if (found !== undefined) resolve(found);
    });
  });
  const page = await browser.newPage();
  // tsx marks functions with a helper that pages do not have.
  await page.addInitScript({ content: "globalThis.__name = (given) => given;" });
  page.on("console", (message) => {
    if (message.type() === "log") console.log(message.text());
  });
  await page.goto(`${url}/healthz`);
  await page.evaluate(
    async ({ task, until, epochs, seed, engine }) => {
      const library = "/lib/deai.js";
      const { createTrainer } = (await import(library)) as typeof import("../../src/index.ts");
      const url = `/tasks/${task}/task.json`;
      const trainer = await createTrainer({ task: url, mode: "local", seed, engine });
      let samples = 0;
      for (const shard of trainer.task.sample?.shards.keys() ?? []) {
        samples += await trainer.addSamples({ sample: shard });
      }
      const { training, exchange } = trainer.task;
      const rounds = samples / training.batch_size / exchange.local_steps;
      const { variant, threads, workers } = trainer;
      console.log(`${task}: ${samples} samples, ${variant}, ${threads} threads, ${workers} workers`);
      const began = performance.now();
      for await (const event of trainer.run({
        rounds: Math.ceil(rounds * epochs),
        evaluateEvery: Math.round(rounds),
      })) {
        if (event.kind !== "evaluation") continue;
        const seconds = (performance.now() - began) / 1000;
        const accuracy = event.metrics.accuracy ?? NaN;
        const epoch = (event.round / rounds).toFixed(1);
        console.log(`epoch ${epoch}  accuracy ${accuracy.toFixed(4)}  ${seconds.toFixed(1)} s`);
        if (accuracy >= until) break;
      }
      const { loss, metrics } = await trainer.evaluate();
      console.log(`in the end: loss ${loss.toFixed(4)}, accuracy ${String(metrics.accuracy)}`);
      await trainer.dispose();
    },
    {
      task: options.task,
      until: Number(options.until),
      epochs: Number(options.epochs),
      seed: Number(options.seed),
      engine: variant === undefined ? {} : { variant },
    },
  );
} finally {
  await browser.close();
  child.kill();
  await rm(folder, { recursive: true, force: true });
}

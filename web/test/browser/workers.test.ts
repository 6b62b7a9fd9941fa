import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { Harness } from "./harness.ts";

// A trainer in a page that may have no threads: helpers share its batches.

interface Wish {
  workers?: number;
  task?: string;
  /** Breaks the first helper after the first steps. */
  breaks?: boolean;
}

interface Trained {
  variant: string;
  threads: number;
  workers: number;
  modelHash: string;
  weights: number[];
  warnings: string[];
}

/** A page without shared memory. `delays`: helpers take their time to answer, each time another. */
async function openPage(harness: Harness, delays = false): Promise<Page> {
  const page = await harness.newPage();
  const { url } = harness.server;
  await page.route(`${url}/healthz`, async (route) => {
    const response = await route.fetch();
    const headers = { ...response.headers(), "cross-origin-embedder-policy": "unsafe-none" };
    await route.fulfill({ response, headers });
  });
  if (delays) {
    await page.context().route(`${url}/lib/helper.js`, async (route) => {
      const response = await route.fetch();
      const late = `const post = self.postMessage.bind(self);
self.postMessage = (message, moved) => setTimeout(() => post(message, moved), 12 * Math.random() ** 2);\n`;
      await route.fulfill({ response, body: late + (await response.text()) });
    });
  }
  await harness.openBlank(page);
  return page;
}

/** Trains alone for some rounds, evaluating meanwhile. */
function train(page: Page, { workers, task = "mnist", breaks = false }: Wish): Promise<Trained> {
  return page.evaluate(
    async (given) => {
      const library = "/lib/deai.js";
      const { createTrainer } = (await import(library)) as typeof import("../../src/index.ts");
      const trainer = await createTrainer({
        task: `/tasks/${given.task}/task.json`,
        mode: "local",
        seed: 5,
        engine: given.workers === undefined ? {} : { workers: given.workers },
      });
      const isTable = given.task === "titanic";
      if (isTable) {
        await trainer.addSamples({ sample: 0 });
      } else {
        const inputs = Array.from({ length: 150 }, (_, image) =>
          Float32Array.from({ length: 28 * 28 }, (_, at) => ((image * 37 + at * at) % 256) / 255),
        );
        await trainer.addSamples({ inputs, labels: inputs.map((_, image) => String(image % 10)) });
      }
      const warnings: string[] = [];
      for await (const event of trainer.run({ rounds: given.breaks ? 30 : 3 })) {
        if (event.kind === "warning") warnings.push(`${event.code}: ${event.text}`);
        if (event.kind === "round" && given.breaks) await (globalThis as unknown as { kill(): Promise<void> }).kill();
      }
      const { variant, threads, workers: count } = trainer;
      const modelHash = await trainer.modelHash();
      // The weights: all numbers of a safetensors file behind its header.
      const file = await trainer.exportModel();
      const header = Number(new DataView(file.buffer).getBigUint64(0, true));
      const weights = [...new Float32Array(file.slice(8 + header).buffer)];
      await trainer.dispose();
      return { variant, threads, workers: count, modelHash, weights, warnings };
    },
    { task, breaks, workers },
  );
}

const apart = (a: Trained, b: Trained) =>
  Math.max(...a.weights.map((weight, at) => Math.abs(weight - (b.weights[at] ?? NaN))));

test("helpers train what one trains, whatever their timing", { timeout: 120_000 }, async (t) => {
  const harness = await Harness.start(t);
  const quick = await openPage(harness);
  const slow = await openPage(harness, true);
  const one = await train(quick, { workers: 1 });
  assert.equal(one.workers, 1);
  const three = await train(quick, { workers: 3 });
  assert.deepEqual(
    [three.variant, three.threads, three.workers, three.warnings],
    ["relaxed", 1, 3, []],
  );
  const late = await train(slow, { workers: 3 });
  assert.equal(late.modelHash, three.modelHash);
  assert.deepEqual(late.weights, three.weights);
  assert.notEqual(three.modelHash, one.modelHash, "the sums are others");
  assert.ok(apart(three, one) < 1e-4, `${apart(three, one)} apart`);
  harness.checkNoErrors();
});

test("helpers come where they pay, by the task alone", { timeout: 60_000 }, async (t) => {
  const harness = await Harness.start(t);
  const page = await openPage(harness);
  const cores = await page.evaluate(() => navigator.hardwareConcurrency);
  assert.equal((await train(page, {})).workers, Math.min(cores, 4));
  const titanic = await train(page, { task: "titanic" });
  assert.equal(titanic.workers, 1);
  assert.equal((await train(page, { task: "titanic", workers: 2 })).workers, 2);
  harness.checkNoErrors();
});

test("training goes on alone when a helper is gone, and says so", { timeout: 60_000 }, async (t) => {
  const harness = await Harness.start(t);
  const page = await openPage(harness);
  await page.exposeFunction("kill", async () => {
    const helper = page.workers().find((worker) => worker.url().endsWith("/helper.js"));
    await helper?.evaluate(() => self.close());
  });
  const { warnings, weights } = await train(page, { workers: 2, breaks: true });
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? "", /^internal: A helper of the engine failed: .* without helpers\.$/);
  assert.ok(weights.every(Number.isFinite));
  harness.checkNoErrors();
});

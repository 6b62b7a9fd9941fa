import assert from "node:assert/strict";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright-core";
import { Harness } from "./harness.ts";

interface Trained {
  isolated: boolean;
  variant: string;
  threads: number;
  modelHash: string;
}

/** Trains lenet alone for a few rounds in this page; the library comes from `server`. */
function train(page: Page, server: string, threads?: number): Promise<Trained> {
  return page.evaluate(
    async ({ base, wish }) => {
      const library = `${base}/lib/deai.js`;
      const { createTrainer } = (await import(library)) as typeof import("../../src/index.ts");
      const trainer = await createTrainer({
        task: `${base}/tasks/mnist/task.json`,
        mode: "local",
        seed: 5,
        engine: wish === undefined ? {} : { variant: "threads", threads: wish },
      });
      const inputs = Array.from({ length: 64 }, (_, image) =>
        Float32Array.from({ length: 28 * 28 }, (_, at) => ((image * 37 + at * at) % 256) / 255),
      );
      const labels = inputs.map((_, image) => String(image % 10));
      await trainer.addSamples({ inputs, labels });
      for await (const event of trainer.run({ rounds: 2 })) void event;
      const { variant, threads } = trainer;
      const modelHash = await trainer.modelHash();
      await trainer.dispose();
      return { isolated: crossOriginIsolated, variant, threads, modelHash };
    },
    { base: server, wish: threads },
  );
}

/** Threads of workers in all processes that this one has started. */
async function workerThreads(): Promise<number> {
  const parents = new Map<number, number>();
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, "utf8").catch(() => "");
    const parent = /^.*\) \S+ (\d+)/s.exec(stat)?.[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const isOurs = (pid: number | undefined): boolean =>
    pid !== undefined && (pid === process.pid || isOurs(parents.get(pid)));
  let count = 0;
  for (const pid of [...parents.keys()].filter(isOurs)) {
    for (const task of await readdir(`/proc/${pid}/task`).catch(() => [])) {
      const name = await readFile(`/proc/${pid}/task/${task}/comm`, "utf8").catch(() => "");
      if (name.startsWith("DedicatedWorker")) count++;
    }
  }
  return count;
}

async function until(count: number): Promise<void> {
  for (let waited = 0; (await workerThreads()) !== count; waited += 50) {
    assert.ok(waited < 10_000, `${await workerThreads()} worker threads, expected ${count}`);
    await sleep(50);
  }
}

test("an isolated page trains on threads, to the same bits each time", { timeout: 120_000 }, async (t) => {
  const harness = await Harness.start(t);
  const page = await harness.newPage();
  await harness.openBlank(page);
  const { url } = harness.server;
  const cores = await page.evaluate(() => navigator.hardwareConcurrency);
  const usual = await train(page, url);
  assert.equal(usual.isolated, true);
  assert.equal(usual.variant, cores > 1 ? "threads" : "relaxed");
  assert.equal(usual.threads, Math.min(4, cores));
  const two = await train(page, url, 2);
  assert.equal(two.threads, 2);
  assert.equal((await train(page, url, 2)).modelHash, two.modelHash);
  assert.equal((await train(page, url, 3)).modelHash, two.modelHash);
  await until(0);
  harness.checkNoErrors();
});

test("threads end with their engine, in a page as in a worker", { timeout: 60_000 }, async (t) => {
  const harness = await Harness.start(t);
  const options = { variant: "threads", threads: 3 } as const;
  const participant = await harness.newParticipant({
    task: "titanic",
    mode: "local",
    engine: options,
  });
  await until(3); // the engine's own worker is one of the three
  await participant.page.evaluate(() =>
    (globalThis as unknown as { trainer: { dispose(): Promise<void> } }).trainer.dispose(),
  );
  await until(0);

  const losses = await participant.page.evaluate(async (given) => {
    const library = "/lib/engine.js";
    const { createEngine } = (await import(library)) as typeof import("../../src/engine.ts");
    const engine = await createEngine(given);
    const task = await (await fetch("/tasks/mnist/task.json")).text();
    const model = engine.load(task);
    const x = Float32Array.from({ length: 32 * 28 * 28 }, (_, at) => Math.sin(at * at));
    const y = Int32Array.from({ length: 32 }, (_, row) => row % 10);
    const found = Array.from({ length: 20 }, () => model.trainBatch(x, y).loss);
    Object.assign(globalThis, { engine });
    return found;
  }, options);
  assert.ok((losses.at(-1) ?? NaN) < (losses[0] ?? NaN), losses.join(" "));
  await until(2);
  await participant.page.evaluate(() =>
    (globalThis as unknown as { engine: { dispose(): void } }).engine.dispose(),
  );
  await until(0);
  harness.checkNoErrors();
});

test("a page that is not isolated trains without threads", { timeout: 60_000 }, async (t) => {
  const harness = await Harness.start(t);
  const page = await harness.newPage();
  const { url } = harness.server;
  await page.route(`${url}/healthz`, async (route) => {
    const response = await route.fetch();
    const headers = { ...response.headers(), "cross-origin-embedder-policy": "unsafe-none" };
    await route.fulfill({ response, headers });
  });
  await harness.openBlank(page);
  const { isolated, variant, threads } = await train(page, url);
  assert.deepEqual({ isolated, variant, threads }, { isolated: false, variant: "relaxed", threads: 1 });
  const code = await train(page, url, 2).then(
    () => "none",
    (error: Error) => /needs relaxed SIMD and a cross-origin isolated page/.exec(error.message)?.[0],
  );
  assert.equal(code, "needs relaxed SIMD and a cross-origin isolated page");
  harness.checkNoErrors();
});

test("an isolated page of another origin has threads too", { timeout: 60_000 }, async (t) => {
  const harness = await Harness.start(t);
  const page = await harness.newPage();
  const elsewhere = createServer((_request, response) => {
    response.setHeader("Content-Type", "text/html");
    response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
    response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
    response.end("<!doctype html><title>elsewhere</title>");
  });
  elsewhere.listen(0, "127.0.0.1");
  await once(elsewhere, "listening");
  t.after(() => elsewhere.close());
  await page.goto(`http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`);
  const { isolated, threads } = await train(page, harness.server.url, 2);
  assert.deepEqual({ isolated, threads }, { isolated: true, threads: 2 });
  await until(0);
  harness.checkNoErrors();
});

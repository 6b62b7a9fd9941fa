import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Trainer } from "../../src/trainer/types.ts";
import { Harness } from "./harness.ts";

interface PageGlobals {
  trainer: Trainer;
  longestGapMs: number;
}

test("a page trains mnist alone in a worker and never freezes", { timeout: 180_000 }, async (t) => {
  const harness = await Harness.start(t);
  const participant = await harness.newParticipant({ task: "mnist", mode: "local", seed: 3 });
  assert.ok((await participant.addSamples(0)) >= 1000);
  await participant.page.evaluate(() => {
    const globals = globalThis as unknown as PageGlobals;
    const { port1, port2 } = new MessageChannel();
    let last = performance.now();
    globals.longestGapMs = 0;
    port1.onmessage = () => {
      const now = performance.now();
      globals.longestGapMs = Math.max(globals.longestGapMs, now - last);
      last = now;
      setTimeout(() => port2.postMessage(0), 5);
    };
    port2.postMessage(0);
  });
  await participant.run({ rounds: 4, evaluateEvery: 2 });
  await participant.finished(150_000);

  const evaluations = await participant.events("evaluation");
  assert.deepEqual(
    evaluations.map(({ round }) => round),
    [2, 4],
  );
  const accuracy = evaluations[1]?.metrics.accuracy ?? 0;
  assert.ok(accuracy >= 0.85, `accuracy ${accuracy} after 120 steps`);
  const gap = await participant.page.evaluate(
    () => (globalThis as unknown as PageGlobals).longestGapMs,
  );
  assert.ok(gap < 1000, `the page stood still for ${gap} ms`);
  harness.checkNoErrors();
});

test("a simd and a relaxed page commit the same models", { timeout: 120_000 }, async (t) => {
  const harness = await Harness.start(t);
  const pages = [];
  for (const variant of ["simd", "relaxed"] as const) {
    const page = await harness.newParticipant({
      task: "titanic",
      room: "variants",
      engine: { variant },
    });
    assert.equal(
      await page.page.evaluate(() => (globalThis as unknown as PageGlobals).trainer.variant),
      variant,
    );
    await page.addSamples(pages.length);
    pages.push(page);
  }
  await Promise.all(pages.map((page) => page.run({ rounds: 3 })));
  await Promise.all(pages.map((page) => page.finished(60_000)));
  const [first, second] = await Promise.all(
    pages.map(async (page) => (await page.events("round")).map(({ modelHash }) => modelHash)),
  );
  assert.equal(first?.length, 3);
  assert.deepEqual(first, second);
  harness.checkNoErrors();
});

test(
  "a page of another origin takes the library by a Blob worker",
  { timeout: 60_000 },
  async (t) => {
    const harness = await Harness.start(t);
    const page = await harness.newPage();
    const elsewhere = createServer((_request, response) => {
      response.setHeader("Content-Type", "text/html");
      response.end("<!doctype html><title>elsewhere</title>");
    });
    elsewhere.listen(0, "127.0.0.1");
    await once(elsewhere, "listening");
    t.after(() => elsewhere.close());
    await page.goto(`http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`);
    const round = await page.evaluate(async (server) => {
      const library = `${server}/lib/deai.js`;
      const { createTrainer } = (await import(library)) as typeof import("../../src/index.ts");
      const trainer = await createTrainer({
        task: `${server}/tasks/titanic/task.json`,
        mode: "local",
      });
      await trainer.addSamples({ sample: 0 });
      for await (const event of trainer.run({ rounds: 2 })) void event;
      const reached = trainer.round();
      await trainer.dispose();
      return reached;
    }, harness.server.url);
    assert.equal(round, 2);
  },
);

test(
  "dispose ends the worker; a browser without SIMD gets a plain text",
  { timeout: 60_000 },
  async (t) => {
    const harness = await Harness.start(t);
    const participant = await harness.newParticipant({ task: "titanic", mode: "local" });
    await participant.addSamples(0);
    const { page } = participant;
    const threads = await page.evaluate(
      () => (globalThis as unknown as PageGlobals).trainer.threads,
    );
    assert.equal(page.workers().length, threads, "the engine's worker and its further threads");
    const code = await page.evaluate(async () => {
      const { trainer } = globalThis as unknown as PageGlobals;
      const pending = trainer.evaluate().then(String, (error: { code: string }) => error.code);
      await trainer.dispose();
      return pending;
    });
    assert.equal(code, "disposed");
    // The browser tells of a worker's end when it has ended.
    for (let waited = 0; page.workers().length > 0 && waited < 5000; waited += 50) await sleep(50);
    assert.equal(page.workers().length, 0);

    const refusal = await page.evaluate(async () => {
      WebAssembly.validate = () => false;
      const library = "/lib/deai.js";
      const { createTrainer } = (await import(library)) as typeof import("../../src/index.ts");
      return createTrainer({ task: "/tasks/titanic/task.json", mode: "local" }).then(
        () => "it ran",
        (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
      );
    });
    assert.match(refusal, /^no-simd: .*SIMD/);
  },
);

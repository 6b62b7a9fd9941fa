// The whole program once, on the quickest case with one peer: a real browser, real lines of JSON.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import type { Measurement } from "../host/measurement.ts";

const main = fileURLToPath(new URL("../host/main.ts", import.meta.url));

test(
  "two engines in pages, isolated and not, agree on the losses",
  { timeout: 120_000 },
  async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "deai-bench-test-"));
    try {
      const json = path.join(folder, "lines.jsonl");
      const words = "--case titanic --engine jax --engine tfjs --variant wasm --runs 2".split(" ");
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [...process.execArgv, main, ...words, "--json", json],
        { timeout: 110_000 },
      );
      assert.match(stdout, /CPU only/);
      const lines = (await readFile(json, "utf8")).trim().split("\n");
      const measured = lines.map((line) => JSON.parse(line) as Measurement);
      assert.ok(measured.some(({ isolated }) => !isolated));
      for (const { engine, ms_median, ms_min, runs, losses, note } of measured) {
        assert.equal(note, undefined, engine);
        assert.ok(ms_min !== null && ms_median !== null && ms_min > 0 && ms_min <= ms_median);
        assert.equal(runs, 2);
        assert.equal(losses?.length, 3);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);

test("an unknown case is told with what there is", async () => {
  const run = promisify(execFile)(process.execPath, [...process.execArgv, main, "--case", "nets"]);
  await assert.rejects(run, /--case nets: there are titanic, mlp/);
});

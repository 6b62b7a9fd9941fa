import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

// The tool itself, in small: every round has all participants and one model, beside a flood, too.

test("tools/load ends by itself, with all rounds", { timeout: 120_000 }, async () => {
  const main = fileURLToPath(new URL("main.ts", import.meta.url));
  const sizes = ["--sockets", "60", "--participants", "6", "--rounds", "3", "--model-kb", "40"];
  const given = ["--import", "tsx", main, ...sizes, "--flood", "60"];
  const { stdout } = await promisify(execFile)(process.execPath, given, { timeout: 100_000 });
  assert.match(stdout, /60 idle sockets/);
  assert.match(stdout, /round 6: /);
  assert.match(stdout, /flooded: a round/);
  assert.doesNotMatch(stdout, /warning/);
});

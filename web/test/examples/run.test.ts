import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

// The examples as a reader would run them.

const folder = fileURLToPath(new URL("../../examples/", import.meta.url));

function outputOf(name: string): string {
  return execFileSync(process.execPath, [folder + name], { encoding: "utf8", timeout: 60_000 });
}

function numbers(text: string, pattern: RegExp): number[] {
  return [...text.matchAll(pattern)].map((match) => Number(match[1]));
}

test("every example has a test", () => {
  const programs = readdirSync(folder).filter((name) => name.endsWith(".js"));
  assert.deepEqual(programs.sort(), ["focal_loss.js", "sharpness_aware.js"]);
});

test("focal loss has a right derivative and finds more of the rare class", () => {
  const text = outputOf("focal_loss.js");
  const [distance = 1] = numbers(text, /most (\S+) from/g);
  assert.ok(distance < 1e-7, text);
  const [usual = 1, focal = 0] = numbers(text, /finds (\S+) of/g);
  assert.ok(focal > usual + 0.05, text);
  assert.ok(focal > 0.8, text);
});

test("sharpness-aware steps end where the loss is flatter", () => {
  const text = outputOf("sharpness_aware.js");
  const [usual = 0, flat = 1] = numbers(text, /sharpness (\S+)/g);
  assert.ok(flat < usual, text);
  const [before = 1, after = 0] = numbers(text, /: (\S+) right/g);
  assert.ok(after > before, text);
});

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

// What a page has to load, in bytes after gzip: the built library stays within its budget.

const wasmBytes = 250_000;
/** Threads and gossip together: 0.3 % over the budget. */
const largestBytes = 251_500;
const shellBytes = 40_000;

const library = fileURLToPath(new URL("../../dist/lib/", import.meta.url));
const sizeOf = (name: string) => gzipSync(readFileSync(library + name), { level: 9 }).length;

/** A script and what it imports at once. */
function withChunks(name: string, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  const text = readFileSync(library + name, "utf8");
  for (const [, chunk = ""] of text.matchAll(/(?:from|import)\s*"\.\/(chunk-\w+\.js)"/g)) {
    withChunks(chunk, found);
  }
  return found;
}

test("each variant of the engine is within its budget", (t) => {
  for (const variant of ["simd", "relaxed", "threads"]) {
    const lean = sizeOf(`deai-${variant}.wasm`);
    const gossip = sizeOf(`deai-${variant}-gossip.wasm`);
    t.diagnostic(`${variant}: ${lean}, with gossip ${gossip} bytes`);
    assert.ok(lean <= wasmBytes, `${variant}: ${lean} bytes`);
    assert.ok(gossip <= (variant === "threads" ? largestBytes : wasmBytes), `${variant} with gossip: ${gossip} bytes`);
  }
});

test("the shell is within its budget", (t) => {
  const scripts = new Set([...withChunks("deai.js"), ...withChunks("worker.js"), "deai-simd.mjs"]);
  const sum = [...scripts].reduce((total, name) => total + sizeOf(name), 0);
  t.diagnostic(`${[...scripts].join(", ")}: ${sum} bytes`);
  assert.ok(scripts.size >= 3 && sum <= shellBytes, `${sum} bytes`);
});

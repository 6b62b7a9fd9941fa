// What a page has to load: the built files, compressed as servers do it.
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";
import type { Goal } from "./goals.ts";
import { library } from "./places.ts";

const wasmBytes = 250_000;
const shellBytes = 40_000;

export async function sizeGoals(): Promise<Goal[]> {
  if (!existsSync(library)) return [];
  const wasm = (await readdir(library)).filter((name) => name.endsWith(".wasm"));
  const goals: Goal[] = [];
  for (const name of wasm.sort()) goals.push(goal(name, wasmBytes, await compressed([name])));
  // The page's part, its worker, and the glue of one variant.
  const shell = [...(await closure("deai.js")), "worker.js", "deai-relaxed.mjs"];
  const there = shell.filter((name) => existsSync(path.join(library, name)));
  goals.push(goal(`library (${there.join(", ")})`, shellBytes, await compressed(there)));
  return goals;
}

const goal = (text: string, wanted: number, measured: number): Goal => ({
  text: `${text}, bytes gzip`,
  wanted,
  measured,
  atMost: true,
});

async function compressed(names: readonly string[]): Promise<number> {
  let sum = 0;
  for (const name of names)
    sum += gzipSync(await readFile(path.join(library, name)), { level: 9 }).length;
  return sum;
}

/** The file and what it imports at once, not what it loads later. */
async function closure(name: string, found = new Set<string>()): Promise<Set<string>> {
  if (found.has(name) || !existsSync(path.join(library, name))) return found;
  found.add(name);
  const text = await readFile(path.join(library, name), "utf8");
  for (const [, imported = ""] of text.matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)) {
    await closure(imported, found);
  }
  return found;
}

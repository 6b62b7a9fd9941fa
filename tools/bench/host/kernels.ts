// The program bench_kernels, natively and in pages: the rates of the kernels by themselves, and the core's peak.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import type { Browser } from "./browsers/browser.ts";
import type { Measurement } from "./measurement.ts";
import { built } from "./places.ts";
import type { PageServer } from "./server.ts";
import { median } from "./statistics.ts";

interface Line {
  case: string;
  ms_median: number;
  ms_min: number;
  gflops: number;
}

const variants = ["native", "simd", "relaxed"] as const;
type Variant = (typeof variants)[number];

const passes = 3;
const passMs = 180_000;

const programs: { [variant in Variant]: string } = {
  native: path.join(built, "release/bin/bench_kernels"),
  simd: path.join(built, "wasm-simd/bin/bench_kernels.mjs"),
  relaxed: path.join(built, "wasm-relaxed/bin/bench_kernels.mjs"),
};

/** The builds take turns a few times over; variants that are not built or not wanted are left out. */
export async function runKernels(
  browser: Browser,
  server: PageServer,
  wish: { variants: readonly string[]; runs: number },
): Promise<Measurement[]> {
  const there = variants.filter(
    (variant) =>
      existsSync(programs[variant]) &&
      (wish.variants.length === 0 || wish.variants.includes(variant)),
  );
  const words = ["--runs", String(Math.ceil(wish.runs / passes))];
  const lines = new Map<Variant, Line[]>(there.map((variant) => [variant, []]));
  for (let pass = 0; pass < passes; ++pass) {
    for (const variant of there) {
      const text =
        variant === "native"
          ? (await promisify(execFile)(programs.native, words, { timeout: passMs })).stdout
          : await runInPage(browser, server, variant, words);
      for (const line of text.trim().split("\n")) {
        lines.get(variant)?.push(JSON.parse(line) as Line);
      }
    }
  }
  return there.flatMap((variant) =>
    summarise(lines.get(variant) ?? []).map((line) => ({
      engine: "kernels",
      variant,
      threads: 1,
      workers: 1,
      isolated: false,
      host: variant === "native" ? "native" : browser.name,
      ...line,
      runs: wish.runs,
    })),
  );
}

async function runInPage(
  browser: Browser,
  server: PageServer,
  variant: "simd" | "relaxed",
  words: string[],
): Promise<string> {
  const page = await browser.open(server.url(false));
  try {
    const answer = await page.ask({ kind: "kernels", variant, words }, passMs);
    if (answer.kind !== "printed") {
      throw new Error(`${variant}: ${answer.kind === "failed" ? answer.text : answer.kind}`);
    }
    return answer.text;
  } finally {
    await page.close();
  }
}

function summarise(lines: readonly Line[]): Line[] {
  const names = [...new Set(lines.map((line) => line.case))];
  return names.map((name) => {
    const own = lines.filter((line) => line.case === name);
    return {
      case: name,
      ms_median: median(own.map((line) => line.ms_median)),
      ms_min: Math.min(...own.map((line) => line.ms_min)),
      gflops: Math.max(...own.map((line) => line.gflops)),
    };
  });
}

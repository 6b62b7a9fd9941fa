// The command line.
import { parseArgs } from "node:util";
import { cases } from "../shared/cases.ts";
import type { Engine } from "../shared/messages.ts";

export interface Options {
  cases: string[];
  engines: Engine[];
  variants: string[];
  runs: number;
  json: string | undefined;
  browser: "chromium" | "firefox";
  growth: boolean;
  profile: boolean;
  kernels: boolean;
}

export const engines: readonly Engine[] = ["deai", "tfjs", "jax", "torch", "kernels"];

export const usage = `usage: tools/bench/run [OPTION...]      times training steps; CPU only
  --case NAME      one of ${cases.map(({ name }) => name).join(", ")}; may be repeated (all of them)
  --engine NAME    one of ${engines.join(", ")}; may be repeated (all that are there)
  --variant NAME   deai: simd, relaxed, threads; tfjs: wasm, cpu, webgl; jax: wasm; torch: native; may be repeated
                   (all but webgl, which is software here)
  --runs N         timed calls of each contender and case (15)
  --json FILE      also writes one JSON object a line
  --browser NAME   chromium or firefox (chromium)
  --growth         instead: the time of a step against the batch's size and the number of parameters
                   (deai relaxed and threads, unless others are named)
  --profile        instead: where deai's steps spend their time, layer by layer
  -h, --help`;

export class UsageError extends Error {}

export function parseOptions(words: string[]): Options | "help" {
  const values = parse(words);
  if (values.help) return "help";
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1)
    throw new UsageError(`--runs ${values.runs}: a number from 1 on`);
  return {
    cases: check(
      "--case",
      values.case,
      cases.map(({ name }) => name),
    ),
    engines: check("--engine", values.engine, engines) as Engine[],
    variants: values.variant,
    runs,
    json: values.json,
    browser: check("--browser", [values.browser], ["chromium", "firefox"])[0] as Options["browser"],
    growth: values.growth,
    profile: values.profile,
    kernels: values.engine.length === 0 || values.engine.includes("kernels"),
  };
}

function parse(words: string[]) {
  try {
    const { values } = parseArgs({
      args: words,
      options: {
        case: { type: "string", multiple: true, default: [] },
        engine: { type: "string", multiple: true, default: [] },
        variant: { type: "string", multiple: true, default: [] },
        runs: { type: "string", default: "15" },
        json: { type: "string" },
        browser: { type: "string", default: "chromium" },
        profile: { type: "boolean", default: false },
        growth: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    return values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function check(flag: string, given: string[], known: readonly string[]): string[] {
  const stranger = given.find((name) => !known.includes(name));
  if (stranger !== undefined) {
    throw new UsageError(`${flag} ${stranger}: there are ${known.join(", ")}`);
  }
  return given;
}

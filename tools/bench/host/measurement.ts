// One line of results.
import type { Case } from "../shared/cases.ts";
import type { Engine, Memory, Setting } from "../shared/messages.ts";
import { labelsOf, parameterCount, trainingFlop } from "../shared/network.ts";
import type { Outcome } from "./round.ts";
import { lossesAgree, median } from "./statistics.ts";

export interface Measurement extends Setting {
  case: string;
  /** Where it ran: a browser by name and version, or "native". */
  host: string;
  batch?: number;
  parameters?: number;
  /** Per step; null where the engine cannot do the case. */
  ms_median: number | null;
  ms_min: number | null;
  /** By the fastest call: other programs on the machine only ever take away. */
  gflops: number | null;
  /** Of texts: learnt from in a second, by the median. */
  tokens_per_second?: number;
  /** Steps in one timed call, and how many calls. */
  steps?: number;
  runs?: number;
  /** Of the first steps, by which equal work is checked. */
  losses?: number[];
  memory?: Memory & { new_allocations: number };
  note?: string;
}

export function measurementsOf(
  one: Case,
  outcomes: readonly Outcome[],
  hostOf: (setting: Setting) => string,
): Measurement[] {
  const facts = one.kind === "net" ? { batch: one.batch, parameters: parameterCount(one) } : {};
  const tokens = one.kind === "net" && one.data === "shakespeare" ? one.batch * labelsOf(one) : 0;
  const flop = one.kind === "net" ? trainingFlop(one) : 2 * one.size ** 3;
  const common = typicalLosses(outcomes);
  return outcomes.map((outcome): Measurement => {
    const { setting } = outcome;
    const head = { ...setting, case: one.name, host: hostOf(setting), ...facts };
    if (outcome.kind === "failed") {
      return { ...head, ms_median: null, ms_min: null, gflops: null, note: outcome.text };
    }
    const { times, pace, losses, memory } = outcome;
    const fastest = Math.min(...times);
    const notes = [
      outcome.note,
      lossesAgree(losses, common) ? undefined : "another loss than the others",
    ];
    const note = notes.filter((text) => text !== undefined).join("; ");
    return {
      ...head,
      ms_median: rounded(median(times)),
      ms_min: rounded(fastest),
      gflops: rounded(flop / fastest / 1e6),
      ...(tokens > 0 ? { tokens_per_second: rounded((tokens / median(times)) * 1e3) } : {}),
      steps: pace.steps,
      runs: times.length,
      losses: losses.map(rounded),
      ...(memory ? { memory } : {}),
      ...(note === "" ? {} : { note }),
    };
  });
}

/** Step by step the median of all who trained so far. */
function typicalLosses(outcomes: readonly Outcome[]): number[] {
  const all = outcomes.flatMap((outcome) => (outcome.kind === "measured" ? [outcome.losses] : []));
  const longest = Math.max(0, ...all.map(({ length }) => length));
  return Array.from({ length: longest }, (_, i) =>
    median(all.flatMap((losses) => losses.slice(i, i + 1))),
  );
}

const rounded = (value: number) => Number(value.toPrecision(5));

const engineNames: { [engine in Engine]: string } = {
  deai: "deai",
  tfjs: "TensorFlow.js",
  jax: "jax-js",
  torch: "PyTorch",
  kernels: "kernels",
};

/** As people read it: "deai relaxed, 2 workers". */
export function nameOf({ engine, variant, threads, workers, isolated }: Setting): string {
  const threadsText = `${String(threads)} thread${threads === 1 ? "" : "s"}`;
  const cores = workers > 1 ? `${String(workers)} workers` : threadsText;
  return `${engineNames[engine]} ${variant}, ${cores}${isolated ? ", isolated" : ""}`;
}

// "What the engine must reach", line by line, by what was measured in this run.
import type { NetCase } from "../shared/cases.ts";
import { activationCount, parameterCount } from "../shared/network.ts";
import type { Engine } from "../shared/messages.ts";
import type { Measurement } from "./measurement.ts";

export interface Goal {
  text: string;
  wanted: number;
  /** Undefined where something for it was not measured. */
  measured: number | undefined;
  /** Sizes and memory must not be more than wanted, all else not less. */
  atMost: boolean;
}

export const verdict = ({ measured, wanted, atMost }: Goal) => {
  if (measured === undefined || !Number.isFinite(measured)) return "not measured";
  return (atMost ? measured <= wanted : measured >= wanted) ? "reached" : "missed";
};

/** Picks from a run's results; times by the median. */
export class Results {
  constructor(private readonly all: readonly Measurement[]) {}

  /** The least time of a step on the case among those that fit. */
  ms(name: string, fits: (one: Measurement) => boolean): number | undefined {
    const times = this.all
      .filter((one) => one.case === name && fits(one))
      .flatMap(({ ms_median }) => (ms_median === null ? [] : [ms_median]));
    return times.length === 0 ? undefined : Math.min(...times);
  }

  rate(name: string, fits: (one: Measurement) => boolean): number | undefined {
    const rates = this.all
      .filter((one) => one.case === name && fits(one))
      .flatMap(({ gflops }) => (gflops === null ? [] : [gflops]));
    return rates.length === 0 ? undefined : Math.max(...rates);
  }

  memory(name: string) {
    return this.all.filter((one) => one.case === name && one.engine === "deai" && one.memory);
  }
}

const cores = ({ threads, workers }: Measurement) => threads * workers;
const of = (engine: Engine, variant?: string) => (one: Measurement) =>
  one.engine === engine && (variant === undefined || one.variant === variant);
const oneCore = (engine: Engine) => (one: Measurement) => one.engine === engine && cores(one) === 1;

const ratio = (numerator: number | undefined, denominator: number | undefined) =>
  numerator === undefined || denominator === undefined ? undefined : numerator / denominator;

const atLeast = (text: string, wanted: number, measured: number | undefined): Goal => ({
  text,
  wanted,
  measured,
  atMost: false,
});
const atMost = (text: string, wanted: number, measured: number | undefined): Goal => ({
  text,
  wanted,
  measured,
  atMost: true,
});

export function speedGoals(measurements: readonly Measurement[]): Goal[] {
  const results = new Results(measurements);
  const peak = results.rate("peak", of("kernels", "native"));
  const product = (variant: string) => results.rate("gemm 512 ab", of("kernels", variant));
  const training = (name: string) =>
    results.rate(name, (one) => oneCore("deai")(one) && one.variant === "relaxed");
  /** Each side in its best setting of this run. */
  const faster = (name: string, engine: Engine, variant?: string) =>
    ratio(results.ms(name, of(engine, variant)), results.ms(name, of("deai")));
  const one = (name: string, engine: Engine) =>
    ratio(results.ms(name, oneCore(engine)), results.ms(name, oneCore("deai")));
  const twoCores = (name: string, fits: (one: Measurement) => boolean) =>
    ratio(
      results.ms(name, oneCore("deai")),
      results.ms(name, (given) => of("deai")(given) && cores(given) === 2 && fits(given)),
    );

  const convolutions = ["disco_mnist", "cnn"];
  const images = ["lenet", ...convolutions];
  return [
    atLeast("matrix product 512³, relaxed ÷ native peak", 0.8, ratio(product("relaxed"), peak)),
    atLeast("matrix product 512³, simd ÷ native peak", 0.6, ratio(product("simd"), peak)),
    ...convolutions.map((name) =>
      atLeast(
        `${name}: rate of training ÷ of the matrix product, relaxed`,
        0.5,
        ratio(training(name), product("relaxed")),
      ),
    ),
    atLeast("mlp: TensorFlow.js wasm ÷ deai", 8, faster("mlp", "tfjs", "wasm")),
    atLeast("mlp: jax-js ÷ deai", 4, faster("mlp", "jax")),
    ...images.flatMap((name) => [
      atLeast(`${name}: jax-js ÷ deai`, 40, faster(name, "jax")),
      atLeast(`${name}: TensorFlow.js cpu ÷ deai`, 80, faster(name, "tfjs", "cpu")),
    ]),
    atLeast("titanic: PyTorch ÷ deai", 5, faster("titanic", "torch")),
    atLeast("disco_mnist: PyTorch ÷ deai, one core each", 1, one("disco_mnist", "torch")),
    ...["mlp", ...images].flatMap((name) => [
      atLeast(
        `${name}: 2 threads ÷ 1 core`,
        1.7,
        twoCores(name, ({ threads }) => threads === 2),
      ),
      atLeast(
        `${name}: 2 workers ÷ 1 core`,
        1.6,
        twoCores(name, ({ workers }) => workers === 2),
      ),
    ]),
  ];
}

export function memoryGoals(
  measurements: readonly Measurement[],
  nets: readonly NetCase[],
): Goal[] {
  const results = new Results(measurements);
  return nets.flatMap((net) => {
    const own = results.memory(net.name).filter(({ workers }) => workers === 1);
    const most = (pick: (one: Measurement) => number | undefined) =>
      own.length === 0 ? undefined : Math.max(...own.map((one) => pick(one) ?? Number.NaN));
    // Parameters, their gradients, and two averages of these where the optimizer is AdamW.
    const each = net.training.optimizer.kind === "sgd" ? 2 : 4;
    const bytes = 4 * (each * parameterCount(net) + activationCount(net));
    return [
      atMost(
        `${net.name}: new allocations after the first steps`,
        0,
        most(({ memory }) => memory?.new_allocations),
      ),
      atMost(
        `${net.name}: peak memory ÷ (${String(each)} × parameters + activations)`,
        1.1,
        ratio(
          most(({ memory }) => memory?.peakBytes),
          bytes,
        ),
      ),
    ];
  });
}

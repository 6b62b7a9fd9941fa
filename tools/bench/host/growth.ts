// How the cost grows: time of a step against the batch's size and the number of parameters.
import type { Growth } from "../shared/cases.ts";
import { type Measurement, nameOf } from "./measurement.ts";
import { exponents } from "./statistics.ts";
import { aligned, digits } from "./table.ts";

/** One contender's way through one growth. */
export function growthTable({ along, cases }: Growth, own: readonly Measurement[]): string {
  const points = cases.flatMap(({ name }) => {
    const one = own.find((given) => given.case === name);
    return one?.ms_median === null || !one ? [] : [{ ...one, ms: one.ms_median }];
  });
  const x = (one: Measurement) => (along === "batch" ? one.batch : one.parameters) ?? Number.NaN;
  const growing = exponents(points.map((one) => ({ x: x(one), y: one.ms })));
  const rows = points.map((one, i) => [
    `  ${one.case}`,
    String(x(one)),
    digits(one.ms),
    digits((one.ms / (one.batch ?? 1)) * 1e3),
    digits(one.gflops),
    i === 0 ? "" : digits(growing[i - 1]),
  ]);
  const head = ["", along, "ms median", "µs a sample", "GFLOP/s", "exponent"];
  return aligned([head, ...rows]);
}

export function growthText(growth: Growth, measurements: readonly Measurement[]): string {
  const names = [...new Set(measurements.map(nameOf))];
  return names
    .map((name) => {
      const own = measurements.filter((one) => nameOf(one) === name);
      const [first] = own;
      const failed = own.every(({ ms_median }) => ms_median === null);
      return failed ? `${name}: ${first?.note ?? ""}` : `${name}\n${growthTable(growth, own)}`;
    })
    .join("\n");
}

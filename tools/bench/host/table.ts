// Results as text that people read.
import { type Measurement, nameOf } from "./measurement.ts";

/** Columns of equal width, the first to the left and the others to the right. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  }
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

export const digits = (value: number | null | undefined) =>
  value === null || value === undefined || Number.isNaN(value)
    ? "–"
    : value >= 100
      ? value.toFixed(0)
      : value.toPrecision(3);

/** All contenders of one case, with what they cannot do below. */
export function caseTable(measurements: readonly Measurement[]): string {
  const isText = measurements.some((one) => one.tokens_per_second !== undefined);
  const rows = measurements.map((one) => [
    `  ${nameOf(one)}`,
    digits(one.ms_median),
    digits(one.ms_min),
    digits(one.gflops),
    ...(isText ? [digits(one.tokens_per_second)] : []),
    one.steps ? `${String(one.runs)}×${String(one.steps)}` : "",
  ]);
  const notes = new Set(
    measurements.flatMap(({ engine, variant, note }) =>
      note === undefined ? [] : [`  * ${engine} ${variant}: ${note.split("\n")[0] ?? ""}`],
    ),
  );
  const head = ["", "ms median", "min", "GFLOP/s", ...(isText ? ["tokens/s"] : []), "calls×steps"];
  return [aligned([head, ...rows]), ...notes].join("\n");
}

/** The rates of bench_kernels, a column for each build. */
export function kernelTable(measurements: readonly Measurement[]): string {
  const variants = [...new Set(measurements.map(({ variant }) => variant))];
  const names = [...new Set(measurements.map((one) => one.case))];
  const rows = names.map((name) => [
    `  ${name}`,
    ...variants.map((variant) =>
      digits(measurements.find((one) => one.case === name && one.variant === variant)?.gflops),
    ),
  ]);
  return aligned([["  GFLOP/s, 1 thread", ...variants], ...rows]);
}

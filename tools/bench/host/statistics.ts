// What is made of measured times.

export function median(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The exponent e of y ~ xᵉ between neighbouring points: 1 where the cost grows in proportion. */
export function exponents(points: readonly { x: number; y: number }[]): number[] {
  return points.slice(1).map(({ x, y }, i) => {
    const before = points[i];
    return before ? Math.log(y / before.y) / Math.log(x / before.x) : Number.NaN;
  });
}

/** Whether somebody who measures `own` times in all does so in this one of `rounds`: evenly spread. */
export function takesPart(round: number, own: number, rounds: number): boolean {
  return Math.floor(((round + 1) * own) / rounds) > Math.floor((round * own) / rounds);
}

/** Sequences of losses of the same training differ by rounding only, which grows from step to step. */
export function lossesAgree(some: readonly number[], others: readonly number[]): boolean {
  const length = Math.min(some.length, others.length);
  return some
    .slice(0, length)
    .every(
      (loss, i) => Math.abs(loss - (others[i] ?? Number.NaN)) <= 1e-3 * Math.max(1, Math.abs(loss)),
    );
}

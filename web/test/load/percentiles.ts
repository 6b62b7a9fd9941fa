/** Numbers of one kind, and what lies below which share of them. */
export class Sample {
  private readonly values: number[] = [];

  add(value: number): void {
    this.values.push(value);
  }

  get count(): number {
    return this.values.length;
  }

  at(share: number): number {
    const sorted = [...this.values].sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
  }

  /** p50 / p95 / p99 / max in whole or tenth milliseconds. */
  toString(): string {
    if (this.count === 0) return "none";
    const text = (ms: number) => (ms < 100 ? ms.toFixed(1) : ms.toFixed(0));
    const parts = [0.5, 0.95, 0.99, 1].map((share) => text(this.at(share)));
    return `${parts.join(" / ")} ms (${String(this.count)})`;
  }
}

/**
 * Growing delays between tries, with jitter so that the peers of a restarted server do not all come
 * back at once: between half and all of base · 2^tries, at most `maxMs`.
 */
export class Backoff {
  private tries = 0;

  constructor(
    private readonly random: () => number,
    private readonly baseMs: number,
    private readonly maxMs: number,
  ) {}

  next(): number {
    const fullMs = Math.min(this.maxMs, this.baseMs * 2 ** Math.min(this.tries++, 30));
    return fullMs * (0.5 + 0.5 * this.random());
  }

  reset(): void {
    this.tries = 0;
  }
}

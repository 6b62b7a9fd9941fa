/**
 * Steps that take their time, done one after the other in the order in which they were given. One
 * that fails is reported, and the next one has its turn.
 */
export class Turns {
  private last: Promise<void> = Promise.resolve();

  constructor(private readonly failed: (error: unknown) => void) {}

  add(step: () => Promise<void> | void): void {
    this.last = this.last.then(step).catch(this.failed);
  }
}

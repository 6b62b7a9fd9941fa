import type { Clock } from "../../src/net/world.ts";

/** Time that only passes when a test says so. */
export class FakeClock implements Clock {
  private nowMs = 1_000_000;
  private readonly timers = new Set<{ atMs: number; action: () => void }>();

  now(): number {
    return this.nowMs;
  }

  setTimeout(action: () => void, delayMs: number) {
    const timer = { atMs: this.nowMs + delayMs, action };
    this.timers.add(timer);
    return { cancel: () => this.timers.delete(timer) };
  }

  async advance(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    await settle();
    for (;;) {
      const due = [...this.timers].filter(({ atMs }) => atMs <= endMs);
      const [first] = due.sort((a, b) => a.atMs - b.atMs);
      if (!first) break;
      this.timers.delete(first);
      this.nowMs = Math.max(this.nowMs, first.atMs);
      first.action();
      await settle();
    }
    this.nowMs = endMs;
  }
}

let sealingNow = 0;

/** WebCrypto works in threads of its own: what is under way is counted. */
export const trackedCrypto = {
  getRandomValues: crypto.getRandomValues.bind(crypto),
  subtle: new Proxy(crypto.subtle, {
    get(subtle, name) {
      const method: unknown = Reflect.get(subtle, name);
      if (typeof method !== "function") return method;
      return async (...args: unknown[]) => {
        sealingNow++;
        try {
          return (await method.apply(subtle, args)) as unknown;
        } finally {
          sealingNow--;
        }
      };
    },
  }),
} as Crypto;

/** Waits until nothing is under way any more but timers. */
export async function settle(): Promise<void> {
  for (let quiet = 0; quiet < 5; quiet++) {
    await new Promise((resolve) => setImmediate(resolve));
    if (sealingNow > 0) quiet = -1;
  }
}

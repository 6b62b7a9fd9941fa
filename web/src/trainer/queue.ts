import type { TrainerEvent } from "./types.ts";

type StepEvent = Extract<TrainerEvent, { kind: "step" }>;

/** Events between the engine and the one who iterates over them. */
export class EventQueue {
  private events: TrainerEvent[] = [];
  private wake: () => void = () => {};
  private ended = false;
  private failure: { reason: unknown } | undefined;

  push(event: TrainerEvent): void {
    if (this.ended) return;
    const last = this.events.at(-1);
    // A slow reader gets fewer step events, not more and more of them.
    if (last?.kind === "step" && event.kind === "step" && last.round === event.round) {
      this.events[this.events.length - 1] = joined(last, event);
    } else {
      this.events.push(event);
    }
    this.wake();
  }

  /** No more events; those that wait are still read. */
  end(): void {
    this.ended = true;
    this.wake();
  }

  /** Ends at once; the reader gets the reason. */
  fail(reason: unknown): void {
    if (this.ended) return;
    this.ended = true;
    this.events = [];
    this.failure = { reason };
    this.wake();
  }

  async *read(): AsyncGenerator<TrainerEvent, void, undefined> {
    for (;;) {
      const event = this.events.shift();
      if (event) {
        yield event;
      } else if (this.failure) {
        throw this.failure.reason;
      } else if (this.ended) {
        return;
      } else {
        await new Promise<void>((resolve) => (this.wake = resolve));
      }
    }
  }
}

function joined(a: StepEvent, b: StepEvent): StepEvent {
  const mean = (x: number, nx: number, y: number, ny: number) => (x * nx + y * ny) / (nx + ny);
  const accuracy =
    a.accuracy === undefined || b.accuracy === undefined
      ? {}
      : { accuracy: mean(a.accuracy, a.count, b.accuracy, b.count) };
  return {
    ...b,
    ...accuracy,
    loss: mean(a.loss, a.count, b.loss, b.count),
    stepMs: mean(a.stepMs, a.steps, b.stepMs, b.steps),
    count: a.count + b.count,
    steps: a.steps + b.steps,
  };
}

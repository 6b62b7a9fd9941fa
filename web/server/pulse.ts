import { monitorEventLoopDelay } from "node:perf_hooks";

const windowMs = 10_000;
const resolutionMs = 5;

/** How late the event loop was in the last ten seconds: what every socket waits for. */
export interface LoopDelay {
  p50: number;
  p99: number;
  max: number;
}

export class Pulse {
  private readonly histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  private readonly timer: NodeJS.Timeout;
  private last: LoopDelay = { p50: 0, p99: 0, max: 0 };

  constructor() {
    this.histogram.enable();
    this.timer = setInterval(() => {
      this.last = this.read();
      this.histogram.reset();
    }, windowMs);
    this.timer.unref();
  }

  /** In milliseconds, of the last whole window. */
  get delayMs(): LoopDelay {
    return this.last;
  }

  stop(): void {
    clearInterval(this.timer);
    this.histogram.disable();
  }

  private read(): LoopDelay {
    const { histogram } = this;
    if (histogram.count === 0) return { p50: 0, p99: 0, max: 0 };
    return {
      p50: beyond(histogram.percentile(50)),
      p99: beyond(histogram.percentile(99)),
      max: beyond(histogram.max),
    };
  }
}

/** The histogram counts the whole time between two looks at the clock, in nanoseconds. */
function beyond(nanoseconds: number): number {
  return Math.max(0, Math.round((nanoseconds / 1e6 - resolutionMs) * 10) / 10);
}

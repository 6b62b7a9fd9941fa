import type { StepReport } from "./participant.ts";

export interface StepsReport extends StepReport {
  round: number;
  steps: number;
  /** Mean time of one step. */
  stepMs: number;
}

/** Gathers the reports of many steps into few: a small model makes thousands a second. */
export class StepLog {
  private round = 0;
  private steps = 0;
  private lossSum = 0;
  private count = 0;
  private correct = 0;
  private epoch = 0;
  private totalMs = 0;
  private toldAt = -Infinity;

  constructor(private readonly everyMs: number) {}

  add(report: StepReport, round: number, tookMs: number): void {
    this.round = round;
    this.steps += 1;
    this.lossSum += report.loss * report.count;
    this.count += report.count;
    this.correct += report.correct;
    this.epoch = report.epoch;
    this.totalMs += tookMs;
  }

  due(nowMs: number): boolean {
    return this.steps > 0 && nowMs - this.toldAt >= this.everyMs;
  }

  take(nowMs: number): StepsReport | undefined {
    if (this.steps === 0) return undefined;
    this.toldAt = nowMs;
    const { round, steps, count, correct, epoch } = this;
    const report = {
      ...{ round, steps, count, correct, epoch },
      loss: this.lossSum / this.count,
      stepMs: this.totalMs / steps,
    };
    this.steps = this.lossSum = this.count = this.correct = this.totalMs = 0;
    return report;
  }
}

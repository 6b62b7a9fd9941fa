// One case on all contenders, taking turns: what disturbs the machine meanwhile disturbs all of them.
import { setTimeout as sleep } from "node:timers/promises";
import type { Case } from "../shared/cases.ts";
import type { Answer, Memory, Request, Setting } from "../shared/messages.ts";
import type { Contender } from "./contender.ts";
import { findPace, type Pace } from "./pace.ts";
import { takesPart } from "./statistics.ts";

const checkSteps = 3; // their losses show whether all engines train the same
const slowStepMs = 5000; // one such step is check enough
const pauseMs = 20; // helper threads of the one before may spin a little before they sleep

export interface Round {
  case: Case;
  runs: number;
  settings: readonly Setting[];
  open(setting: Setting): Promise<Contender>;
  tell(setting: Setting, what: string): void;
}

export type Outcome = { setting: Setting } & (
  | { kind: "failed"; text: string }
  | {
      kind: "measured";
      pace: Pace;
      /** Per step. */
      times: number[];
      losses: number[];
      note: string | undefined;
      memory: (Memory & { new_allocations: number }) | undefined;
    }
);

export async function runRound(round: Round): Promise<Outcome[]> {
  const turns = round.settings.map((setting) => new Turns(setting, round));
  try {
    for (const one of turns) await one.prepare();
    for (let run = 0; run < round.runs; ++run) {
      for (const one of turns) await one.take(run);
    }
    for (const one of turns) await one.finish();
  } finally {
    await Promise.all(turns.map((one) => one.close()));
  }
  return turns.map((one) => one.outcome());
}

/** One contender on one case. Where it fails, it is closed, and its later turns are no-ops. */
class Turns {
  private contender: Contender | undefined;
  private failure: string | undefined;
  private pace: Pace = { steps: 0, runs: 0 };
  private readonly times: number[] = [];
  private readonly losses: number[] = [];
  private note: string | undefined;
  private early: Memory | undefined;
  private late: Memory | undefined;

  constructor(
    private readonly setting: Setting,
    private readonly round: Round,
  ) {}

  prepare(): Promise<void> {
    return this.guard(async () => {
      const { case: one, runs } = this.round;
      this.round.tell(this.setting, "prepares …");
      this.contender = await this.round.open(this.setting);
      const request: Request = { kind: "prepare", setting: this.setting, case: one };
      this.note = (await this.ask(request, "prepared")).note;
      const first = await this.check();
      this.early = (await this.ask({ kind: "memory" }, "memory")).memory;
      this.pace = await findPace((steps) => this.measure(steps), first, one.steps, runs);
    });
  }

  take(run: number): Promise<void> {
    return this.guard(async () => {
      const { steps, runs } = this.pace;
      if (!takesPart(run, runs, this.round.runs)) return;
      await sleep(pauseMs);
      this.times.push((await this.measure(steps)) / steps);
    });
  }

  finish(): Promise<void> {
    return this.guard(async () => {
      this.late = (await this.ask({ kind: "memory" }, "memory")).memory;
    });
  }

  async close(): Promise<void> {
    const { contender } = this;
    this.contender = undefined;
    await contender?.close();
  }

  outcome(): Outcome {
    const { setting, failure, early, late, pace, times, losses, note } = this;
    if (failure !== undefined) return { setting, kind: "failed", text: failure };
    const memory = early &&
      late && { ...late, new_allocations: late.allocations - early.allocations };
    return { setting, kind: "measured", pace, times, losses, note, memory };
  }

  private async guard(action: () => Promise<void>): Promise<void> {
    if (this.failure !== undefined) return;
    try {
      await action();
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
      this.round.tell(this.setting, `failed: ${this.failure}`);
      await this.close();
    }
  }

  /** Times of the first steps; keeps their losses. */
  private async check(): Promise<number[]> {
    const times: number[] = [];
    while (times.length < checkSteps && (times.at(-1) ?? 0) < slowStepMs) {
      const { ms, loss } = await this.ask({ kind: "measure", steps: 1 }, "measured");
      times.push(ms);
      this.losses.push(loss);
    }
    return times;
  }

  private async measure(steps: number): Promise<number> {
    return (await this.ask({ kind: "measure", steps }, "measured")).ms;
  }

  private async ask<Kind extends Answer["kind"]>(
    request: Request,
    wanted: Kind,
  ): Promise<Extract<Answer, { kind: Kind }>> {
    if (!this.contender) throw new Error("not open");
    const answer = await this.contender.ask(request, this.round.case.patienceMs);
    if (answer.kind === "failed") throw new Error(answer.text);
    if (answer.kind !== wanted) throw new Error(`answered ${answer.kind} to ${request.kind}`);
    return answer as Extract<Answer, { kind: Kind }>;
  }
}

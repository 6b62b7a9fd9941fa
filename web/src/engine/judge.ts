import type { DecodedSamples } from "../input/types.ts";
import type { EvaluationReport } from "./messages.ts";
import type { CoreParticipant } from "./participant.ts";

export interface Evaluation {
  /** Training waits for it, so that it judges the model as it is now. */
  pausesTraining: boolean;
  /** Undefined: what is held out. */
  parts: DecodedSamples[] | undefined;
  end(report: EvaluationReport): void;
  fail(error: unknown): void;
}

/** Evaluations that wait for each other, and the samples that the core judges the model on. */
export class Judge {
  private readonly waiting: Evaluation[] = [];
  private begun = false;
  private heldOut: DecodedSamples[] | undefined;
  /** What the core holds now. */
  private loaded: DecodedSamples[] | undefined;

  private round = 0;

  constructor(
    private readonly participant: () => CoreParticipant,
    private readonly currentRound: () => number,
  ) {}

  get busy(): boolean {
    return this.waiting.length > 0;
  }

  get pausesTraining(): boolean {
    return this.waiting.some(({ pausesTraining }) => pausesTraining);
  }

  holdOut(parts: DecodedSamples[]): void {
    this.heldOut = parts;
  }

  add(evaluation: Evaluation): void {
    this.waiting.push(evaluation);
  }

  /** Throws when the core would refuse one of the parts; nothing is kept. */
  rehearse(parts: DecodedSamples[]): void {
    try {
      this.load(parts);
    } finally {
      this.participant().clearSamples("heldOut");
      this.loaded = undefined;
    }
  }

  /** One micro-batch of the first evaluation. */
  step(): void {
    const evaluation = this.waiting[0];
    if (!evaluation) return;
    try {
      const participant = this.participant();
      if (!this.begun) {
        this.load(evaluation.parts ?? this.heldOut);
        participant.beginEvaluation("heldOut");
        this.begun = true;
        this.round = this.currentRound();
      }
      const { loss, accuracy, count, finished, metrics, confusion } = participant.evaluationStep();
      if (!finished) return;
      this.next();
      evaluation.end({
        round: this.round,
        loss,
        accuracy,
        count,
        metrics: metrics ?? {},
        ...(confusion === undefined ? {} : { confusion }),
      });
    } catch (error) {
      this.next();
      evaluation.fail(error);
    }
  }

  private load(parts: DecodedSamples[] | undefined): void {
    if (parts === this.loaded) return;
    const participant = this.participant();
    this.loaded = undefined;
    participant.clearSamples("heldOut");
    for (const part of parts ?? []) participant.addSamples("heldOut", part);
    this.loaded = parts;
  }

  private next(): void {
    this.begun = false;
    this.waiting.shift();
  }
}

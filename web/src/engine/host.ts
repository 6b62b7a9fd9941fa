import { DeaiError } from "../errors.ts";
import type { DecodedSamples } from "../input/types.ts";
import type { Notice, Outcome } from "./boundary.ts";
import type { Core } from "./core.ts";
import { Crew } from "./crew.ts";
import type { GenerationOptions } from "./generation.ts";
import type { ImportOptions, ImportReport } from "./imports.ts";
import type { EngineCalls, EngineEvent, EvaluationReport, Opened } from "./messages.ts";
import { type Evaluation, Judge } from "./judge.ts";
import type { CoreParticipant, Facts, ParticipantConfig, SessionMemory, Target } from "./participant.ts";
import { StepLog } from "./steps.ts";
import type { SessionMode } from "./wasm.ts";
import type { EngineWorld } from "./world.ts";

/** Work goes on this long before messages that came meanwhile are looked at. */
const sliceMs = 8;
const stepEventsEveryMs = 100;

/**
 * The engine's loop around one participant: trains while the core wants training, judges the model
 * in between, keeps the core's timer, and tells what happened.
 */
export class EngineHost implements EngineCalls {
  private participant: CoreParticipant | undefined;
  private training = false;
  /** Those who share each batch with this thread, where it is shared. */
  private crew: Crew | undefined;
  /** A step that they have a part in. */
  private underWay: Promise<void> | undefined;
  private readonly judge = new Judge(
    () => this.opened(),
    () => this.round,
  );
  private evaluateEvery: number | undefined;
  /** The target is reached, but its model is still being judged. */
  private doneHeldBack = false;
  private round = 0;
  /** The number of the newest one. */
  private generation = 0;
  private readonly steps = new StepLog(stepEventsEveryMs);
  private turnDue = false;
  /** Events are delivered at the end of a turn. */
  private framesWait = false;
  private cancelTimer: (() => void) | undefined;

  constructor(
    private readonly core: Core,
    private readonly world: EngineWorld,
    private readonly emit: (event: EngineEvent) => void,
  ) {}

  // --- calls ---------------------------------------------------------------------------------

  open(config: ParticipantConfig): Opened {
    this.crew?.dispose();
    this.participant?.dispose();
    const participant = this.core.createParticipant(config);
    this.participant = participant;
    const workers = this.core.workersFor(participant);
    this.crew =
      workers > 1
        ? new Crew(participant, config, this.core.startHelpers(workers - 1))
        : undefined;
    const { peer, taskHash } = participant;
    return { peer, taskHash, modelHash: participant.modelHash(), workers, ...this.core.build };
  }

  run(target: Target & { evaluateEvery: number | undefined }): void {
    this.evaluateEvery = target.evaluateEvery;
    this.settle(this.opened().run(target, this.world.now()));
  }
  stop(): void {
    this.doneHeldBack = false;
    this.tellSteps();
    this.settle(this.opened().stop(this.world.now()));
  }
  setMode(mode: SessionMode): void {
    this.settle(this.opened().setMode(mode, this.world.now()));
  }

  linkUp(link: number, end: "peer" | "coordinator"): void {
    this.settle(this.opened().linkUp(link, end, this.world.now()));
  }
  linkDown(link: number): void {
    this.settle(this.opened().linkDown(link, this.world.now()));
  }
  frames(link: number, frames: Uint8Array[]): void {
    for (const frame of frames) this.settle(this.opened().received(link, frame, this.world.now()));
  }
  writable(link: number, bytes: number): void {
    this.settle(this.opened().writable(link, bytes, this.world.now()));
  }

  addSamples(parts: DecodedSamples[]): number {
    const participant = this.opened();
    // The core takes each part whole or not at all; of several, none may be taken before all fit.
    if (parts.length > 1) this.judge.rehearse(parts);
    return parts.reduce((sum, part) => sum + participant.addSamples("training", part), 0);
  }
  clearSamples(): void {
    if (this.training)
      throw new DeaiError("state", "Samples cannot be cleared while training; stop first.");
    this.opened().clearSamples("training");
  }
  holdOut(parts: DecodedSamples[]): void {
    this.judge.holdOut(parts);
  }

  evaluate(parts: DecodedSamples[] | undefined): Promise<EvaluationReport> {
    return new Promise((end, fail) =>
      this.evaluateSoon({ pausesTraining: false, parts, end, fail }),
    );
  }
  predict(parts: DecodedSamples[]): { outputs: Float32Array; width: number } {
    const participant = this.opened();
    const rows = parts.map((part) => participant.predict(part));
    const outputs = new Float32Array(rows.reduce((sum, row) => sum + row.length, 0));
    let at = 0;
    for (const row of rows) {
      outputs.set(row, at);
      at += row.length;
    }
    return { outputs, width: participant.facts().outputWidth };
  }

  beginGeneration(prompt: string | Uint32Array, terms: Required<GenerationOptions>): number {
    this.opened().beginGeneration(prompt, terms);
    return ++this.generation;
  }
  generateSome(generation: number, most: number): Uint32Array {
    if (generation !== this.generation) {
      throw new DeaiError("state", "generate: another text was begun meanwhile; this one has ended.");
    }
    const end = this.world.elapsed() + sliceMs;
    const tokens: number[] = [];
    do tokens.push(this.opened().generationStep());
    while (tokens.length < most && this.world.elapsed() < end);
    return Uint32Array.from(tokens);
  }

  exportModel(): Uint8Array<ArrayBuffer> {
    return this.opened().exportModel();
  }
  importModel(file: Uint8Array, options: ImportOptions): ImportReport {
    const { report, outcome } = this.opened().importModel(file, options, this.world.now());
    this.settle(outcome);
    return report;
  }
  structure(): string {
    return this.opened().structure();
  }
  loadBase(file: Uint8Array): void {
    this.settle(this.opened().loadBase(file, this.world.now()));
  }
  async saveCheckpoint(): Promise<Uint8Array<ArrayBuffer>> {
    await this.underWay; // its batch is drawn already
    return this.opened().saveCheckpoint();
  }
  loadCheckpoint(file: Uint8Array): void {
    this.settle(this.opened().loadCheckpoint(file, this.world.now()));
  }
  async save(): Promise<Uint8Array<ArrayBuffer>> {
    await this.underWay;
    return this.opened().save();
  }
  restore(saved: Uint8Array): number {
    this.settle(this.opened().restore(saved, this.world.now()));
    return (this.round = this.facts().round);
  }
  recording(): Uint8Array<ArrayBuffer> {
    return this.opened().recording();
  }
  modelHash(): string {
    return this.opened().modelHash();
  }
  facts(): Facts {
    return this.opened().facts();
  }
  memory(): SessionMemory {
    return this.opened().memory();
  }

  dispose(): void {
    this.cancelTimer?.();
    this.training = false;
    this.crew?.dispose();
    this.participant?.dispose();
    this.participant = undefined;
    this.core.dispose();
  }

  // --- the loop ------------------------------------------------------------------------------

  private wakeUp(): void {
    if (this.turnDue || !this.busy()) return;
    this.turnDue = true;
    this.world.afterMessages(() => {
      this.turnDue = false;
      this.guarded(() => this.turn());
    });
  }

  private busy(): boolean {
    return (this.training && !this.underWay) || this.judge.busy;
  }

  private turn(): void {
    const end = this.world.elapsed() + sliceMs;
    this.framesWait = false;
    do {
      this.judge.step();
      if (this.doneHeldBack && !this.judge.busy) this.tellDone();
      if (this.training && !this.underWay && !this.judge.pausesTraining) this.trainSome();
    } while (this.busy() && !this.framesWait && this.world.elapsed() < end);
    this.wakeUp();
  }

  private trainSome(): void {
    const before = this.world.elapsed();
    if (this.crew) {
      this.underWay = this.trainTogether(this.crew, before).finally(() => {
        this.underWay = undefined;
        this.wakeUp();
      });
    } else {
      this.stepDone(this.opened().trainStep(this.world.now()), before);
    }
  }

  /** Other things happen before such a step is done; it may then count no more. */
  private async trainTogether(crew: Crew, before: number): Promise<void> {
    const participant = this.opened();
    const wanted = () => this.participant === participant && this.training;
    try {
      const batch = await crew.batch(wanted);
      if (batch) this.stepDone(participant.finishStep(batch, this.world.now()), before);
    } catch (error) {
      if (this.participant !== participant) return;
      if (crew.failure) this.goOnAlone(crew, crew.failure);
      else this.failed(error);
    }
  }

  private goOnAlone(crew: Crew, { code, message }: DeaiError): void {
    crew.dispose();
    this.crew = undefined;
    this.emit({ kind: "alone", code, text: `${message} Training goes on without helpers.` });
  }

  private stepDone({ report, outcome }: ReturnType<CoreParticipant["trainStep"]>, before: number): void {
    const after = this.world.elapsed();
    this.steps.add(report, this.round + 1, after - before);
    if (this.steps.due(after)) this.tellSteps();
    this.settle(outcome);
  }

  /** Nobody waits for what happens in a turn or at a wake-up: a failure is told as an event. */
  private guarded(action: () => void): void {
    if (!this.participant) return;
    try {
      action();
    } catch (error) {
      this.failed(error);
    }
  }
  private failed(error: unknown): void {
    this.training = false;
    this.emit({ kind: "failed", ...faultOf(error) });
  }

  private tellSteps(): void {
    const report = this.steps.take(this.world.elapsed());
    if (report) this.emit({ kind: "steps", ...report });
  }

  /** Does what the core asks for after an event. */
  private settle(outcome: Outcome): void {
    const { frames, closes, notices, trainingWanted, wakeAtMs } = outcome;
    if (frames.length > 0 || closes.length > 0) {
      this.framesWait = true;
      this.emit({ kind: "wires", frames, closes });
    }
    for (const notice of notices) this.tell(notice);
    if (trainingWanted !== this.training) {
      this.training = trainingWanted;
      const finished = notices.some(({ kind }) => kind === "done");
      if (!finished) this.tellTraining();
    }
    this.setTimer(wakeAtMs);
    this.wakeUp();
  }

  private tellTraining(): void {
    this.emit({ kind: "training", wanted: this.training });
    // The last steps before a pause are told too, if not at once.
    if (!this.training) this.world.inMs(stepEventsEveryMs, () => this.tellSteps());
  }

  private tell(notice: Notice): void {
    switch (notice.kind) {
      case "roundCommitted":
        this.round = notice.round;
        this.tellCommit(notice);
        break;
      case "done":
        if (this.judge.busy) this.doneHeldBack = true;
        else this.tellDone();
        break;
      case "adopted":
        this.round = notice.round;
        this.emit({ kind: "notice", notice });
        break;
      default:
        this.emit({ kind: "notice", notice });
    }
  }

  private tellCommit({ round, count, peers, weight, distance }: Notice): void {
    const { sentBytes, receivedBytes, payloadBytes, fullBytes } = this.opened().facts();
    const modelHash = this.modelHash();
    this.emit({
      kind: "committed",
      ...{ round, participants: count, peers, weight, modelHash, sentBytes, receivedBytes },
      ...(distance > 0 ? { gossip: { distance, payloadBytes, fullBytes } } : {}),
    });
    if (this.evaluateEvery !== undefined && round % this.evaluateEvery === 0) {
      this.evaluateSoon({
        ...{ pausesTraining: true, parts: undefined },
        end: (report) => this.emit({ kind: "evaluated", ...report }),
        fail: (error) => this.emit({ kind: "failed", ...faultOf(error) }),
      });
    }
  }

  private evaluateSoon(evaluation: Evaluation): void {
    this.judge.add(evaluation);
    this.wakeUp();
  }

  private tellDone(): void {
    this.doneHeldBack = false;
    this.tellSteps();
    this.emit({ kind: "done", round: this.round, modelHash: this.modelHash() });
  }

  private setTimer(wakeAtMs: number): void {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    if (wakeAtMs < 0) return;
    this.cancelTimer = this.world.inMs(wakeAtMs - this.world.now(), () => {
      this.guarded(() => this.settle(this.opened().time(this.world.now())));
    });
  }

  private opened(): CoreParticipant {
    if (this.participant) return this.participant;
    throw new DeaiError("state", "The engine holds no participant yet.");
  }
}

/** Code and text of a failure; a trap of WebAssembly is a mistake of ours. */
export function faultOf(error: unknown): { code: string; text: string } {
  if (error instanceof DeaiError) return { code: error.code, text: error.message };
  return {
    code: "internal",
    text: `The engine failed: ${error instanceof Error ? error.message : String(error)}`,
  };
}

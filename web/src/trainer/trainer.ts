import type { EngineClient } from "../engine/client.ts";
import type { EngineEvent, Opened } from "../engine/messages.ts";
import type { Notice } from "../engine/boundary.ts";
import type { ImportOptions, ImportReport } from "../engine/imports.ts";
import { generationTerms, type GenerationOptions } from "../engine/generation.ts";
import { DeaiError } from "../errors.ts";
import type { OnnxOptions } from "../onnx/export.ts";
import { decodeTokens, encodePrompt } from "../input/index.ts";
import type { ByHand } from "../net/signalling.ts";
import type { LoadedTask, Task } from "../task.ts";
import { abortable } from "./abort.ts";
import { checkRun } from "./options.ts";
import { EventQueue } from "./queue.ts";
import { evaluationOf, peerEvent, roundEvent, StatusReport, stepEvent } from "./report.ts";
import type { Sources } from "./sources.ts";
import { type OpenNetwork, Wires } from "./wires.ts";
import type {
  AddOptions,
  CallOptions,
  Evaluation,
  Prediction,
  PredictInputs,
  RunningMode,
  RunOptions,
  SampleSource,
  Trainer,
  TrainerEvent,
  TrainerMemory,
  TrainerStatistics,
} from "./types.ts";

export interface Parts {
  engine: EngineClient;
  opened: Opened;
  loaded: LoadedTask;
  sources: Sources;
  mode: RunningMode;
  /** Undefined: this participant trains alone. */
  openNetwork: OpenNetwork | undefined;
}

const linksEveryMs = 5000;

/** One run() under way. */
interface Run {
  queue: EventQueue;
  /** It ended by itself: nothing has to be stopped. */
  over: boolean;
}

export class TrainerSession implements Trainer {
  readonly task: Task;
  readonly peer: string;
  readonly variant: "simd" | "relaxed" | "threads";
  readonly threads: number;
  readonly workers: number;
  private readonly engine: EngineClient;
  private readonly sources: Sources;
  private readonly status: StatusReport;
  private readonly wires: Wires;
  /** Classes that a sample has for labels: 0 where its label is a number. */
  private readonly labels: number;
  private roundNumber = 0;
  private current: Run | undefined;
  private heldOut: Promise<void> | undefined;
  private readonly end = new AbortController();

  constructor(private readonly parts: Parts) {
    const { engine, opened, loaded, sources, mode } = parts;
    this.task = loaded.task;
    this.peer = opened.peer;
    this.variant = opened.variant;
    this.threads = opened.threads;
    this.workers = opened.workers;
    this.engine = engine;
    this.sources = sources;
    const { data } = loaded.task;
    this.labels = data.kind === "text" ? data.context : data.classes ? 1 : 0;
    const tell = (event: TrainerEvent) => this.current?.queue.push(event);
    this.status = new StatusReport(mode, tell);
    this.wires = new Wires(engine, this.status, tell, (error) => this.fail(error));
    engine.onEvent = (event) => this.onEngine(event);
  }

  round(): number {
    return this.roundNumber;
  }

  // --- samples and model -----------------------------------------------------------------------

  async addSamples(
    source: SampleSource,
    { signal, onProgress }: AddOptions = {},
  ): Promise<number> {
    const loading = this.sources.load(source, signal, onProgress);
    const { samples, moved } = await this.alive(loading, signal);
    return this.alive(this.engine.callMoving("addSamples", moved, samples), signal);
  }

  clearSamples({ signal }: CallOptions = {}): Promise<void> {
    return this.alive(this.engine.call("clearSamples"), signal);
  }

  async evaluate(source?: SampleSource, { signal }: CallOptions = {}): Promise<Evaluation> {
    if (source === undefined) {
      await this.alive(this.loadHeldOut(), signal);
      const report = await this.alive(this.engine.call("evaluate", undefined), signal);
      return evaluationOf(report, this.task);
    }
    const { samples, moved } = await this.alive(this.sources.load(source, signal), signal);
    const report = await this.alive(this.engine.callMoving("evaluate", moved, samples), signal);
    return evaluationOf(report, this.task);
  }

  async predict(inputs: PredictInputs, { signal }: CallOptions = {}): Promise<Prediction[]> {
    const { samples, moved } = await this.alive(this.sources.forPrediction(inputs, signal), signal);
    const { outputs, width } = await this.alive(
      this.engine.callMoving("predict", moved, samples),
      signal,
    );
    return this.sources.predictions(outputs, width);
  }

  async *generate(
    prompt: string,
    { signal, ...options }: GenerationOptions & CallOptions = {},
  ): AsyncGenerator<string, void, undefined> {
    const terms = generationTerms(options);
    const given = await this.alive(encodePrompt(this.task, prompt), signal);
    const generation = await this.alive(this.engine.call("beginGeneration", given, terms), signal);
    yield* decodeTokens(this.task, this.written(generation, terms.tokens, signal));
  }

  exportModel({ signal }: CallOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    return this.alive(this.engine.call("exportModel"), signal);
  }

  importModel(
    file: Uint8Array,
    { signal, ...options }: ImportOptions & CallOptions = {},
  ): Promise<ImportReport> {
    return this.alive(this.engine.call("importModel", file, options), signal);
  }

  async exportOnnx({ signal, ...options }: OnnxOptions & CallOptions = {}): Promise<
    Uint8Array<ArrayBuffer>
  > {
    const [{ exportOnnx }, structure, model] = await this.alive(
      Promise.all([
        import("../onnx/export.ts"),
        this.engine.call("structure"),
        this.engine.call("exportModel"),
      ]),
      signal,
    );
    return exportOnnx({ structure: () => structure, exportModel: () => model }, this.task, options);
  }

  saveCheckpoint({ signal }: CallOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    return this.alive(this.engine.call("saveCheckpoint"), signal);
  }

  loadCheckpoint(file: Uint8Array, { signal }: CallOptions = {}): Promise<void> {
    return this.alive(this.engine.call("loadCheckpoint", file), signal);
  }

  save({ signal }: CallOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    return this.alive(this.engine.call("save"), signal);
  }

  async restore(saved: Uint8Array, { signal }: CallOptions = {}): Promise<void> {
    this.roundNumber = await this.alive(this.engine.call("restore", saved), signal);
  }

  recording({ signal }: CallOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    return this.alive(this.engine.call("recording"), signal);
  }

  modelHash({ signal }: CallOptions = {}): Promise<string> {
    return this.alive(this.engine.call("modelHash"), signal);
  }

  memory({ signal }: CallOptions = {}): Promise<TrainerMemory> {
    return this.alive(this.engine.call("memory"), signal);
  }

  async statistics({ signal }: CallOptions = {}): Promise<TrainerStatistics> {
    const facts = await this.alive(this.engine.call("facts"), signal);
    const links = await this.alive(this.wires.statistics(), signal);
    return { ...facts, links, people: this.wires.people };
  }

  // --- training --------------------------------------------------------------------------------

  async *run(options: RunOptions = {}): AsyncGenerator<TrainerEvent, void, undefined> {
    const { signal } = options;
    signal?.throwIfAborted();
    checkRun(options);
    this.end.signal.throwIfAborted();
    if (this.current) {
      throw new DeaiError("state", "run() is going on already; stop() it before another one.");
    }
    const run: Run = { queue: new EventQueue(), over: false };
    this.current = run;
    const abort = () => run.queue.fail(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    const telling = setInterval(() => void this.tellLinks(run), linksEveryMs);
    try {
      this.start(options).catch((error: unknown) => run.queue.fail(error));
      yield* run.queue.read();
    } finally {
      clearInterval(telling);
      signal?.removeEventListener("abort", abort);
      if (!run.over && !this.end.signal.aborted) await this.engine.call("stop").catch(() => {});
      this.current = undefined;
    }
  }

  invite({ signal }: CallOptions = {}): Promise<string> {
    return this.alive(this.byHand().then((hand) => hand.invite()), signal);
  }

  answer(text: string, { signal }: CallOptions = {}): Promise<string | undefined> {
    return this.alive(this.byHand().then((hand) => hand.answer(text)), signal);
  }

  private async byHand(): Promise<ByHand> {
    if (this.current && this.parts.openNetwork) return this.wires.byHand();
    throw new DeaiError("state", "Texts are exchanged by hand while run() goes on.");
  }

  async stop(): Promise<void> {
    const run = this.current;
    if (!run || run.over) return;
    run.over = true;
    await this.engine.call("stop");
    this.status.set("stopped", "Stopped.");
    run.queue.end();
  }

  dispose(): Promise<void> {
    const reason = new DeaiError("disposed", "The trainer was disposed of.");
    this.end.abort(reason);
    this.wires.close();
    this.engine.dispose(reason);
    this.current?.queue.fail(reason);
    return Promise.resolve();
  }

  private async start({ rounds, untilRound, evaluateEvery, signal }: RunOptions): Promise<void> {
    const { openNetwork } = this.parts;
    this.status.set("connecting", openNetwork ? "Connecting to the room." : "Starting.");
    if (evaluateEvery !== undefined) await this.alive(this.loadHeldOut(), signal);
    if (openNetwork) await this.alive(this.wires.connect(openNetwork), signal);
    if (signal?.aborted || this.current?.over) return;
    await this.engine.call("run", { rounds, untilRound, evaluateEvery });
  }

  private async tellLinks({ queue }: Run): Promise<void> {
    const links = await this.wires.statistics().catch(() => []);
    if (links.length > 0) queue.push({ kind: "links", links, people: this.wires.people });
  }

  private async *written(
    generation: number,
    count: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<number, void, undefined> {
    for (let left = count; left > 0; ) {
      const tokens = await this.alive(this.engine.call("generateSome", generation, left), signal);
      yield* tokens;
      left -= tokens.length;
    }
  }

  /** The task's held-out sample goes to the engine once. */
  private loadHeldOut(): Promise<void> {
    this.heldOut ??= this.sources
      .load("heldOut", undefined)
      .then(({ samples, moved }) => this.engine.callMoving("holdOut", moved, samples))
      .catch((error: unknown) => {
        this.heldOut = undefined;
        throw error;
      });
    return this.heldOut;
  }

  // --- what the engine tells -------------------------------------------------------------------

  private onEngine(event: EngineEvent): void {
    const queue = this.current?.queue;
    switch (event.kind) {
      case "wires":
        return this.wires.carry(event.frames, event.closes);
      case "notice":
        return this.onNotice(event.notice);
      case "training":
        return this.onTraining(event.wanted);
      case "steps":
        return queue?.push(stepEvent(event, this.labels));
      case "committed":
        this.roundNumber = event.round;
        queue?.push(roundEvent(event));
        return;
      case "evaluated":
        return queue?.push({ kind: "evaluation", round: event.round, ...evaluationOf(event, this.task) });
      case "done":
        return this.onDone(event.round, event.modelHash);
      case "alone":
        return queue?.push({ kind: "warning", code: event.code, text: event.text });
      case "failed":
        return this.fail(new DeaiError(event.code, event.text));
    }
  }

  private onNotice(notice: Notice): void {
    const { kind, peer, round, text } = notice;
    const tellPeer = (state: "joined" | "left" | "late" | "refused") =>
      this.current?.queue.push(peerEvent(notice, state, this.wires.pathOf(peer)));
    switch (kind) {
      case "peerJoined":
        return tellPeer("joined");
      case "peerLeft":
        return tellPeer("left");
      case "peerLate":
        return tellPeer("late");
      case "peerRefused":
        return tellPeer("refused");
      case "waiting":
        return this.status.waiting(notice.count);
      case "adopted":
        this.roundNumber = round;
        return this.status.say(`Took over the room's model of round ${round}.`);
      case "warning":
        this.current?.queue.push({ kind: "warning", code: "protocol", text });
        return;
      case "roundStarted":
      case "roundCommitted":
      case "done":
        return; // told by "training", "committed" and "done"
    }
  }

  private onTraining(wanted: boolean): void {
    if (!this.current || this.current.over) return;
    if (wanted) this.status.training(this.roundNumber + 1);
    else this.status.exchanging(this.roundNumber + 1);
  }

  private onDone(round: number, modelHash: string): void {
    const run = this.current;
    if (!run || run.over) return;
    run.over = true;
    run.queue.push({ kind: "done", round, modelHash });
    run.queue.end();
  }

  private fail(error: unknown): void {
    this.current?.queue.fail(error);
  }

  /** The promise, cut short by the signal and by dispose(). */
  private alive<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    return abortable(abortable(promise, this.end.signal), signal);
  }
}

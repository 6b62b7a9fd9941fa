import { DeaiError } from "../errors.ts";
import type {
  GenerationOptions,
  InputFile,
  Prediction,
  PredictInputs,
  Task,
  Trainer,
  TrainerEvent,
} from "../index.ts";
import { ByHand } from "./byHand.ts";
import { newRoom, nowhere, placeLink, readPlace, type Place } from "./invite.ts";
import { Keeper, type Kept } from "./keep.ts";
import { fileOf, takeFile, type FileKind } from "./modelFile.ts";
import { restReason, storeRules, type PauseRules, type Surroundings } from "./pausing.ts";
import { emptySession, isRunning, reduceSession, withPhase } from "./session.ts";
import {
  initialState,
  judgeEvery,
  type DataItem,
  type DataSource,
  type Picture,
  type StudioState,
  type TaskCard,
} from "./state.ts";
import { Store } from "./store.ts";
import { nothingToLearn } from "./words.ts";
import { signallingOf } from "./ways.ts";
import { Workbench, type BenchOptions, type CreateTrainer } from "./workbench.ts";

/** How often at most a training is kept while it goes on. */
const kKeepEveryMs = 10_000;
/** Of a report: it stops there, and says so. */
const kRecordBytes = 64 * 1024 * 1024;
const kFlushMs = 120; // events are shown in batches, so that drawing never keeps training waiting

/** The visitor's actions and the state that follows from them and from the trainer's events. */
export class Studio extends Store {
  readonly hand: ByHand;
  readonly #base: string;
  readonly #bench: Workbench;
  readonly #queue: TrainerEvent[] = [];
  #flushing = false;
  #running: Promise<void> = Promise.resolve();
  #itemIds = 0;
  #keeper: Keeper | undefined;
  #keptMs = 0;

  /**
   * `href`: the page's address; its origin is the server of the tasks and of the room. `invited`:
   * a room in the address is somebody else's, not one that this page made before a reload.
   */
  constructor(createTrainer: CreateTrainer, href: string, invited: boolean) {
    const place = readPlace(href);
    super(initialState(place, invited && place.room !== undefined));
    this.#bench = new Workbench(createTrainer);
    this.#base = href;
    this.hand = new ByHand(this, this.#bench, href);
  }

  // ---- choosing a task

  async start(): Promise<void> {
    await this.guard("tasks", async () => {
      const url = new URL("/tasks/index.json", this.#base);
      const response = await fetch(url);
      if (!response.ok)
        throw new DeaiError(
          "network",
          `The list of tasks: the server answered ${response.status}.`,
        );
      this.set({ tasks: (await response.json()) as TaskCard[] });
    });
    const wanted = this.state.place.task;
    if (wanted !== undefined) await this.openTask(wanted);
  }

  async openTask(id: string): Promise<void> {
    await this.guard("task", async () => {
      const card = this.state.tasks?.find((task) => task.id === id);
      if (card === undefined) {
        throw new DeaiError(
          "task",
          `There is no task '${id}' on this server; choose one of those below.`,
        );
      }
      const source = new URL(card.url, this.#base).href;
      const room = this.state.place.room === undefined ? newRoom() : {};
      await this.#enter({ source, place: { ...this.state.place, ...room, task: id } });
    });
    if (this.state.task === undefined) this.set({ source: undefined });
  }

  /** A task that no server has, with its first data: it is learnt alone. */
  async openOwn(task: Task, files: InputFile[]): Promise<void> {
    await this.guard("task", () => this.#enter({ source: task, alone: true }));
    if (this.state.task === undefined) this.set({ source: undefined, alone: false });
    else await this.addFiles(files);
  }

  async #enter(choice: Partial<StudioState>): Promise<void> {
    this.set(choice);
    const trainer = await this.#trainer();
    const { task, room } = this.state.place;
    this.#keeper = task === undefined || room === undefined ? undefined : new Keeper(task, room);
    const kept = await this.#keeper?.find();
    this.set({ task: trainer.task, me: trainer.peer, kept });
  }

  async closeTask(next: Place = nowhere): Promise<void> {
    await this.stop();
    await this.#bench.dispose();
    const { tasks, rules, surroundings } = this.state;
    this.set({ ...initialState(next, false), tasks, rules, surroundings });
  }

  get task(): Task {
    if (this.state.task === undefined) throw new Error("no task is open");
    return this.state.task;
  }

  // ---- data

  async addData(source: DataSource, name: string): Promise<void> {
    await this.guard("data", async () => {
      const item = { id: ++this.#itemIds, name, count: 0, source };
      await this.#trainer([...this.state.data, item]);
      this.set({ data: [...this.state.data, item] });
    });
    this.set({ reading: undefined });
  }

  addShard(shard: number): Promise<void> {
    const name = this.task.sample?.shards[shard]?.name ?? `Shard ${shard + 1}`;
    return this.addData({ sample: shard }, name);
  }

  addFiles(files: InputFile[], label?: string): Promise<void> {
    const [first] = files;
    if (first === undefined) return Promise.resolve();
    const name = files.length === 1 ? first.name : `${files.length} files`;
    const source = label === undefined ? { files } : { files, label };
    return this.addData(source, label === undefined ? name : `${name} as ${this.className(label)}`);
  }

  addPictures(pictures: Picture[], labels: string[], how: string): Promise<void> {
    const shown = [...new Set(labels)].map((label) => this.className(label)).join(", ");
    return this.addData({ inputs: pictures, labels }, `${how}: ${shown}`);
  }

  async removeData(id: number): Promise<void> {
    const data = this.state.data.filter((item) => item.id !== id);
    this.set({ data });
    await this.guard("data", async () => void (await this.#trainer()));
  }

  className(label: string): string {
    const index = this.task.data.classes?.indexOf(label) ?? -1;
    return this.task.class_names?.[index] ?? label;
  }

  // ---- alone or together

  choose(
    choice: Partial<Pick<StudioState, "alone" | "mode" | "minParticipants" | "judgeAfterRounds" | "record">>,
  ): void {
    this.set(choice);
  }

  setPlace(place: Partial<Place>): void {
    this.set({ place: { ...this.state.place, ...place } });
  }

  /** This page's own address, good for a reload. */
  get address(): string {
    return placeLink(this.#base, this.state.place);
  }

  get inviteLink(): string {
    const [taken] = this.state.data.flatMap(({ source }) =>
      "sample" in source ? [source.sample] : [],
    );
    return placeLink(this.#base, { ...this.state.place, taken });
  }

  // ---- going on after a reload

  /** From what was kept: with its choices and its samples; own data are connected again by hand. */
  async resume(): Promise<void> {
    const found = await this.#keeper?.read();
    if (!found) return this.set({ kept: undefined });
    const { kept, saved } = found;
    const { alone, mode, minParticipants } = kept;
    this.set({ alone, mode, minParticipants });
    for (const shard of kept.shards) {
      const isThere = ({ source }: DataItem) => "sample" in source && source.sample === shard;
      if (!this.state.data.some(isThere)) await this.addShard(shard);
    }
    await this.guard("training", async () => {
      const trainer = await this.#trainer();
      await trainer.restore(saved);
      const session = { ...this.state.session, round: trainer.round() };
      this.set({ kept: undefined, session });
      await this.#showHash(trainer);
    });
    if (this.state.problems.training === undefined && this.state.data.length > 0) void this.train();
  }

  async forgetKept(): Promise<void> {
    this.set({ kept: undefined });
    await this.#keeper?.forget();
  }

  /** Now and then, when a round has ended; at the end, and before the page may be gone, at once. */
  async keep(soon = false): Promise<void> {
    const keeper = this.#keeper;
    const { trainer } = this.#bench;
    const nowMs = Date.now();
    if (!keeper || !trainer || (!soon && nowMs - this.#keptMs < kKeepEveryMs)) return;
    if (this.state.session.steps === 0) return;
    this.#keptMs = nowMs;
    const { alone, mode, minParticipants, data } = this.state;
    const shards = data.flatMap(({ source }) => ("sample" in source ? [source.sample] : []));
    const ownData = data.flatMap(({ source, name }) => ("sample" in source ? [] : [name]));
    const kept: Kept = { atMs: nowMs, round: trainer.round(), shards, ownData, alone, mode, minParticipants };
    // A trainer that was disposed of meanwhile has nothing to keep.
    const saved = await trainer.save().catch(() => undefined);
    if (saved) await keeper.write(kept, saved);
  }

  // ---- resting by the visitor's rules

  setRules(rules: Partial<PauseRules>, remember = true): void {
    this.set({ rules: { ...this.state.rules, ...rules } });
    if (remember) storeRules(this.state.rules);
    this.#rest();
  }

  see(surroundings: Surroundings): void {
    this.set({ surroundings });
    if (surroundings.hidden) void this.keep(true);
    this.#rest();
  }

  #rest(): void {
    const { rules, surroundings, session, resting } = this.state;
    const reason = surroundings && restReason(rules, surroundings);
    if (reason !== undefined && isRunning(session) && session.phase !== "stopping") {
      void this.stop().then(() => this.set({ resting: reason }));
    } else if (reason === undefined && resting !== undefined) {
      void this.train();
    }
  }

  /** What was recorded of this training. */
  async reportFile(): Promise<File | undefined> {
    let file: File | undefined;
    await this.guard("training", async () => {
      const trainer = await this.#trainer();
      const name = `${trainer.task.id}-round-${trainer.round()}.deai-report`;
      file = new File([await trainer.recording()], name, { type: "application/octet-stream" });
    });
    return file;
  }

  // ---- training

  /** Trains until stop(); resolves when the last step is done. */
  train(): Promise<void> {
    if (isRunning(this.state.session)) return this.#running;
    this.#running = this.#train();
    return this.#running;
  }

  async stop(): Promise<void> {
    if (!isRunning(this.state.session)) return;
    this.set({ session: withPhase(this.state.session, "stopping", Date.now()) });
    await this.#bench.trainer?.stop();
    await this.#running;
  }

  async #train(): Promise<void> {
    if (this.state.data.length === 0) {
      this.problem("data", nothingToLearn(this.state));
      return;
    }
    this.set({ resting: undefined, kept: undefined });
    this.set({ session: withPhase(this.state.session, "connecting", Date.now()) });
    await this.guard("training", async () => {
      const trainer = await this.#trainer();
      if (this.state.session.phase === "stopping") return;
      const judging = this.state.judgeAfterRounds && this.task.sample?.held_out !== undefined;
      const options = judging ? { evaluateEvery: judgeEvery(this.task) } : {};
      for await (const event of trainer.run(options)) {
        this.#receive(event);
        this.hand.answerLink();
        if (event.kind === "round") void this.keep();
      }
    });
    this.#flush();
    await this.keep(true);
    this.set({ hand: {}, session: withPhase(this.state.session, "paused", Date.now()) });
  }

  #receive(event: TrainerEvent): void {
    this.#queue.push(event);
    if (this.#flushing) return;
    this.#flushing = true;
    setTimeout(() => this.#flush(), kFlushMs);
  }

  #flush(): void {
    this.#flushing = false;
    if (this.#queue.length === 0) return;
    const events = this.#queue.splice(0);
    this.set({ session: reduceSession(this.state.session, events, Date.now()) });
  }

  // ---- judging, trying, files

  async judge(): Promise<void> {
    await this.guard("judging", async () => {
      const trainer = await this.#trainer();
      const { loss, metrics, count } = await trainer.evaluate();
      this.#receive({ kind: "evaluation", round: trainer.round(), loss, metrics, count });
      this.#flush();
    });
  }

  async predict(input: PredictInputs): Promise<Prediction | undefined> {
    let result: Prediction | undefined;
    await this.guard("trial", async () => {
      const trainer = await this.#trainer();
      [result] = await trainer.predict(input);
    });
    return result;
  }

  /** Writes on where the prompt ends, until all is written or the signal says so. */
  async write(
    prompt: string,
    options: GenerationOptions & { signal: AbortSignal },
    tell: (piece: string) => void,
  ): Promise<void> {
    await this.guard("trial", async () => {
      const trainer = await this.#trainer();
      try {
        for await (const piece of trainer.generate(prompt, options)) tell(piece);
      } catch (error) {
        if (!options.signal.aborted) throw error;
      }
    });
  }

  /** The model, or the training, as a file to take away. */
  async exportFile(kind: FileKind): Promise<File | undefined> {
    let file: File | undefined;
    await this.guard("model", async () => {
      file = await fileOf(await this.#trainer(), kind);
    });
    return file;
  }

  /** A model file or a checkpoint; not strict: what fits of a model of another task. */
  async importFile(file: File, strict = true): Promise<void> {
    await this.guard("model", async () => {
      const trainer = await this.#trainer();
      const bytes = new Uint8Array(await file.arrayBuffer());
      const text = await takeFile(trainer, bytes, file.name, strict);
      this.set({
        model: { name: file.name, text },
        session: { ...this.state.session, judged: undefined },
      });
      await this.#showHash(trainer);
    });
  }

  /** Forgets what was learnt and shown; data and choices stay. */
  async startAnew(): Promise<void> {
    await this.stop();
    await this.#bench.dispose();
    await this.forgetKept();
    this.set({ session: emptySession, model: undefined });
    await this.guard("training", async () => this.#showHash(await this.#trainer()));
  }

  // ---- within

  #trainer(data = this.state.data) {
    const { source, alone, mode, minParticipants, place, record } = this.state;
    if (source === undefined) throw new Error("no task is open");
    const server = new URL("/", this.#base).href;
    const signalling = signallingOf(place.via);
    const room = { room: place.room, secret: place.secret, mode, minParticipants, server, signalling };
    const options = {
      task: source,
      ...(alone ? { mode: "local" } : { ...defined(room), ...(record ? { record: kRecordBytes } : {}) }),
    };
    const onProgress = (done: number, total: number) => this.set({ reading: { done, total } });
    return this.#bench.ready(options as BenchOptions, data, onProgress).then((trainer) => {
      this.set({ me: trainer.peer });
      return trainer;
    });
  }

  /** Between rounds the hash is that of the model; within one, own steps are not yet shared. */
  async #showHash(trainer: Trainer): Promise<void> {
    const modelHash = await trainer.modelHash();
    this.set({ session: { ...this.state.session, modelHash } });
  }

}

function defined<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
}

import type { createTrainer, Trainer, TrainerOptions } from "../index.ts";
import type { DataItem } from "./state.ts";

export type CreateTrainer = typeof createTrainer;

/** How many files were read, of how many. */
export type Progress = (done: number, total: number) => void;

/** What a trainer is made from and cannot change later. */
export type BenchOptions = Omit<TrainerOptions, "signal">;

/**
 * Keeps one trainer for the visitor's present choices. When a choice changes that a trainer cannot
 * change (alone or together, the room), another one takes over its model and samples.
 */
export class Workbench {
  readonly #create: CreateTrainer;
  #trainer: Trainer | undefined;
  #key = "";
  #freshHash = "";
  #added = new Set<number>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(create: CreateTrainer) {
    this.#create = create;
  }

  /** The trainer for these options that holds exactly these data. Calls wait for each other. */
  ready(
    options: BenchOptions,
    data: readonly DataItem[],
    onProgress: Progress = () => undefined,
  ): Promise<Trainer> {
    const turn = this.#turn.then(() => this.#prepare(options, data, onProgress));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  get trainer(): Trainer | undefined {
    return this.#trainer;
  }

  async dispose(): Promise<void> {
    await this.#turn;
    const trainer = this.#trainer;
    this.#trainer = undefined;
    this.#key = "";
    this.#added.clear();
    await trainer?.dispose();
  }

  async #prepare(
    options: BenchOptions,
    data: readonly DataItem[],
    onProgress: Progress,
  ): Promise<Trainer> {
    const key = JSON.stringify(options);
    const removed = [...this.#added].some((id) => data.every((item) => item.id !== id));
    let trainer = this.#trainer;
    if (trainer === undefined || key !== this.#key) {
      trainer = await this.#replace(options, key);
    } else if (removed) {
      await trainer.clearSamples();
      this.#added.clear();
    }
    for (const item of data) {
      if (this.#added.has(item.id)) continue;
      item.count = await trainer.addSamples(item.source, { onProgress });
      this.#added.add(item.id);
    }
    return trainer;
  }

  async #replace(options: BenchOptions, key: string): Promise<Trainer> {
    const before = this.#trainer;
    const learnt = before !== undefined && (await before.modelHash()) !== this.#freshHash;
    const model = learnt ? await before.exportModel() : undefined;
    const trainer = await this.#create(options);
    this.#freshHash = await trainer.modelHash();
    if (model !== undefined) await trainer.importModel(model);
    this.#trainer = trainer;
    this.#key = key;
    this.#added.clear();
    await before?.dispose();
    return trainer;
  }
}

import type { InputFile, Mode, Task } from "../index.ts";
import type { Place } from "./invite.ts";
import type { Kept } from "./keep.ts";
import { noRules, type PauseRules, type Surroundings } from "./pausing.ts";
import { emptySession, type SessionView } from "./session.ts";

/** Everything that the page shows, as plain data: the components draw it and nothing else. */
export interface StudioState {
  tasks: TaskCard[] | undefined;
  task: Task | undefined;
  /** Where the task came from: a server, by its address, or the visitor, who has drafted it. */
  source: string | Task | undefined;
  /** This participant's public key, hex, once it is known. */
  me: string | undefined;
  data: DataItem[];
  /** How far many files are read, while they are. */
  reading: { done: number; total: number } | undefined;
  /** How the visitor wants to train. `alone` wins over the mode. */
  alone: boolean;
  mode: Exclude<Mode, "local">;
  minParticipants: number;
  place: Place;
  /** Texts of connecting by hand. */
  hand: HandTexts;
  invited: boolean;
  /** What a training in this room left in this browser. */
  kept: Kept | undefined;
  /** When training rests by itself, and what the page sees of the device. */
  rules: PauseRules;
  surroundings: Surroundings | undefined;
  /** Why it rests now. */
  resting: string | undefined;
  /** Keep what happens for a report. */
  record: boolean;
  session: SessionView;
  /** Judge the model on held-out samples while training. */
  judgeAfterRounds: boolean;
  /** The file that was loaded, and what is to be said of it. */
  model: { name: string; text: string } | undefined;
  busy: ReadonlySet<Spot>;
  /** What went wrong, shown beside what caused it. */
  problems: Partial<Record<Spot, string>>;
}

/** `note`: what came of the text that was used last. */
export interface HandTexts {
  invitation?: string;
  answer?: string;
  note?: string;
}

export type Spot = "hand" | "tasks" | "task" | "data" | "training" | "judging" | "model" | "trial";

export interface TaskCard {
  id: string;
  title: string;
  summary: string;
  url: string;
}

/** Samples that the visitor connected, in the order of connecting. */
export interface DataItem {
  id: number;
  name: string;
  count: number;
  source: DataSource;
}

export type DataSource =
  | { sample: number }
  | { files: InputFile[]; label?: string }
  /** Pictures taken or drawn here, with the label of each. */
  | { inputs: Picture[]; labels: string[] };

export type Picture = globalThis.ImageData;

export function initialState(place: Place, invited: boolean): StudioState {
  return {
    tasks: undefined,
    task: undefined,
    source: undefined,
    me: undefined,
    data: [],
    reading: undefined,
    alone: false,
    mode: "auto",
    minParticipants: 2,
    place,
    hand: {},
    invited,
    kept: undefined,
    rules: noRules,
    surroundings: undefined,
    resting: undefined,
    record: false,
    session: emptySession,
    judgeAfterRounds: true,
    model: undefined,
    busy: new Set(),
    problems: {},
  };
}

/** Rounds between two judgements: a table's held-out rows cost little, pictures more. */
export function judgeEvery(task: Task): number {
  return task.data.kind === "table" ? 1 : 5;
}

export function sampleCount(state: StudioState): number {
  return state.data.reduce((sum, item) => sum + item.count, 0);
}

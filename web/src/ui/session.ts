import type { LinkStatistics, Metrics, TrainerEvent } from "../index.ts";
import { personName } from "./format.ts";
import { emptyCurve, extendCurve, type Curve, type StepSample } from "./curve.ts";

/** What the page shows of training: the trainer's events folded into plain, immutable data. */
export interface SessionView {
  phase: Phase;
  /** As the trainer says it: its words about the present state. */
  text: string;
  mode: "local" | "decentralized" | "federated" | undefined;
  phaseSinceMs: number;
  /** Participants still needed, while waiting. */
  missing: number;
  round: number;
  /** Own optimizer steps: in all, and since the last round ended. */
  steps: number;
  stepsInRound: number;
  epoch: number;
  stepMs: number | undefined;
  curve: Curve;
  evaluations: Evaluation[];
  /** The latest evaluation of the present model's history. */
  judged: Evaluation | undefined;
  people: Person[];
  /** The ways to them. */
  links: LinkStatistics[];
  modelHash: string | undefined;
  sentBytes: number;
  receivedBytes: number;
  /** Of the last round, where the room has no common model. */
  gossip: Of<"round">["gossip"];
  lines: Line[];
}

/** `stopping`: asked to stop, the last step or exchange is still under way. */
export type Phase =
  "idle" | "connecting" | "waiting" | "training" | "exchanging" | "stopping" | "paused";

export interface Evaluation {
  step: number;
  round: number;
  loss: number;
  accuracy: number | undefined;
  metrics: Metrics;
  count: number;
}

export type PersonState = "here" | "late" | "left" | "refused";

export interface Person {
  peer: string;
  state: PersonState;
  path: string | undefined;
}

/** One line of what happened, newest last. */
export interface Line {
  atMs: number;
  tone: "plain" | "good" | "warning";
  text: string;
}

const kMaxLines = 60;
const kMaxPeople = 40;
const kMaxEvaluations = 400;

export const emptySession: SessionView = {
  phase: "idle",
  text: "",
  mode: undefined,
  phaseSinceMs: 0,
  missing: 0,
  round: 0,
  steps: 0,
  stepsInRound: 0,
  epoch: 0,
  stepMs: undefined,
  curve: emptyCurve,
  evaluations: [],
  judged: undefined,
  people: [],
  links: [],
  modelHash: undefined,
  sentBytes: 0,
  gossip: undefined,
  receivedBytes: 0,
  lines: [],
};

/** Folds a batch of events; many steps cost one copy of the curve. */
export function reduceSession(
  view: SessionView,
  events: readonly TrainerEvent[],
  nowMs: number,
): SessionView {
  const next: SessionView = { ...view };
  const samples: StepSample[] = [];
  for (const event of events) apply(next, event, samples, nowMs);
  next.curve = extendCurve(view.curve, samples);
  return next;
}

/** The page itself changes the phase: `connecting` when training is asked for, `stopping`, … */
export function withPhase(view: SessionView, phase: Phase, nowMs: number): SessionView {
  return phase === view.phase ? view : { ...view, phase, text: "", phaseSinceMs: nowMs };
}

export function withLine(
  view: SessionView,
  tone: Line["tone"],
  text: string,
  nowMs: number,
): SessionView {
  const sentence = text.charAt(0).toUpperCase() + text.slice(1);
  if (text === "" || view.lines.at(-1)?.text === sentence) return view;
  return {
    ...view,
    lines: [...view.lines, { atMs: nowMs, tone, text: sentence }].slice(-kMaxLines),
  };
}

export function isRunning(view: SessionView): boolean {
  return view.phase !== "idle" && view.phase !== "paused";
}

function apply(view: SessionView, event: TrainerEvent, samples: StepSample[], nowMs: number): void {
  switch (event.kind) {
    case "status":
      return applyStatus(view, event, nowMs);
    case "step":
      view.steps += event.steps;
      view.stepsInRound += event.steps;
      view.epoch = event.epoch;
      view.stepMs = event.stepMs;
      samples.push({
        step: view.steps,
        loss: event.loss,
        accuracy: event.accuracy ?? NaN,
        count: event.count,
        steps: event.steps,
      });
      return;
    case "round":
      return applyRound(view, event, nowMs);
    case "evaluation":
      view.judged = {
        step: view.steps,
        round: event.round,
        loss: event.loss,
        accuracy: event.metrics.accuracy,
        metrics: event.metrics,
        count: event.count,
      };
      view.evaluations = thinned([...view.evaluations, view.judged], kMaxEvaluations);
      return;
    case "peer":
      return applyPeer(view, event, nowMs);
    case "links":
      view.links = event.links;
      return;
    case "warning":
      Object.assign(view, withLine(view, "warning", event.text, nowMs));
      return;
    case "done":
      view.round = event.round;
      view.modelHash = event.modelHash;
      return;
  }
}

/** At most so many: when there are more, every second one of all but the last goes. */
function thinned<T>(values: T[], most: number): T[] {
  return values.length <= most ? values : values.filter((_, i) => (values.length - i) % 2 === 1);
}

type Of<K extends TrainerEvent["kind"]> = Extract<TrainerEvent, { kind: K }>;

function applyStatus(view: SessionView, event: Of<"status">, nowMs: number): void {
  // Between "stop" and the end of run() the trainer's states are no news.
  if (view.phase !== "stopping" && event.state !== "stopped" && event.state !== view.phase) {
    view.phase = event.state;
    view.phaseSinceMs = nowMs;
  }
  if (event.text !== view.text && event.state !== "training" && event.state !== "exchanging") {
    Object.assign(view, withLine(view, "plain", event.text, nowMs));
  }
  if (event.mode !== view.mode && view.mode !== undefined && event.mode === "federated") {
    Object.assign(view, withLine(view, "warning", "Going on through the server.", nowMs));
  }
  view.text = event.text;
  view.mode = event.mode;
  view.missing = event.missing ?? 0;
}

function applyRound(view: SessionView, event: Of<"round">, nowMs: number): void {
  view.round = event.round;
  view.stepsInRound = 0;
  view.modelHash = event.modelHash;
  view.sentBytes = event.sentBytes;
  view.receivedBytes = event.receivedBytes;
  view.gossip = event.gossip ?? view.gossip;
  view.phaseSinceMs = nowMs;
  view.people = view.mode === "federated" ? starPeople(view, event) : meshPeople(view, event);
}

/** In a mesh whoever is in a round is not late; whoever left may still be in it with an update. */
function meshPeople(view: SessionView, { peers }: Of<"round">): Person[] {
  return view.people.map((person) =>
    person.state === "late" && peers.includes(person.peer) ? { ...person, state: "here" } : person,
  );
}

/** In a star only its rounds tell who the others are. */
function starPeople(view: SessionView, { peers }: Of<"round">): Person[] {
  const gone = view.people
    .filter((person) => !peers.includes(person.peer))
    .map((person): Person => ({ ...person, state: "left" }));
  const here = peers.map((peer): Person => ({ peer, state: "here", path: "coordinator" }));
  return [...here, ...gone].slice(0, kMaxPeople);
}

function applyPeer(view: SessionView, event: Of<"peer">, nowMs: number): void {
  // At the middle of a star is the server, which is no participant.
  if (view.mode === "federated") {
    const text = event.state === "joined" ? "The server takes part: it averages." : event.text;
    Object.assign(view, withLine(view, "plain", text, nowMs));
    return;
  }
  const states = { joined: "here", left: "left", late: "late", refused: "refused" } as const;
  const state: PersonState = states[event.state];
  const known = view.people.find((person) => person.peer === event.peer);
  const person: Person = { peer: event.peer, state, path: event.path ?? known?.path };
  if (known !== undefined) {
    view.people = view.people.map((other) => (other === known ? person : other));
  } else {
    // Who left gives way first.
    const left = (other: Person) => (other.state === "left" ? 1 : 0);
    view.people = [...view.people, person].sort((a, b) => left(a) - left(b)).slice(0, kMaxPeople);
  }
  // The trainer calls a peer by the beginning of its key; here it has a name.
  const named = event.text.replace(event.peer.slice(0, 6), personName(event.peer));
  const path = event.state === "joined" ? pathSentence(event.path) : "";
  Object.assign(
    view,
    withLine(view, state === "here" ? "good" : "warning", `${named}${path}`, nowMs),
  );
}

function pathSentence(path: string | undefined): string {
  switch (path) {
    case "direct":
      return " Direct connection.";
    case "relayed":
      return " No direct connection: relayed, encrypted.";
    default:
      return "";
  }
}

import type { LinkStatistics, Task } from "../index.ts";
import { bytes, counted, percent } from "./format.ts";
import type { Person, Phase, SessionView } from "./session.ts";
import { isRunning } from "./session.ts";
import type { StudioState } from "./state.ts";

// The page's plain words about what goes on.

/** What a task's data are called. */
const kKinds = {
  table: { unit: "row", own: "rows", drop: "a CSV file", choose: "Choose a file", accept: ".csv,.tsv,.txt,.gz,text/csv" },
  image: { unit: "picture", own: "pictures", drop: "pictures or folders", choose: "Choose pictures", accept: "image/*,.gz,.idx" },
  text: { unit: "passage", own: "texts", drop: "a text file", choose: "Choose a file", accept: ".txt,.md,.gz,text/*" },
} as const;

export function kindWords({ data }: Task): (typeof kKinds)[keyof typeof kKinds] {
  return kKinds[data.kind];
}

const kBriefMs = 700;

export function headline(state: StudioState, nowMs: number): string {
  const { session, alone } = state;
  switch (shownPhase(session, nowMs)) {
    case "idle":
      return state.data.length === 0 ? "Connect data to begin" : "Ready to train";
    case "connecting":
      return alone ? "Getting ready" : "Connecting to the room";
    case "waiting":
      return `Waiting for ${missing(state)}`;
    case "training":
      return "Learning from your data";
    case "exchanging":
      return alone ? "Putting the round together" : "Exchanging what was learnt";
    case "stopping":
      return "Finishing the last step";
    case "paused":
      return "Paused";
  }
}

/** What the visitor should know in the present phase; `waiting` is trainPanel's. */
export function advice(state: StudioState, nowMs: number): string {
  const { session, alone } = state;
  switch (shownPhase(session, nowMs)) {
    case "idle":
      if (state.data.length > 0) return "";
      return hasSample(state)
        ? "Your own, or a sample with one click."
        : "Your own: no sample comes with this task.";
    case "connecting":
      return alone ? "" : session.text;
    case "training":
      return "Keep this tab open: training ends when it is closed.";
    case "exchanging":
      return alone ? "" : timeLeft(state, nowMs);
    case "paused":
      if (state.resting !== undefined) return `${state.resting} It goes on by itself.`;
      return "The model and your place are kept. Go on whenever you like.";
    default:
      return "";
  }
}

// Of connecting by hand.
export const kInvited = "You are invited. Connect data and start; then your answer appears here.";
export const kNoInvitation =
  "This is no invitation: expected a link that invites, or a text that begins with deai-offer-. An answer is used while this page trains.";
export const kOtherRoom = "This invites to another room. Pause first, then use it again: you go there.";
export const kOtherTask = "This invites to another task: open its link instead.";

/** What came of the codes that the camera saw. */
export type Reading =
  | { kind: "nothing" | "unreadable" | "foreign" | "mixed" | "failed" | "whole" }
  | { kind: "part"; have: number; of: number };

export function readingWords(reading: Reading): string {
  switch (reading.kind) {
    case "nothing":
      return "Hold the other page's code before the camera.";
    case "unreadable":
      return "There is a code, but it cannot be read: hold it nearer, straight and without glare.";
    case "foreign":
      return "This code is no invitation and no answer.";
    case "mixed":
      return "The codes did not fit together. They are read anew.";
    case "failed":
      return "The page could not load what reads codes. Send each other the texts instead.";
    case "part":
      return `${reading.have} of ${reading.of} codes are read: go on.`;
    case "whole":
      return "The code is read.";
  }
}

function hasSample({ task }: StudioState): boolean {
  return task?.sample !== undefined;
}

/** What lacks when training is started without data. */
export function nothingToLearn(state: StudioState): string {
  const first = hasSample(state) ? "data of your own or take a sample" : "data of your own";
  return `Connect ${first} first: there is nothing to learn from yet.`;
}

/** An exchange that is over in a moment is no news. */
function shownPhase(session: SessionView, nowMs: number): Phase {
  const brief = session.phase === "exchanging" && nowMs - session.phaseSinceMs < kBriefMs;
  return brief ? "training" : session.phase;
}

function missing({ session, minParticipants }: StudioState): string {
  const count = Math.max(1, session.missing || minParticipants - 1);
  return count === 1 ? "one more participant" : `${count} more participants`;
}

function timeLeft({ session, task }: StudioState, nowMs: number): string {
  const deadlineMs = task?.exchange.deadline_ms ?? 30_000;
  const left = Math.max(0, Math.ceil((session.phaseSinceMs + deadlineMs - nowMs) / 1000));
  if (left === 0) return "The others' updates have not come; the round waits on for them.";
  return `The round waits at most ${counted(left, "second")} more for updates.`;
}

/** What is sent, and to whom. */
export function sending(task: Task, { alone, mode, place }: StudioState): string {
  if (alone) return "Nothing. You train alone: the model, too, stays in this page.";
  const what = task.sends ?? "The changes of the model's numbers that your data led to.";
  const { via, secret } = place;
  if (via !== undefined && via.kind !== "server") {
    return `${what} They go to the others in the room, encrypted, and to no server.`;
  }
  return `${what} ${recipients(mode, secret !== undefined)}`;
}

function recipients(mode: StudioState["mode"], secret: boolean): string {
  const trust = secret
    ? ""
    : " This room has no secret: its server is trusted to connect you rightly.";
  const direct = "They go to the others in the room, directly and encrypted";
  switch (mode) {
    case "auto":
      return `${direct}; without a direct connection the server passes them on unread; if that fails too, the server itself averages them.${trust}`;
    case "decentralized":
      return `${direct}; without a direct connection the server passes them on unread.${trust}`;
    case "federated":
      return "They go to the server, which averages them with the others'.";
  }
}

export function pathWords(path: string | undefined): string {
  switch (path) {
    case "direct":
      return "direct connection";
    case "relayed":
      return "relayed, encrypted";
    case "coordinator":
      return "through the server";
    default:
      return "";
  }
}

/** How far away, and what went there. */
export function linkWords(link: LinkStatistics | undefined): string {
  if (!link) return "";
  const { via, roundTripMs, sentBytes, wireSentBytes, restarts } = link;
  const again = wireSentBytes === undefined || sentBytes < 100_000 ? 0 : wireSentBytes / sentBytes - 1;
  const words = [
    via === "turn" ? "by a relay server (TURN)" : "",
    roundTripMs === undefined ? "" : `${Math.max(1, Math.round(roundTripMs))} ms away`,
    `${bytes(sentBytes)} sent`,
    again > 0.25 ? `${percent(again)} on top: the connection loses much` : "",
    restarts ? `way changed ${restarts === 1 ? "once" : `${restarts} times`}` : "",
  ];
  return words.filter((word) => word !== "").join(", ");
}

export function personWords(person: Person): string {
  switch (person.state) {
    case "here":
      return pathWords(person.path);
    case "late":
      return "late in the last round";
    case "left":
      return "left";
    case "refused":
      return "refused";
  }
}

export function connectionWords(view: SessionView): string {
  if (!isRunning(view)) return "";
  switch (view.mode) {
    case "federated":
      return "through the server";
    case "decentralized":
      return "with each other";
    default:
      return "";
  }
}

import type { Notice } from "../engine/boundary.ts";
import type { Committed, EvaluationReport } from "../engine/messages.ts";
import type { StepsReport } from "../engine/steps.ts";
import type { LinkPath } from "../net/types.ts";
import type { Task } from "../task.ts";
import type { Evaluation, Metrics, RunningMode, TrainerEvent, TrainerState } from "./types.ts";

// The engine's facts as the events and the words that people get.

export function stepEvent(report: StepsReport, labels: number): TrainerEvent {
  const { round, epoch, loss, count, correct, steps, stepMs } = report;
  const accuracy = labels > 0 ? { accuracy: correct / (count * labels) } : {};
  return { kind: "step", round, epoch, loss, ...accuracy, count, steps, stepMs };
}

export function roundEvent(commit: Committed): TrainerEvent {
  return { ...commit, kind: "round" };
}

export function evaluationOf(
  report: Pick<EvaluationReport, "loss" | "accuracy" | "count" | "metrics" | "confusion">,
  task: Task,
): Evaluation {
  const { loss, accuracy, count, confusion } = report;
  const found = report.metrics;
  const metrics: Metrics = {};
  const keep = (name: Exclude<keyof Metrics, "confusion">, value: number | undefined): void => {
    if (value !== undefined && !Number.isNaN(value)) metrics[name] = value;
  };
  keep("accuracy", accuracy);
  if (task.data.kind === "text") keep("perplexity", Math.exp(loss));
  keep("topK", found.top_k);
  keep("auc", found.auc);
  keep("f1", found.f1);
  keep("meanAbsoluteError", found.mean_absolute_error);
  keep("rootMeanSquaredError", found.root_mean_squared_error);
  if (confusion !== undefined) {
    const classes = Math.sqrt(confusion.length);
    metrics.confusion = Array.from({ length: classes }, (_, row) =>
      confusion.slice(row * classes, (row + 1) * classes),
    );
  }
  return { loss, metrics, count };
}

/** Peers are called by the beginning of their names. */
export function shortName(peer: string): string {
  return peer.slice(0, 6);
}

export function peerEvent(
  notice: Notice,
  state: "joined" | "left" | "late" | "refused",
  path: LinkPath | undefined,
): TrainerEvent {
  const name = shortName(notice.peer);
  const texts = {
    joined: `${name} joined.`,
    left: `${name} left.`,
    late: `${name} was late in round ${notice.round}; the round ended without it.`,
    refused: `${name} was refused: ${notice.text}`,
  };
  return { kind: "peer", peer: notice.peer, state, ...(path ? { path } : {}), text: texts[state] };
}

/** Keeps the state of a run and makes an event of each change. */
export class StatusReport {
  private state: TrainerState = "stopped";
  private last = "";
  /** By link: the way it takes. */
  readonly paths = new Map<number, LinkPath>();

  constructor(
    public mode: RunningMode,
    private readonly tell: (event: TrainerEvent) => void,
  ) {}

  set(state: TrainerState, text: string, missing?: number): void {
    this.state = state;
    const path = longest([...this.paths.values()]);
    const more = { ...(path ? { path } : {}), ...(missing === undefined ? {} : { missing }) };
    const event = { kind: "status" as const, state, mode: this.mode, ...more, text };
    const content = JSON.stringify(event);
    if (content === this.last) return;
    this.last = content;
    this.tell(event);
  }

  /** The same state with other words. */
  say(text: string): void {
    this.set(this.state, text);
  }

  waiting(missing: number): void {
    const text = `Waiting for ${missing} more participant${missing === 1 ? "" : "s"}.`;
    this.set("waiting", text, missing);
  }

  training(round: number): void {
    this.set("training", `Training for round ${round}.`);
  }

  /** Steps are no longer due: what was learnt is on its way. */
  exchanging(round: number): void {
    if (this.mode === "local" || this.state !== "training") return;
    this.set("exchanging", `Exchanging what was learnt in round ${round}.`);
  }
}

function longest(paths: LinkPath[]): LinkPath | undefined {
  for (const path of ["coordinator", "relayed", "direct"] as const) {
    if (paths.includes(path)) return path;
  }
  return undefined;
}

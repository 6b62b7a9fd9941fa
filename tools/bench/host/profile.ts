// Where a step's time goes: a row for every layer, the loss, the optimizer and what lies outside.
import type { NetCase } from "../shared/cases.ts";
import type { Answer, ProfileRow, Request, Setting } from "../shared/messages.ts";
import type { Contender } from "./contender.ts";
import { aligned, digits } from "./table.ts";

const warmUpMs = 500;
const profileMs = 1500;

export interface Profiled extends Setting {
  case: string;
  steps: number;
  rows: ProfileRow[];
}

/** Warms up, then profiles for about a second and a half. */
export async function profileOf(
  contender: Contender,
  setting: Setting,
  one: NetCase,
): Promise<Profiled> {
  const ask = async (request: Request): Promise<Answer> => {
    const answer = await contender.ask(request, one.patienceMs);
    if (answer.kind === "failed") throw new Error(answer.text);
    return answer;
  };
  await ask({ kind: "prepare", setting, case: one });
  let steps = 1;
  let stepMs = Infinity;
  for (let spent = 0; spent < warmUpMs; steps *= 2) {
    const answer = await ask({ kind: "measure", steps });
    if (answer.kind !== "measured") throw new Error(`asked to measure, got ${answer.kind}`);
    spent += answer.ms;
    stepMs = Math.max(answer.ms / steps, 1e-3);
  }
  const enough = Math.max(1, Math.round(profileMs / stepMs));
  const answer = await ask({ kind: "profile", steps: enough });
  if (answer.kind !== "profiled") throw new Error(`asked for a profile, got ${answer.kind}`);
  return { ...setting, case: one.name, steps: enough, rows: answer.rows };
}

export function profileTable({ rows, steps }: Profiled): string {
  const perStep = (ms: number) => (ms / steps) * 1e3;
  const whole = rows.reduce((sum, row) => sum + row.forwardMs + row.backwardMs, 0);
  const line = (name: string, forward: number, backward: number) => [
    `  ${name}`,
    digits(perStep(forward)),
    digits(perStep(backward)),
    digits(perStep(forward + backward)),
    `${((100 * (forward + backward)) / whole).toFixed(1)} %`,
  ];
  const sum = (of: (row: ProfileRow) => number) => rows.reduce((all, row) => all + of(row), 0);
  return aligned([
    [`  µs a step, of ${String(steps)}`, "forward", "backward", "both", "share"],
    ...rows.map((row) => line(row.name, row.forwardMs, row.backwardMs)),
    line("all", sum((row) => row.forwardMs), sum((row) => row.backwardMs)),
  ]);
}

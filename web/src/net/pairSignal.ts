import { type DirectSignal, parseDirectSignal } from "./direct.ts";
import { isText } from "./messages.ts";
import type { World } from "./world.ts";

export const maxReasonLength = 256;

/** What the two ends of a pair say to each other by way of signalling. */
export type PairSignal =
  /** `beside`: of a direct connection that is tried beside the relayed link of that attempt. */
  | (DirectSignal & { attempt: string; beside?: string | undefined })
  /** Half of the key agreement; the offerer's first. */
  | { kind: "relay"; attempt: string; key: string }
  /** The answerer has seen the direct way fail. */
  | { kind: "failed"; attempt: string; reason: string }
  /** The answerer's connection has failed: another way for it is wanted. */
  | { kind: "restart"; attempt: string }
  /** The answerer has no link and waits for the offerer's next attempt. */
  | { kind: "again" };

export function parsePairSignal(message: Record<string, unknown>): PairSignal | undefined {
  const { kind, attempt, key, reason, beside } = message;
  if (kind === "again") return { kind };
  if (!isText(attempt, 32)) return undefined;
  if (kind === "restart") return { kind, attempt };
  if (kind === "relay" && isText(key, 256)) return { kind, attempt, key };
  if (kind === "failed" && isText(reason, maxReasonLength)) return { kind, attempt, reason };
  const direct = parseDirectSignal(message);
  if (!direct || !(beside === undefined || isText(beside, 32))) return undefined;
  return { ...direct, attempt, beside };
}

/** Tells attempts of one pair apart; nothing secret. */
export function attemptName({ clock, random }: World): string {
  return `${clock.now().toString(36)}-${random().toString(36).slice(2, 10)}`;
}

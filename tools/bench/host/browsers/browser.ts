// A browser without a window, as the bench needs it.
import type { Answer, Request } from "../../shared/messages.ts";

export interface Page {
  /** The page's answer; rejects when there is none in time. */
  ask(request: Request, timeoutMs: number): Promise<Answer>;
  close(): Promise<void>;
}

export interface Browser {
  /** "Chromium 156.0". */
  readonly name: string;
  open(url: string): Promise<Page>;
  close(): Promise<void>;
}

export const startMs = 30_000;

export async function inTime<Value>(
  value: Promise<Value>,
  ms: number,
  what: string,
): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${what} took more than ${String(ms / 1000)} s`)),
      ms,
    );
  });
  try {
    return await Promise.race([value, late]);
  } finally {
    clearTimeout(timer);
  }
}

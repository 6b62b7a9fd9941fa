// Somebody who can be asked to run a case: an engine in a page, or a program.
import type { Answer, Request } from "../shared/messages.ts";

export interface Contender {
  ask(request: Request, timeoutMs: number): Promise<Answer>;
  close(): Promise<void>;
}

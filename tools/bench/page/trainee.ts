// What an engine in a page offers to the bench.
import type { Memory, ProfileRow, Setting } from "../shared/messages.ts";
import type { NetWorkload, ProductWorkload } from "../shared/workload.ts";

export interface Trainee {
  /** That many steps, one after the other; the loss of the last (for a product: one element of it). */
  run(steps: number): number | Promise<number>;
  /** That many steps on the first batch. */
  profile?(steps: number): ProfileRow[];
  memory?(): Memory | Promise<Memory>;
  note?: string;
}

export type Start = (setting: Setting, workload: NetWorkload | ProductWorkload) => Promise<Trainee>;

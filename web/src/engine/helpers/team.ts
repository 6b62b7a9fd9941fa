import { DeaiError } from "../../errors.ts";
import type { PartReport, Share } from "../model.ts";
import type { Variant } from "../probe.ts";
import type { WasmFiles } from "../wasm.ts";
import { Helper, type Shared } from "./helper.ts";
import type { HelperLink } from "./messages.ts";
import { rowsOfEach, type Work } from "./workers.ts";

/** The one who leads: works on the first rows of a batch himself, and takes the optimizer's step. */
export interface Lead {
  weightsVersion(): number;
  /** As many of the weights as there is room for; the trained ones come first. */
  copyWeights(into: Float32Array): void;
  /** Copies of these rows. */
  share(first: number, count: number): Omit<Share, "first" | "total">;
  /** The gradient stays with the lead. */
  ownShare(rows: number, total: number): PartReport;
  addGradient(gradient: Float32Array): void;
}

/** So many helpers with the same module, each with an instance of its own. */
export async function startHelpers(
  count: number,
  variant: Variant,
  files: WasmFiles,
  open: (lock: string) => HelperLink,
): Promise<Helper[]> {
  const helpers: Helper[] = [];
  try {
    const module = await files.compile();
    const starting = Array.from({ length: count }, () => {
      const lock = `deai-helper-${crypto.getRandomValues(new Uint32Array(4)).join("-")}`;
      const helper = new Helper(open(lock));
      helpers.push(helper);
      return helper.start(variant, files.glue, module, lock);
    });
    await Promise.all(starting);
    return helpers;
  } catch (error) {
    for (const helper of helpers) helper.dispose();
    throw error;
  }
}

/** One model that a lead and his helpers work on. */
export class Team {
  private version = 0;
  /** Of each helper: what carries weights there and gradients back, batch after batch. */
  private readonly memory: (Float32Array<ArrayBuffer> | undefined)[] = [];

  /** Begins with equal weights: those that the task's seed gives. */
  constructor(
    private readonly helpers: readonly Helper[],
    private readonly id: number,
    task: string,
    seed: number,
    private readonly facts: Work & { weightCount: number },
  ) {
    for (const helper of helpers) helper.post({ kind: "load", model: id, task, seed });
  }

  /**
   * Works on a batch; the gradient of its mean loss is then the lead's. It is summed in the order of
   * the parts, whatever arrives first. Undefined: `holds` was false when a part was to be added.
   */
  async batch(
    lead: Lead,
    total: number,
    holds: () => boolean = () => true,
  ): Promise<PartReport | undefined> {
    this.sendChanges(lead);
    const [own = 0, ...others] = rowsOfEach(total, this.helpers.length + 1, this.facts);
    let first = own;
    const answers = others.map((count, at) => {
      const answer = this.ask(at, lead, first, count, total);
      first += count;
      return answer;
    });
    const report = lead.ownShare(own, total);
    let { loss, correct, weight } = { ...report, loss: report.loss * report.weight };
    for (const answer of answers) {
      const found = await answer;
      if (!holds()) return undefined;
      lead.addGradient(found.gradient);
      loss += found.loss * found.weight;
      correct += found.correct;
      weight += found.weight;
    }
    return { loss: loss / weight, correct, weight };
  }

  dispose(): void {
    for (const helper of this.helpers) helper.post({ kind: "unload", model: this.id });
  }

  /** Not only the trained weights may be others than at the last batch. */
  private sendChanges(lead: Lead): void {
    const version = lead.weightsVersion();
    if (version === this.version) return;
    this.version = version;
    const weights = new Float32Array(this.facts.weightCount);
    lead.copyWeights(weights);
    for (const helper of this.helpers) helper.post({ kind: "weights", model: this.id, weights });
  }

  private ask(
    at: number,
    lead: Lead,
    first: number,
    count: number,
    total: number,
  ): Promise<Shared> {
    const helper = this.helpers[at];
    if (!helper) throw new DeaiError("internal", `There is no helper ${at}.`);
    const memory = this.memory[at] ?? new Float32Array(this.facts.trainedCount);
    this.memory[at] = undefined;
    lead.copyWeights(memory);
    const answer = helper.share(
      this.id,
      { ...lead.share(first, count), first, total },
      memory,
    );
    answer.then(
      ({ gradient }) => (this.memory[at] = gradient),
      () => {}, // told by batch(), if it is still waiting
    );
    return answer;
  }
}

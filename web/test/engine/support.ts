import { readFileSync } from "node:fs";
import type { Outcome } from "../../src/engine/boundary.ts";
import type { CoreCoordinator } from "../../src/engine/coordinator.ts";
import type { Core } from "../../src/engine/core.ts";
import { coreLoader } from "../../src/engine/node.ts";
import type { CoreParticipant } from "../../src/engine/participant.ts";
import type { Variant } from "../../src/engine/probe.ts";
import { decodeFiles } from "../../src/input/index.ts";
import type { DecodedSamples } from "../../src/input/types.ts";
import type { Task } from "../../src/task.ts";

/** Where `node build.mjs lib` puts the engine. */
export const wasmUrl = new URL("../../dist/lib/", import.meta.url);
const titanicUrl = new URL("../../../tasks/titanic/", import.meta.url);

export const titanicTaskUrl = new URL("task.json", titanicUrl);
export const titanicJson = readFileSync(titanicTaskUrl, "utf8");
export const titanicTask = JSON.parse(titanicJson) as Task;

export function load(variant: Variant): Promise<Core> {
  return coreLoader({ variant, wasmUrl })();
}

export async function titanicRows(name: string): Promise<DecodedSamples> {
  const data = readFileSync(new URL(`sample/${name}.csv`, titanicUrl));
  const [rows] = await decodeFiles(titanicTask, [{ name: `${name}.csv`, data }]);
  if (!rows) throw new Error(`${name}.csv holds no table`);
  return rows;
}

/** The same 32 bytes for the same number: a participant with a known name. */
export function entropy(fill: number): Uint8Array {
  return new Uint8Array(32).fill(fill);
}

interface Node {
  participant: CoreParticipant | undefined;
  coordinator: CoreCoordinator | undefined;
  training: boolean;
  wakeAtMs: number;
  commits: { round: number; modelHash: string; peers: string[] }[];
  done: boolean;
}

interface Wire {
  to: Node;
  link: number;
}

/** Cores joined by wires in memory, under a virtual clock: no network, no waiting. */
export class Loopback {
  nowMs = 1_700_000_000_000;
  private lastLink = 0;
  private readonly nodes = new Map<object, Node>();
  private readonly ends = new Map<Node, Map<number, Wire>>();
  private readonly inFlight: (Wire & { bytes: Uint8Array; from: Wire })[] = [];

  add(core: CoreParticipant | CoreCoordinator): void {
    const isParticipant = "trainStep" in core;
    const node: Node = {
      participant: isParticipant ? core : undefined,
      coordinator: isParticipant ? undefined : core,
      ...{ training: false, wakeAtMs: -1, commits: [], done: false },
    };
    this.nodes.set(core, node);
    this.ends.set(node, new Map());
  }

  connect(a: CoreParticipant | CoreCoordinator, b: CoreParticipant | CoreCoordinator): void {
    const [from, to] = [this.node(a), this.node(b)];
    const [fromLink, toLink] = [++this.lastLink, ++this.lastLink];
    this.ends.get(from)?.set(fromLink, { to, link: toLink });
    this.ends.get(to)?.set(toLink, { to: from, link: fromLink });
    for (const [node, other, link] of [
      [from, to, fromLink],
      [to, from, toLink],
    ] as const) {
      const end = other.coordinator ? "coordinator" : "peer";
      const outcome =
        node.participant?.linkUp(link, end, this.nowMs) ??
        node.coordinator?.linkUp(link, this.nowMs);
      this.settle(node, outcome);
    }
  }

  run(participant: CoreParticipant, rounds: number): void {
    const outcome = participant.run({ rounds, untilRound: undefined }, this.nowMs);
    this.settle(this.node(participant), outcome);
  }

  commits(core: CoreParticipant | CoreCoordinator): Node["commits"] {
    return this.node(core).commits;
  }

  /** Delivers, trains and lets time pass until all who run are done. */
  untilDone(participants: CoreParticipant[], limit = 200_000): void {
    for (let events = 0; events < limit; events++) {
      if (participants.every((participant) => this.node(participant).done)) return;
      this.next();
    }
    throw new Error(`not done after ${limit} events`);
  }

  private next(): void {
    const frame = this.inFlight.shift();
    if (frame) {
      const { to, link, bytes, from } = frame;
      const core = to.participant ?? to.coordinator;
      this.settle(to, core?.received(link, bytes, this.nowMs));
      const sender = from.to.participant ?? from.to.coordinator;
      this.settle(from.to, sender?.writable(from.link, bytes.length, this.nowMs));
      return;
    }
    const nodes = [...this.nodes.values()];
    const learner = nodes.find((node) => node.training);
    if (learner?.participant) {
      this.nowMs += 1;
      this.settle(learner, learner.participant.trainStep(this.nowMs).outcome);
      // The next learner's turn: nobody may be starved.
      const key = [...this.nodes].find(([, node]) => node === learner)?.[0];
      if (key) {
        this.nodes.delete(key);
        this.nodes.set(key, learner);
      }
      return;
    }
    const waking = nodes.filter((node) => node.wakeAtMs >= 0);
    if (waking.length === 0) throw new Error("nobody waits for anything");
    const first = waking.reduce((a, b) => (a.wakeAtMs <= b.wakeAtMs ? a : b));
    this.nowMs = Math.max(this.nowMs, first.wakeAtMs);
    this.settle(first, (first.participant ?? first.coordinator)?.time(this.nowMs));
  }

  private settle(node: Node, outcome: Outcome | undefined): void {
    if (!outcome) throw new Error("no outcome");
    node.training = outcome.trainingWanted;
    node.wakeAtMs = outcome.wakeAtMs;
    for (const { link, bytes } of outcome.frames) {
      const wire = this.ends.get(node)?.get(link);
      if (wire) this.inFlight.push({ ...wire, bytes, from: { to: node, link } });
    }
    for (const notice of outcome.notices) {
      if (notice.kind === "done") node.done = true;
      if (notice.kind !== "roundCommitted") continue;
      const modelHash = (node.participant ?? node.coordinator)?.modelHash() ?? "";
      node.commits.push({ round: notice.round, modelHash, peers: notice.peers });
    }
  }

  private node(core: object): Node {
    const node = this.nodes.get(core);
    if (!node) throw new Error("not in this loopback");
    return node;
  }
}

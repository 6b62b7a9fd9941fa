// Many participants of a federated room in one process, each with the real core and the real link of a page: forked by main.ts.
import { WebSocket } from "ws";
import type { Outcome } from "../../src/engine/boundary.ts";
import type { Core } from "../../src/engine/core.ts";
import { coreLoader } from "../../src/engine/node.ts";
import type { CoreParticipant } from "../../src/engine/participant.ts";
import { CoordinatorLink } from "../../src/net/coordinatorLink.ts";
import { defaultWorld, type Socket, type World } from "../../src/net/world.ts";
import { loadTask } from "./task.ts";

export interface ParticipantsOrder {
  server: string;
  count: number;
  modelBytes: number;
}

/** From this process to main.ts. */
export type ParticipantsReport =
  | { kind: "ready" }
  /** Everybody has heard of it. `waitsMs`: from each one's update to that. */
  | { kind: "round"; round: number; ms: number; participants: number; waitsMs: number[]; hashes: number }
  | { kind: "warning"; text: string };

const rows = 8;

class LoadParticipant {
  private readonly participant: CoreParticipant;
  private readonly link: CoordinatorLink;
  private number = 0;
  private training = false;
  private timer: NodeJS.Timeout | undefined;
  private trainedAtMs = 0;

  constructor(
    core: Core,
    order: ParticipantsOrder,
    at: number,
    private readonly heard: (round: number, participants: number, waitMs: number, hash: string) => void,
    up: () => void,
  ) {
    const { text, columns } = loadTask(order.modelBytes);
    const common = { task: text, room: "load", minParticipants: order.count };
    this.participant = core.createParticipant({ ...common, mode: "federated", seed: at });
    const inputs = Float32Array.from({ length: rows * columns }, (_, k) => Math.sin(k * (at + 1)));
    const labels = Float32Array.from({ length: rows }, (_, k) => (k + at) % 2);
    this.participant.addSamples("training", { kind: "dense", source: "load", inputs, labels });
    // At most 200 of one address: the server's limits hold.
    const world = worldFrom(`127.0.1.${String(1 + Math.floor(at / 200))}`);
    this.link = new CoordinatorLink(world, { server: order.server, ...common }, {
      connecting: () => undefined,
      up: () => {
        this.settle(this.participant.linkUp(++this.number, "coordinator", Date.now()));
        up();
      },
      down: () => this.settle(this.participant.linkDown(this.number, Date.now())),
      frames: (frames) => {
        for (const frame of frames) {
          this.settle(this.participant.received(this.number, frame, Date.now()));
        }
      },
      drained: (bytes) => this.settle(this.participant.writable(this.number, bytes, Date.now())),
      lost: (reason) => tell({ kind: "warning", text: reason }),
      refused: (code, refusal) => tell({ kind: "warning", text: `${code}: ${refusal}` }),
    });
  }

  run(rounds: number): void {
    this.settle(this.participant.run({ rounds, untilRound: undefined }, Date.now()));
  }

  private settle(outcome: Outcome): void {
    for (const { bytes } of outcome.frames) this.link.send(bytes as Uint8Array<ArrayBuffer>);
    for (const notice of outcome.notices) {
      if (notice.kind === "warning") tell({ kind: "warning", text: notice.text });
      if (notice.kind !== "roundCommitted") continue;
      const waitMs = Date.now() - this.trainedAtMs;
      this.heard(notice.round, notice.count, waitMs, this.participant.modelHash());
    }
    clearTimeout(this.timer);
    const { wakeAtMs } = outcome;
    if (wakeAtMs >= 0) {
      const delayMs = Math.max(0, wakeAtMs - Date.now());
      this.timer = setTimeout(() => this.settle(this.participant.time(Date.now())), delayMs);
    }
    if (outcome.trainingWanted && !this.training) this.step();
  }

  private step(): void {
    this.training = true;
    setImmediate(() => {
      this.training = false;
      this.trainedAtMs = Date.now();
      this.settle(this.participant.trainStep(Date.now()).outcome);
    });
  }
}

function worldFrom(localAddress: string): World {
  const openSocket = (url: string) =>
    Promise.resolve(
      new WebSocket(url, { perMessageDeflate: false, localAddress }) as unknown as Socket,
    );
  return { ...defaultWorld(), openSocket };
}

function tell(report: ParticipantsReport): void {
  process.send?.(report);
}

async function main(order: ParticipantsOrder): Promise<void> {
  const core = await coreLoader({ wasmUrl: new URL("../../dist/lib/", import.meta.url) })();
  const heard = new Map<number, { waitsMs: number[]; hashes: Set<string> }>();
  let up = 0;
  let lastMs = 0;
  const participants = Array.from({ length: order.count }, (_, at) => {
    const onCommit = (round: number, participants: number, waitMs: number, hash: string) => {
      const entry = heard.get(round) ?? { waitsMs: [], hashes: new Set() };
      heard.set(round, entry);
      entry.waitsMs.push(waitMs);
      entry.hashes.add(hash);
      if (entry.waitsMs.length < order.count) return;
      heard.delete(round);
      const nowMs = performance.now();
      const { waitsMs, hashes } = entry;
      tell({ kind: "round", round, ms: nowMs - lastMs, participants, waitsMs, hashes: hashes.size });
      lastMs = nowMs;
    };
    return new LoadParticipant(core, order, at, onCommit, () => {
      if (++up === order.count) tell({ kind: "ready" });
    });
  });
  process.on("message", ({ rounds }: { rounds: number }) => {
    lastMs = performance.now();
    for (const participant of participants) participant.run(rounds);
  });
}

process.once("message", (order: ParticipantsOrder) => void main(order));
process.once("disconnect", () => process.exit(0));

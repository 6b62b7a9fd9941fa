// Ours, by its public interface for researchers; x is handed over as plain numbers, copied in every step.
import { type NetCase, shakespeareTokens } from "../../shared/cases.ts";
import type { Memory, ProfileRow } from "../../shared/messages.ts";
import { inputShapes, namedSizes } from "../../shared/network.ts";
import { batchCount, batchOf, type NetWorkload } from "../../shared/workload.ts";
import type { Start } from "../trainee.ts";

interface Model {
  trainBatch(x: Float32Array, y: Int32Array): { loss: number } | Promise<{ loss: number }>;
  parameters(): { name: string; offset: number }[];
  setWeights(weights: Float32Array): void | Promise<void>;
  memory(): Memory | Promise<Memory>;
  /** Not of one that several workers share. */
  profile?(x: Float32Array, y: Int32Array, steps: number): ProfileRow[];
}
interface Engine {
  variant: string;
  threads: number;
  workers?: number;
  load(task: object, options?: { seed?: number }): Model | Promise<Model>;
}
interface Library {
  createEngine(options: { variant?: string; threads?: number; workers?: number }): Promise<Engine>;
}

export const start: Start = async ({ variant, threads, workers }, workload) => {
  if (workload.case.kind !== "net") throw new Error("products: see the kernels");
  const given = workload as NetWorkload;
  const url = new URL("lib/engine.js", location.href).href;
  const { createEngine } = (await import(url)) as Library;
  // One worker alone is the plain engine: workers, also a single one, mean the one that awaits.
  const sharing = workers > 1 ? { workers } : {};
  const engine = await createEngine({ variant, threads, ...sharing });
  const got = [engine.variant, engine.threads, engine.workers ?? 1];
  const wanted = [variant, threads, workers];
  if (got.join() !== wanted.join()) {
    throw new Error(`variant, threads, workers: got ${got.join()}, not ${wanted.join()}`);
  }
  const model = await engine.load(taskOf(given.case), { seed: 1 });
  checkOrder(model.parameters(), given.case);
  await model.setWeights(given.weights);

  const batches = Array.from({ length: batchCount }, (_, k) => batchOf(given, k));
  let done = 0;
  return {
    async run(steps) {
      let loss = Number.NaN;
      for (let i = 0; i < steps; ++i) {
        const batch = batches[done++ % batchCount];
        if (!batch) throw new Error("no batch");
        const result = model.trainBatch(batch.x, batch.y);
        loss = (result instanceof Promise ? await result : result).loss;
      }
      return loss;
    },
    memory: () => model.memory(),
    profile(steps) {
      const batch = batches[0];
      if (!batch || !model.profile) throw new Error("no profile of models that workers share");
      return model.profile(batch.x, batch.y, steps);
    },
  };
};

/** The weights come in one row: it must be the order in which ours lie. */
function checkOrder(found: readonly { name: string; offset: number }[], net: NetCase): void {
  let offset = 0;
  namedSizes(net).forEach(({ name, size }, i) => {
    if (found[i]?.name !== name || found[i].offset !== offset) {
      throw new Error(`expected ${name} at ${String(offset)}, found ${JSON.stringify(found[i])}`);
    }
    offset += size;
  });
}

function taskOf(net: NetCase): object {
  const { optimizer, clip_norm } = net.training;
  return {
    deai: 1,
    id: "bench",
    data: dataOf(net.data),
    model: { seed: 1, layers: net.layers },
    loss: {
      kind: net.data === "titanic" ? "sigmoid_binary_cross_entropy" : "softmax_cross_entropy",
    },
    training: {
      batch_size: net.batch,
      optimizer,
      ...(clip_norm === undefined ? {} : { clip_norm }),
    },
  };
}

function dataOf(data: NetCase["data"]): object {
  const column = (name: string) => ({ kind: "number", name, mean: 0, deviation: 1 });
  switch (data) {
    case "titanic":
      return {
        kind: "table",
        columns: ["a", "b", "c", "d", "e"].map(column),
        label_column: "y",
        classes: ["0", "1"],
      };
    case "mnist": {
      const classes = Array.from({ length: 10 }, (_, k) => String(k));
      const size = { height: 28, width: 28, channels: 1 };
      return { kind: "image", ...size, mean: [0], deviation: [1], classes };
    }
    case "shakespeare": {
      // Batches are characters' numbers already: which characters these are does not matter.
      const codes = Array.from({ length: shakespeareTokens }, (_, k) => 0x100 + k);
      const alphabet = String.fromCodePoint(...codes);
      return {
        kind: "text",
        tokens: "characters",
        context: inputShapes.shakespeare[0],
        alphabet,
      };
    }
  }
}

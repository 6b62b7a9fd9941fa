import { DeaiError } from "../../errors.ts";
import { Engine } from "../engine.ts";
import type { Model } from "../model.ts";
import type { HelperPort, ToHelper } from "./messages.ts";

/** A helper: an engine of its own that works on parts of another's batches. */
export function serveHelper(port: HelperPort): void {
  let engine: Engine | undefined;
  const models = new Map<number, Model>();
  const modelOf = (id: number): Model => {
    const model = models.get(id);
    if (!model) throw new DeaiError("internal", `A helper of the engine has no model ${id}.`);
    return model;
  };

  async function act(message: ToHelper): Promise<void> {
    switch (message.kind) {
      case "start": {
        const { variant, glue, module, lock } = message;
        const openThread = (): never => {
          throw new DeaiError("internal", "A helper of the engine has one thread.");
        };
        const files = { glue, compile: () => Promise.resolve(module), openThread };
        engine = await Engine.start({ variant, threads: 1 }, files);
        await holdLock(lock);
        return port.post({ kind: "ready" }, []);
      }
      case "load":
        if (engine) models.set(message.model, engine.load(message.task, { seed: message.seed }));
        return;
      case "share": {
        const { id, share, trained: memory } = message;
        const model = modelOf(message.model);
        model.setTrained(memory);
        const report = model.otherShare(share, memory);
        return port.post({ kind: "shared", id, gradient: memory, ...report }, [memory.buffer]);
      }
      case "weights":
        return modelOf(message.model).setWeights(message.weights);
      case "unload":
        modelOf(message.model).dispose();
        models.delete(message.model);
    }
  }

  let last = Promise.resolve();
  port.listen((message) => {
    last = last
      .then(() => act(message))
      .catch((error: unknown) => {
        const code = error instanceof DeaiError ? error.code : "internal";
        port.post({ kind: "failed", code, text: String((error as Error).message) }, []);
      });
  });
}

/** Held as long as this worker lives: a browser tells nobody when a worker is gone, but frees its locks. */
function holdLock(name: string): Promise<void> {
  const { locks } = globalThis.navigator ?? {};
  if (name === "" || !locks) return Promise.resolve();
  return new Promise((held) => {
    void locks.request(name, () => {
      held();
      return new Promise(() => {});
    });
  });
}

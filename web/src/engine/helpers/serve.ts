import { DeaiError } from "../../errors.ts";
import { Engine } from "../engine.ts";
import type { Model } from "../model.ts";
import type { HelperPort, ToHelper } from "./messages.ts";

/** A helper: an engine of its own whose models take the same steps as those of the one it helps. */
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
        const model = modelOf(message.model);
        const loss = model.shareLoss(message.share);
        const gradient = model.gathered();
        return port.post({ kind: "shared", id: message.id, loss, gradient }, [gradient.buffer]);
      }
      case "step": {
        const model = modelOf(message.model);
        model.gather(message.gradient, 1, true);
        return model.step();
      }
      case "weights":
        return modelOf(message.model).setWeights(message.weights);
      case "checkpoint":
        return modelOf(message.model).loadCheckpoint(message.file);
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

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { InferenceSession, Tensor } from "onnxruntime-web";
import { createEngine } from "../../src/engine.node.ts";
import type { Engine } from "../../src/engine.ts";
import { createTrainer } from "../../src/index.node.ts";
import type { Task } from "../../src/task.ts";
import { wasmUrl } from "../engine/support.ts";
import { differenceOf, inputsOf } from "./support.ts";

const tasksUrl = new URL("../../../tasks/", import.meta.url);
const names = readdirSync(tasksUrl, { withFileTypes: true }).filter((entry) => entry.isDirectory());
const taskOf = (name: string) =>
  JSON.parse(readFileSync(new URL(`${name}/task.json`, tasksUrl), "utf8")) as Task;

let engine: Engine;
before(async () => {
  engine = await createEngine({ wasmUrl, variant: "simd" });
});
after(() => engine.dispose());

for (const { name } of names) {
  test(`onnxruntime computes the model of ${name} as the engine does`, async () => {
    const task = taskOf(name);
    const difference = await differenceOf(engine, task, inputsOf(task, 3));
    assert.ok(difference < 1e-5, `differs by ${difference}`);
  });
}


test("a trainer exports what it has learnt", async () => {
  const trainer = await createTrainer({
    task: new URL("titanic/task.json", tasksUrl),
    mode: "local",
    engine: { wasmUrl },
  });
  await trainer.addSamples({ sample: 0 });
  for await (const event of trainer.run({ rounds: 1 })) assert.notEqual(event.kind, "warning");
  const session = await InferenceSession.create(await trainer.exportOnnx());
  const x = inputsOf(trainer.task, 1);
  const found = await session.run({ input: new Tensor("float32", x, [1, x.length]) });
  const model = engine.load(trainer.task);
  model.importModel(await trainer.exportModel());
  const [expected = NaN] = model.predict(x);
  assert.ok(Math.abs((found["predictions"]?.data[0] as number) - expected) < 1e-5);
  model.dispose();
  await assert.rejects(trainer.exportOnnx({ layout: "hwc" as "nhwc" }), { code: "argument" });
  await trainer.dispose();
});

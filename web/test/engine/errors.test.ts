import assert from "node:assert/strict";
import { test } from "node:test";
import { coreLoader } from "../../src/engine/node.ts";
import { load, titanicJson, titanicRows, titanicTask } from "./support.ts";

const config = { room: "r", seed: 1, mode: "local", minParticipants: 1 } as const;

test("a wrong field of the task is named by the core", async () => {
  const core = await load("simd");
  const task = structuredClone(titanicTask);
  task.model.layers[2] = { kind: "dropout", rate: 7 };
  assert.throws(() => core.createParticipant({ ...config, task: JSON.stringify(task) }), {
    ...{ name: "DeaiError", code: "task" },
    message: /model\.layers\[2\]\.rate/,
  });
  assert.throws(() => core.createCoordinator({ ...config, task: "{" }), {
    name: "DeaiError",
    code: "task",
  });
});

test("a wrong cell is named by file, row and column; nothing was added", async () => {
  const core = await load("simd");
  const participant = core.createParticipant({ ...config, task: titanicJson });
  const rows = await titanicRows("shard-1");
  assert.equal(rows.kind, "table");
  if (rows.kind !== "table") return;
  // "male" → "mala" in the first row that has it: a category that the task does not know.
  const text = new TextDecoder("latin1").decode(rows.cells);
  const cells = rows.cells.slice();
  cells[text.indexOf("male") + 3] = "a".charCodeAt(0);
  assert.throws(() => participant.addSamples("training", { ...rows, cells }), {
    ...{ name: "DeaiError", code: "data" },
    message: /^shard-1\.csv.*sex.*mala|^shard-1\.csv.*mala.*sex/s,
  });
  assert.throws(
    () => participant.addSamples("training", { ...rows, cells: rows.cells.slice(0, 99) }),
    {
      name: "DeaiError",
      code: "data",
    },
  );
  assert.equal(participant.facts().trainingSamples, 0);
  assert.ok(participant.addSamples("training", rows) > 200);
  participant.dispose();
});

test("a step without samples, a model file that is none", async () => {
  const core = await load("simd");
  const participant = core.createParticipant({ ...config, task: titanicJson });
  const hash = participant.modelHash();
  assert.throws(() => participant.trainStep(1), { name: "DeaiError", code: "state" });
  assert.throws(() => participant.importModel(new Uint8Array(40), {}, 1), {
    name: "DeaiError",
    code: "file",
  });
  assert.throws(() => participant.importModel(new Uint8Array(), {}, 1), {
    name: "DeaiError",
    code: "file",
  });
  assert.equal(participant.modelHash(), hash);
  participant.dispose();
});

test("missing files of the engine are named", async () => {
  await assert.rejects(coreLoader({ wasmUrl: new URL("../../dist/nowhere/", import.meta.url) })(), {
    ...{ name: "DeaiError", code: "engine-load" },
    message: /nowhere/,
  });
});

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import {
  createTrainer,
  type Trainer,
  type TrainerEvent,
  type TrainerOptions,
} from "../../src/index.node.ts";
import { titanicTask, titanicTaskUrl, wasmUrl } from "../engine/support.ts";

const mnistTaskUrl = new URL("../../../tasks/mnist/task.json", import.meta.url);

function alone(options: Partial<TrainerOptions> = {}): Promise<Trainer> {
  return createTrainer({
    task: titanicTaskUrl,
    mode: "local",
    seed: 7,
    engine: { wasmUrl },
    ...options,
  });
}

async function collect(events: AsyncIterable<TrainerEvent>): Promise<TrainerEvent[]> {
  const all = [];
  for await (const event of events) all.push(event);
  return all;
}

function ofKind<Kind extends TrainerEvent["kind"]>(events: TrainerEvent[], kind: Kind) {
  return events.filter(
    (event): event is Extract<TrainerEvent, { kind: Kind }> => event.kind === kind,
  );
}

/** The __metadata__ of a safetensors file: u64 length of the JSON header, then the header. */
function metadataOf(file: Uint8Array): unknown {
  const size = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const header: unknown = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + size)));
  return (header as { __metadata__: unknown }).__metadata__;
}

test("titanic is learnt to 0.78 and the events tell how", async () => {
  const trainer = await alone();
  let count = 0;
  for (let shard = 0; shard < 4; shard++) count += await trainer.addSamples({ sample: shard });
  assert.equal((await trainer.statistics()).trainingSamples, count);
  const before = await trainer.modelHash();
  const events = await collect(trainer.run({ rounds: 30, evaluateEvery: 10 }));

  const rounds = ofKind(events, "round");
  assert.deepEqual(
    rounds.map(({ round }) => round),
    Array.from({ length: 30 }, (_, i) => i + 1),
  );
  assert.deepEqual(rounds[0]?.peers, [trainer.peer]);
  assert.ok(rounds.every(({ participants, weight }) => participants === 1 && weight > 0));
  assert.deepEqual(
    ofKind(events, "evaluation").map(({ round }) => round),
    [10, 20, 30],
  );
  const steps = ofKind(events, "step");
  assert.equal(
    steps.reduce((sum, event) => sum + event.steps, 0),
    30 * titanicTask.exchange.local_steps,
  );
  assert.ok(
    steps.every(
      ({ loss, accuracy = -1, stepMs }) => loss > 0 && accuracy >= 0 && accuracy <= 1 && stepMs > 0,
    ),
  );
  assert.ok(ofKind(events, "status").every(({ mode }) => mode === "local"));
  const last = events.at(-1);
  assert.deepEqual(last, { kind: "done", round: 30, modelHash: await trainer.modelHash() });
  assert.notEqual(await trainer.modelHash(), before);
  assert.equal(trainer.round(), 30);

  const { loss, metrics, count: judged } = await trainer.evaluate();
  assert.ok(judged > 200);
  assert.ok(loss < 0.6);
  assert.ok((metrics.accuracy ?? 0) >= 0.78, `accuracy ${metrics.accuracy}`);
  assert.ok((metrics.auc ?? 0) >= 0.8, `AUC ${metrics.auc}`);
  assert.ok((metrics.f1 ?? 0) >= 0.7, `F1 ${metrics.f1}`);
  const [of0 = [], of1 = []] = metrics.confusion ?? [];
  assert.deepEqual([of0.length, of1.length], [2, 2]);
  const right = (of0[0] ?? 0) + (of1[1] ?? 0);
  assert.equal(right / judged, metrics.accuracy);
  assert.equal(right + (of0[1] ?? 0) + (of1[0] ?? 0), judged);
  const [evaluation] = ofKind(events, "evaluation").slice(-1);
  assert.equal(evaluation?.loss, loss, "the same model, judged on the same rows");
  await trainer.dispose();
});

test("evaluate on rows of one's own leaves the held-out sample what it is", async () => {
  const trainer = await alone();
  const shard = await trainer.evaluate({ sample: 1 });
  const heldOut = await trainer.evaluate();
  assert.notEqual(shard.loss, heldOut.loss);
  assert.deepEqual(await trainer.evaluate({ sample: 1 }), shard);
  assert.deepEqual(await trainer.evaluate(), heldOut);
  await trainer.dispose();
});

test("predictions: probabilities of both classes, rows as objects or as a file", async () => {
  const trainer = await alone();
  await trainer.addSamples({ sample: 0 });
  await collect(trainer.run({ rounds: 20 }));
  const lady = { pclass: 1, sex: "female", age: 30, sibsp: 0, parch: 0, fare: 80, embarked: "C" };
  const man = { pclass: "3", sex: "male", age: "", sibsp: 0, parch: 0, fare: 7.9, embarked: "S" };
  const [first, second] = await trainer.predict([lady, man]);
  assert.equal(first?.label, "1");
  assert.equal(second?.label, "0");
  for (const { probabilities } of [first!, second!]) {
    assert.equal(probabilities.length, 2);
    assert.ok(Math.abs(probabilities[0]! + probabilities[1]! - 1) < 1e-6);
  }
  const data = `pclass,sex,age,sibsp,parch,fare,embarked\n1,female,30,0,0,80,C\n`;
  assert.deepEqual(await trainer.predict({ files: [{ name: "one.csv", data }] }), [first]);
  await trainer.dispose();
});

test("of several files none is added when one is wrong", async () => {
  const trainer = await alone();
  const file = (name: string) => ({
    name,
    data: readFileSync(new URL(`sample/${name}`, titanicTaskUrl)),
  });
  const wrong = { name: "wrong.csv", data: "pclass,sex\n1,female\n" };
  await assert.rejects(trainer.addSamples({ files: [file("shard-1.csv"), wrong] }), {
    ...{ name: "DeaiError", code: "data" },
    message: /wrong\.csv/,
  });
  assert.equal((await trainer.statistics()).trainingSamples, 0);
  const count = await trainer.addSamples({ files: [file("shard-1.csv"), file("shard-2.csv")] });
  assert.equal((await trainer.statistics()).trainingSamples, count);
  await trainer.clearSamples();
  assert.equal((await trainer.statistics()).trainingSamples, 0);
  await trainer.dispose();
});

test("a model goes out and comes back; that of another task is refused", async () => {
  const trainer = await alone();
  await trainer.addSamples({ sample: 0 });
  await collect(trainer.run({ rounds: 2 }));
  const file = await trainer.exportModel();
  assert.deepEqual(metadataOf(file), { format: "pt", task: "titanic", round: "2" });
  const hash = await trainer.modelHash();
  const other = await alone();
  assert.notEqual(await other.modelHash(), hash);
  await other.importModel(file);
  assert.equal(await other.modelHash(), hash);

  const mnist = await alone({ task: mnistTaskUrl });
  const untouched = await mnist.modelHash();
  await assert.rejects(mnist.importModel(file), { name: "DeaiError", code: "file" });
  assert.equal(await mnist.modelHash(), untouched);
  assert.ok(file.byteLength > 0, "the caller's bytes stay the caller's");
  await Promise.all([trainer.dispose(), other.dispose(), mnist.dispose()]);
});

test("rounds go on from a checkpoint with equal bits, whenever the samples come", async () => {
  const whole = await alone();
  await whole.addSamples({ sample: 0 });
  await collect(whole.run({ rounds: 3 }));
  const file = await whole.saveCheckpoint();
  await collect(whole.run({ rounds: 3 }));
  const hash = await whole.modelHash();
  for (const when of ["before", "after"]) {
    const other = await alone({ seed: 8 });
    if (when === "before") await other.addSamples({ sample: 0 });
    await other.loadCheckpoint(file);
    if (when === "after") await other.addSamples({ sample: 0 });
    await collect(other.run({ rounds: 3 }));
    assert.equal(await other.modelHash(), hash, `samples ${when}`);
    await other.dispose();
  }
  await assert.rejects(whole.loadCheckpoint(await whole.exportModel()), {
    ...{ name: "DeaiError", code: "file" },
    message: /load it as a model/,
  });
  await whole.dispose();
});

test("a task begins with the weights beside it", async () => {
  const maker = await alone();
  await maker.addSamples({ sample: 0 });
  await collect(maker.run({ rounds: 1 }));
  const [base, baseHash] = [await maker.exportModel(), await maker.modelHash()];
  await maker.dispose();
  const folder = mkdtempSync(path.join(tmpdir(), "deai-"));
  const file = path.join(folder, "base.safetensors");
  writeFileSync(file, base);
  const [blake2b = ""] = execFileSync("b2sum", ["-l", "256", file], { encoding: "utf8" }).split(" ");
  const weights = { file: "base.safetensors", blake2b };
  const task = { ...titanicTask, id: "later", model: { ...titanicTask.model, weights } };
  const taskUrl = pathToFileURL(path.join(folder, "task.json"));
  writeFileSync(taskUrl, JSON.stringify(task));

  const trainer = await alone({ task: taskUrl });
  assert.equal(await trainer.modelHash(), baseHash);
  await trainer.dispose();

  writeFileSync(file, base.subarray(1));
  await assert.rejects(alone({ task: taskUrl }), {
    ...{ name: "DeaiError", code: "file" },
    message: /base\.safetensors: its BLAKE2b is /,
  });
  rmSync(folder, { recursive: true });
});

test("what fits of a model file is taken where that is asked for", async () => {
  const [maker, taker] = [await alone({ seed: 1 }), await alone({ seed: 1 })];
  await maker.addSamples({ sample: 0 });
  await collect(maker.run({ rounds: 1 }));
  const hash = await taker.modelHash();
  const report = await taker.importModel(await maker.exportModel(), { only: ["0."] });
  assert.deepEqual(report.read, ["0.weight", "0.bias"]);
  assert.ok(report.kept.length > 0);
  assert.ok(report.left.every(({ name, reason }) => name !== "" && /asked for/.test(reason)));
  assert.notEqual(await taker.modelHash(), hash);
  await Promise.all([maker.dispose(), taker.dispose()]);
});

test("stop() ends a run quietly; run() goes on from there", async () => {
  const trainer = await alone();
  await trainer.addSamples({ sample: 0 });
  const events: TrainerEvent[] = [];
  for await (const event of trainer.run()) {
    events.push(event);
    if (event.kind === "round" && event.round >= 3) void trainer.stop();
  }
  const last = events.at(-1);
  assert.equal(last?.kind, "status");
  assert.equal(last?.kind === "status" && last.state, "stopped");
  const reached = trainer.round();
  assert.ok(reached >= 3);
  const more = await collect(trainer.run({ rounds: 2 }));
  assert.equal(trainer.round(), reached + 2);
  assert.equal(more.at(-1)?.kind, "done");
  const until = await collect(trainer.run({ untilRound: reached + 5 }));
  assert.equal(ofKind(until, "round").length, 3);
  await trainer.dispose();
});

test("an aborted signal ends a run with its reason, and the engine rests", async () => {
  const trainer = await alone();
  await trainer.addSamples({ sample: 0 });
  const controller = new AbortController();
  const reason = new Error("enough");
  await assert.rejects(async () => {
    for await (const event of trainer.run({ signal: controller.signal })) {
      if (event.kind === "round") controller.abort(reason);
    }
  }, reason);
  const hash = await trainer.modelHash();
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(await trainer.modelHash(), hash);
  await assert.rejects(collect(trainer.run({ signal: AbortSignal.abort(reason) })), reason);
  await assert.rejects(trainer.evaluate(undefined, { signal: AbortSignal.abort(reason) }), reason);
  await trainer.dispose();
});

test("leaving the loop stops the run", async () => {
  const trainer = await alone();
  await trainer.addSamples({ sample: 0 });
  for await (const event of trainer.run()) if (event.kind === "round") break;
  const events = await collect(trainer.run({ rounds: 1 }));
  assert.equal(events.at(-1)?.kind, "done");
  await trainer.dispose();
});

test("one run at a time; a run without samples says what is missing", async () => {
  const trainer = await alone();
  await assert.rejects(collect(trainer.run({ rounds: 1 })), { name: "DeaiError", code: "state" });
  await trainer.addSamples({ sample: 0 });
  for await (const event of trainer.run()) {
    if (event.kind !== "round") continue;
    await assert.rejects(collect(trainer.run()), { code: "state", message: /going on already/ });
    break;
  }
  await trainer.dispose();
});

test("evaluate() during a run judges in between, and training goes on", async () => {
  const trainer = await alone();
  await trainer.addSamples({ sample: 0 });
  const judged: Promise<unknown>[] = [];
  let after = 0;
  for await (const event of trainer.run()) {
    if (event.kind !== "round") continue;
    if (judged.length < 3) judged.push(trainer.evaluate().then(() => after++));
    else if (after === 3) break;
  }
  await Promise.all(judged);
  await trainer.dispose();
});

test("dispose() ends everything, twice is fine", async () => {
  const trainer = await alone();
  await trainer.addSamples({ sample: 0 });
  const disposed = { name: "DeaiError", code: "disposed" };
  const running = collect(trainer.run());
  const judging = trainer.evaluate();
  const pending = Promise.all([
    assert.rejects(running, disposed),
    assert.rejects(judging, disposed),
  ]);
  await new Promise((resolve) => setTimeout(resolve, 20));
  await trainer.dispose();
  await trainer.dispose();
  await pending;
  await assert.rejects(trainer.modelHash(), disposed);
  await assert.rejects(trainer.addSamples({ sample: 0 }), disposed);
  await assert.rejects(collect(trainer.run()), disposed);
});

test("the seed decides what is learnt, and only that", async () => {
  const hashes = [];
  for (const seed of [1, 1, 2]) {
    const trainer = await alone({ seed });
    await trainer.addSamples({ sample: 0 });
    await collect(trainer.run({ rounds: 1 }));
    hashes.push(await trainer.modelHash());
    await trainer.dispose();
  }
  assert.equal(hashes[0], hashes[1]);
  assert.notEqual(hashes[0], hashes[2]);
});

test("wrong options are refused by name", async () => {
  const argument = (message: RegExp) => ({ name: "DeaiError", code: "argument", message });
  await assert.rejects(alone({ mode: "mesh" as never }), argument(/mode is "mesh"/));
  await assert.rejects(alone({ minParticipants: 0 }), argument(/minParticipants/));
  await assert.rejects(alone({ seed: -1 }), argument(/seed/));
  await assert.rejects(alone({ mode: "federated" }), argument(/server is missing/));
  const trainer = await alone();
  await assert.rejects(collect(trainer.run({ rounds: 0 })), argument(/rounds/));
  await assert.rejects(trainer.addSamples({ sample: 99 }), { name: "DeaiError", code: "data" });
  await trainer.dispose();
  const object = await alone({ task: titanicTask });
  await assert.rejects(object.evaluate(), argument(/taskUrl/));
  await object.dispose();
  const signal = AbortSignal.abort(new Error("not now"));
  await assert.rejects(alone({ signal }), /not now/);
});

test("memory is told: weights, tensors, samples; a step after the first asks for none", async () => {
  const trainer = await alone();
  const empty = await trainer.memory();
  assert.equal(empty.parameterBytes, 4 * 961);
  assert.equal(empty.sampleBytes, 0);
  const count = await trainer.addSamples({ sample: 0 });
  await collect(trainer.run({ rounds: 1 }));
  const first = await trainer.memory();
  assert.ok(first.sampleBytes >= count * 13 * 4, `${first.sampleBytes} bytes of samples`);
  assert.ok(first.peakBytes > 4 * first.parameterBytes && first.peakBytes <= first.heldBytes);
  await collect(trainer.run({ rounds: 3 }));
  assert.deepEqual(await trainer.memory(), first);
  await trainer.dispose();
});

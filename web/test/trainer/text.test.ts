import assert from "node:assert/strict";
import { test } from "node:test";
import { createEngine } from "../../src/engine.node.ts";
import { createTrainer, type Task, type Trainer } from "../../src/index.node.ts";
import { wasmUrl } from "../engine/support.ts";

/** A small GPT for a rhyme that goes round. */
const task: Task = {
  deai: 1,
  id: "rhyme",
  data: { kind: "text", tokens: "characters", context: 8, alphabet: "\n abcde", unknown: " " },
  model: {
    seed: 1,
    layers: [
      { kind: "embedding", tokens: 7, width: 16 },
      { kind: "positional_embedding" },
      { kind: "transformer_block", heads: 2, causal: true },
      { kind: "dense", units: 7 },
    ],
  },
  loss: { kind: "softmax_cross_entropy" },
  training: { batch_size: 8, optimizer: { kind: "adamw", learning_rate: 0.01 } },
  exchange: { local_steps: 50 },
};
const rhyme = "abcde ".repeat(60);

function alone(): Promise<Trainer> {
  return createTrainer({ task, mode: "local", seed: 3, engine: { wasmUrl, variant: "simd" } });
}

async function written(pieces: AsyncIterable<string>): Promise<string> {
  let text = "";
  for await (const piece of pieces) text += piece;
  return text;
}

test("a trainer learns a rhyme and writes it on", async () => {
  const trainer = await alone();
  assert.equal(await trainer.addSamples({ text: rhyme }), 44);
  for await (const event of trainer.run({ rounds: 4 })) {
    if (event.kind === "step") assert.ok(event.accuracy !== undefined && event.accuracy <= 1);
  }
  const { metrics, loss } = await trainer.evaluate({ text: "cde abcde abcde abc" });
  assert.ok((metrics.accuracy ?? 0) > 0.95, `${metrics.accuracy} right`);
  assert.equal(metrics.perplexity, Math.exp(loss));
  assert.equal(await written(trainer.generate("abc", { temperature: 0, tokens: 15 })), "de abcde abcde ");
  // The alphabet lacks "X": it counts as a blank.
  assert.equal(await written(trainer.generate("eX", { temperature: 0, tokens: 5 })), "abcde");
  await trainer.dispose();
});

test("the seed decides what is written, and a new text ends the other", async () => {
  const trainer = await alone();
  const one = await written(trainer.generate("a", { seed: 1, tokens: 40 }));
  assert.equal([...one].length, 40);
  assert.equal(await written(trainer.generate("a", { seed: 1, tokens: 40 })), one);
  assert.notEqual(await written(trainer.generate("a", { seed: 2, tokens: 40 })), one);
  await assert.rejects(async () => {
    for await (const piece of trainer.generate("a", { tokens: 10_000 })) {
      assert.ok(piece.length > 0);
      await written(trainer.generate("b", { tokens: 1 }));
    }
  }, /another text was begun/);
  await trainer.dispose();
});

test("texts and settings that do not fit are refused", async () => {
  const trainer = await alone();
  await assert.rejects(trainer.addSamples({ text: "abc" }), /text: has 3 tokens, expected at least 9/);
  await assert.rejects(trainer.predict([[1, 2]]), /generate\(\) in place of predict\(\)/);
  await assert.rejects(written(trainer.generate("")), /a prompt of at least one token/);
  await assert.rejects(written(trainer.generate("a", { tokens: -1 })), /tokens is -1/);
  await assert.rejects(written(trainer.generate("a", { temperature: -1 })), /temperature is -1/);
  await trainer.dispose();
});

test("by hand: tokens in, tokens out", async () => {
  const engine = await createEngine({ wasmUrl, variant: "simd" });
  const model = engine.load(task);
  assert.deepEqual([...model.tokensOf("ab\nX")], [2, 3, 0, 1]);
  const tokens = model.tokensOf(rhyme);
  const windows = [0, 8, 16, 24, 32, 40];
  const part = (from: number) => windows.flatMap((at) => [...tokens.subarray(at + from, at + from + 8)]);
  const x = Float32Array.from(part(0));
  const y = Int32Array.from(part(1));
  for (let step = 0; step < 150; step++) model.trainBatch(x, y);
  assert.deepEqual([...model.generate("abc", { temperature: 0, tokens: 4 })], [...model.tokensOf("de a")]);
  const prompt = model.tokensOf("bcd");
  assert.deepEqual([...model.generate(prompt, { temperature: 0, tokens: 2 })], [...model.tokensOf("e ")]);
  // A step of one's own: the gradient of the outputs, [N, T, V].
  const outputs = model.forward(x, { training: true });
  assert.equal(outputs.length, x.length * 7);
  assert.equal(model.backward(outputs.map(() => 0)).length, model.getWeights().length);
  engine.dispose();
});

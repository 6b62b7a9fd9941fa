// A training loop of one's own: sharpness-aware minimisation (P. Foret and others, ICLR 2021,
// algorithm 1), whose gradients are gathered over several small batches.
//
//   node web/examples/sharpness_aware.js        (after  npm run build)
//
// lossAndGradient() changes nothing, setWeights() keeps the optimizer's state, applyGradient() takes
// one step of the task's optimizer: a loop can put any steps of its own between them.
import { createEngine } from "deai/engine";

const rho = 0.1; // how far uphill a step looks
const parts = 4; // small batches of one step, as where a large one would not fit in memory

/** The mean gradient of the parts of a batch of equal sizes. */
function gatheredGradient(model, x, y) {
  const rows = y.length / parts;
  const width = x.length / y.length;
  let sum;
  for (let part = 0; part < parts; part++) {
    const [from, to] = [part * rows, (part + 1) * rows];
    const some = model.lossAndGradient(x.subarray(from * width, to * width), y.subarray(from, to));
    sum = sum ? sum.map((value, i) => value + some.gradient[i]) : some.gradient;
  }
  return sum.map((value) => value / parts);
}

/** The weights so far uphill, in the direction in which the loss grows fastest. */
function uphill(weights, gradient) {
  const norm = Math.sqrt(gradient.reduce((sum, value) => sum + value * value, 0));
  return weights.map((weight, i) => weight + (rho * gradient[i]) / (norm + 1e-12));
}

/** One step: the gradient is that of the worst place nearby, and moves the weights from here. */
export function sharpnessAwareStep(model, x, y) {
  const here = model.getWeights();
  model.setWeights(uphill(here, gatheredGradient(model, x, y)));
  const gradient = gatheredGradient(model, x, y);
  model.setWeights(here);
  model.applyGradient(gradient);
}

/** How much the loss grows on the way uphill: what such steps make small. */
function sharpness(model, x, y) {
  const here = model.getWeights();
  const { loss, gradient } = model.lossAndGradient(x, y);
  model.setWeights(uphill(here, gradient));
  const worst = model.lossAndGradient(x, y).loss;
  model.setWeights(here);
  return worst - loss;
}

/** Equal numbers in every run (a linear congruence modulo 2^32). */
function randomNumbers(seed) {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

/** Two interlocking half circles; of `wrong` of the points the label is the other one. */
function moons(count, wrong, random) {
  const x = new Float32Array(2 * count);
  const y = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const angle = Math.PI * random();
    const lower = i % 2 === 1;
    const [a, b] = [Math.cos(angle), Math.sin(angle)];
    x[2 * i] = (lower ? 1 - a : a) + 0.3 * (random() - 0.5);
    x[2 * i + 1] = (lower ? 0.5 - b : b) + 0.3 * (random() - 0.5);
    y[i] = lower !== random() < wrong ? 1 : 0;
  }
  return { x, y };
}

const task = {
  deai: 1,
  id: "moons",
  data: {
    kind: "table",
    columns: ["a", "b"].map((name) => ({ kind: "number", name, mean: 0, deviation: 1 })),
    label_column: "lower",
    classes: ["no", "yes"],
  },
  model: {
    seed: 1,
    layers: [
      { kind: "dense", units: 64 },
      { kind: "relu" },
      { kind: "dense", units: 64 },
      { kind: "relu" },
      { kind: "dense", units: 1 },
    ],
  },
  loss: { kind: "sigmoid_binary_cross_entropy" },
  training: {
    batch_size: 32,
    optimizer: { kind: "sgd", learning_rate: 0.1, momentum: 0.9 },
  },
};

const engine = await createEngine();
const random = randomNumbers(3);
const training = moons(64, 0.2, random); // few, and one label in five is wrong
const test = moons(2000, 0, random);

function trainedBy(name, step) {
  const model = engine.load(task);
  for (let i = 0; i < 600; i++) {
    const from = (i % 2) * 32;
    step(model, training.x.subarray(2 * from, 2 * from + 64), training.y.subarray(from, from + 32));
  }
  const right = model.predict(test.x).filter((p, i) => (p > 0.5 ? 1 : 0) === test.y[i]).length;
  const sharp = sharpness(model, training.x, training.y);
  console.log(`${name}: ${(right / test.y.length).toFixed(3)} right, sharpness ${sharp.toFixed(3)}`);
  model.dispose();
}

trainedBy("ordinary steps", (model, x, y) => model.trainBatch(x, y));
trainedBy("sharpness-aware steps", sharpnessAwareStep);
engine.dispose();

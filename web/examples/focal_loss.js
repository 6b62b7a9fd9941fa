// A loss of one's own: focal loss (T.-Y. Lin and others, "Focal loss for dense object detection",
// ICCV 2017, equation 5), for classes of which one is rare.
//
//   node web/examples/focal_loss.js        (after  npm run build)
//
// All that a loss has to be is its derivative by the model's outputs: forward() gives the outputs,
// backward() takes the derivative and gives the gradient of all weights.
import { createEngine } from "deai/engine";

const gamma = 2; // 0: ordinary cross-entropy; the larger, the less do easy samples count
const alpha = 0.75; // weight of the rare class, 1 - alpha that of the other

const sigmoid = (z) => 1 / (1 + Math.exp(-z));

/** The mean focal loss of the outputs z, and its derivative by each of them. */
export function focalLoss(z, y) {
  let loss = 0;
  const dz = z.map((value, i) => {
    const sign = y[i] === 1 ? 1 : -1;
    const weight = y[i] === 1 ? alpha : 1 - alpha;
    const p = Math.max(sigmoid(sign * value), 1e-12); // of the right class
    const easy = weight * (1 - p) ** gamma;
    loss -= (easy * Math.log(p)) / z.length;
    return (sign * easy * (gamma * p * Math.log(p) + p - 1)) / z.length;
  });
  return { loss, dz };
}

/** How far the derivative is from differences of the loss, at most: check yours like this. */
function distanceFromDifferences(z, y) {
  const step = 1e-4;
  const at = (i, by) => focalLoss(z.map((value, k) => (k === i ? value + by : value)), y).loss;
  const { dz } = focalLoss(z, y);
  return Math.max(...dz.map((d, i) => Math.abs(d - (at(i, step) - at(i, -step)) / (2 * step))));
}

/** Points in a square; those of a small disc are of class 1, about one in thirty. */
function points(count, random) {
  const x = new Float32Array(2 * count);
  const y = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const [a, b] = [2 * random() - 1, 2 * random() - 1];
    x.set([a, b], 2 * i);
    y[i] = Math.hypot(a - 0.4, b + 0.3) < 0.2 ? 1 : 0;
  }
  return { x, y };
}

/** Equal numbers in every run (a linear congruence modulo 2^32). */
function randomNumbers(seed) {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

const task = {
  deai: 1,
  id: "disc",
  data: {
    kind: "table",
    columns: ["a", "b"].map((name) => ({ kind: "number", name, mean: 0, deviation: 1 })),
    label_column: "inside",
    classes: ["no", "yes"],
  },
  model: {
    seed: 1,
    layers: [
      { kind: "dense", units: 16 },
      { kind: "relu" },
      { kind: "dense", units: 16 },
      { kind: "relu" },
      { kind: "dense", units: 1 },
    ],
  },
  loss: { kind: "sigmoid_binary_cross_entropy" }, // what trainBatch would take; forward needs none
  training: { batch_size: 64, optimizer: { kind: "adamw", learning_rate: 0.01 } },
};

const engine = await createEngine();

/** What is found and what was rightly said to be found, after training with `step(model, x, y)`. */
function judgedAfter(step) {
  const random = randomNumbers(7);
  const test = points(4000, random);
  const model = engine.load(task);
  for (let i = 0; i < 300; i++) {
    const { x, y } = points(64, random);
    step(model, x, y);
  }
  const predictions = model.predict(test.x);
  model.dispose();
  const rare = [...test.y.keys()].filter((i) => test.y[i] === 1);
  const said = [...test.y.keys()].filter((i) => predictions[i] > 0.5);
  const right = said.filter((i) => test.y[i] === 1).length;
  const share = (part, whole) => (whole === 0 ? 0 : part / whole).toFixed(3);
  return `finds ${share(right, rare.length)} of the rare points, ${share(right, said.length)} of those it names are`;
}

const z = Float64Array.of(-3, -0.5, 0, 0.5, 3, 2);
const distance = distanceFromDifferences(z, Uint8Array.of(0, 1, 1, 0, 1, 0));
console.log(`derivative: at most ${distance.toExponential(1)} from differences`);

const usual = judgedAfter((model, x, y) => model.trainBatch(x, y));
const focal = judgedAfter((model, x, y) => {
  const outputs = model.forward(x, { training: true });
  model.applyGradient(model.backward(focalLoss(outputs, y).dz));
});
console.log(`cross-entropy ${usual}`);
console.log(`focal loss ${focal}`);
engine.dispose();

/**
 * A curve over training steps that never grows beyond kMaxPoints: when it is full, neighbours are
 * averaged and each point stands for twice as many steps. Plain data, copied once per batch.
 */
export interface Curve {
  step: number[];
  loss: number[];
  /** NaN where the task has no classes. */
  accuracy: number[];
  /** Exponential means of the two, for the eye. */
  smoothLoss: number[];
  smoothAccuracy: number[];
  /** Steps per point, and those not yet in a point. */
  stride: number;
  pending: { steps: number; samples: number; loss: number; accuracy: number };
}

/** What one report of the trainer says; `step` is the last of its steps. */
export interface StepSample {
  step: number;
  loss: number;
  accuracy: number;
  /** Samples and optimizer steps that it stands for. */
  count: number;
  steps: number;
}

const kMaxPoints = 800;
const kSmoothing = 0.1; // share of the newest point in the exponential mean

export const emptyCurve: Curve = {
  step: [],
  loss: [],
  accuracy: [],
  smoothLoss: [],
  smoothAccuracy: [],
  stride: 1,
  pending: { steps: 0, samples: 0, loss: 0, accuracy: 0 },
};

export function extendCurve(curve: Curve, samples: readonly StepSample[]): Curve {
  if (samples.length === 0) return curve;
  let next: Curve = {
    step: [...curve.step],
    loss: [...curve.loss],
    accuracy: [...curve.accuracy],
    smoothLoss: [...curve.smoothLoss],
    smoothAccuracy: [...curve.smoothAccuracy],
    stride: curve.stride,
    pending: { ...curve.pending },
  };
  for (const sample of samples) {
    const { pending } = next;
    pending.steps += sample.steps;
    pending.samples += sample.count;
    pending.loss += sample.loss * sample.count;
    pending.accuracy += sample.accuracy * sample.count;
    if (pending.steps < next.stride) continue;
    addPoint(next, sample.step, pending.loss / pending.samples, pending.accuracy / pending.samples);
    next.pending = { ...emptyCurve.pending };
    if (next.step.length > kMaxPoints) next = halved(next);
  }
  return next;
}

function addPoint(curve: Curve, step: number, loss: number, accuracy: number): void {
  // The mean over few points at first, so that the curve does not start at an accident.
  const share = Math.max(kSmoothing, 1 / (curve.step.length + 1));
  const mix = (before: number | undefined, now: number) =>
    before === undefined ? now : before + share * (now - before);
  curve.smoothLoss.push(mix(curve.smoothLoss.at(-1), loss));
  curve.smoothAccuracy.push(mix(curve.smoothAccuracy.at(-1), accuracy));
  curve.step.push(step);
  curve.loss.push(loss);
  curve.accuracy.push(accuracy);
}

function halved(curve: Curve): Curve {
  const pairs = (values: number[]) => values.filter((_, i) => i % 2 === 1);
  const means = (values: number[]) =>
    pairs(values).map((value, i) => ((values[2 * i] ?? value) + value) / 2);
  return {
    step: pairs(curve.step),
    loss: means(curve.loss),
    accuracy: means(curve.accuracy),
    smoothLoss: pairs(curve.smoothLoss),
    smoothAccuracy: pairs(curve.smoothAccuracy),
    stride: 2 * curve.stride,
    pending: curve.pending,
  };
}

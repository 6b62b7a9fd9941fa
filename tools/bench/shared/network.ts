// What follows from a net's layers: shapes, parameters, arithmetic.
import type { Layer, NetCase } from "./cases.ts";

/** One layer where it stands: shapes are of one sample, [H, W, C] or [features]. */
export interface Stage {
  layer: Layer;
  input: readonly number[];
  output: readonly number[];
  /** dense [out, in], conv2d [O, H, W, I]; none where the layer has no weights. */
  weight: readonly number[] | undefined;
}

export const inputShapes = { mnist: [28, 28, 1], titanic: [5] } as const;

export const sizeOf = (shape: readonly number[]) =>
  shape.reduce((product, extent) => product * extent, 1);

export function stages(net: NetCase): Stage[] {
  let input: readonly number[] = inputShapes[net.data];
  return net.layers.map((layer) => {
    const stage = { layer, input, ...shapesOf(layer, input) };
    input = stage.output;
    return stage;
  });
}

function shapesOf(layer: Layer, input: readonly number[]): Pick<Stage, "output" | "weight"> {
  switch (layer.kind) {
    case "dense":
      return { output: [layer.units], weight: [layer.units, sizeOf(input)] };
    case "conv2d": {
      const [height, width, channels] = imageShape(input);
      const { kernel, filters } = layer;
      return {
        output: [height - kernel + 1, width - kernel + 1, filters],
        weight: [filters, kernel, kernel, channels],
      };
    }
    case "max_pool2d": {
      const [height, width, channels] = imageShape(input);
      const { size } = layer;
      return {
        output: [Math.floor(height / size), Math.floor(width / size), channels],
        weight: undefined,
      };
    }
    case "relu":
      return { output: input, weight: undefined };
    case "flatten":
      return { output: [sizeOf(input)], weight: undefined };
  }
}

function imageShape(shape: readonly number[]): [number, number, number] {
  const [height, width, channels] = shape;
  if (height === undefined || width === undefined || channels === undefined) {
    throw new Error(`an image was expected, not [${shape.join(", ")}]`);
  }
  return [height, width, channels];
}

/** Weights and biases. */
export function parameterCount(net: NetCase): number {
  return stages(net).reduce(
    (sum, { weight }) => sum + (weight ? sizeOf(weight) + (weight[0] ?? 0) : 0),
    0,
  );
}

/** Numbers that a batch leaves between the layers, the input among them; relu and flatten may work in place. */
export function activationCount(net: NetCase): number {
  const kept = stages(net).filter(({ weight, layer }) => weight ?? layer.kind === "max_pool2d");
  const perSample = kept.reduce(
    (sum, { output }) => sum + sizeOf(output),
    sizeOf(inputShapes[net.data]),
  );
  return net.batch * perSample;
}

/**
 * Floating-point operations of one training step as counted everywhere: only those of matrix products and
 * convolutions, a multiplication and an addition each. Forward, dw, and dx but for the first layer with weights.
 */
export function trainingFlop(net: NetCase): number {
  const weighted = stages(net).filter(({ weight }) => weight);
  const forward = weighted.map(({ output, weight }) => {
    const [outputs = 0] = weight ?? [];
    return 2 * net.batch * (sizeOf(output) / outputs) * sizeOf(weight ?? []);
  });
  return forward.reduce((sum, flop, i) => sum + flop * (i === 0 ? 2 : 3), 0);
}

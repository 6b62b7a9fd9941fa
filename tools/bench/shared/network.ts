// What follows from a net's layers: shapes, parameters, arithmetic.
import type { Layer, NetCase } from "./cases.ts";

export interface Parameter {
  /** Within its layer, as PyTorch has it. */
  name: string;
  /** dense [out, in], conv2d [O, H, W, I]. */
  shape: readonly number[];
  /** Its first values: uniform in [−spread, spread), or one number where there is no spread. */
  first: { spread: number } | { value: number };
}

/** One layer where it stands: shapes are of one sample, [H, W, C], [T, E] or [features]. */
export interface Stage {
  layer: Layer;
  input: readonly number[];
  output: readonly number[];
  parameters: readonly Parameter[];
  /** Multiplications of matrix products and convolutions in the forward pass of one sample. */
  products: number;
  /** Numbers that a sample leaves for the way back; none where the layer may work in place. */
  kept: number;
}

export const inputShapes = { mnist: [28, 28, 1], titanic: [5], shakespeare: [64] } as const;

/** Labels of one sample: of a text, one behind each of its characters. */
export const labelsOf = ({ data }: NetCase) =>
  data === "shakespeare" ? inputShapes.shakespeare[0] : 1;

export const sizeOf = (shape: readonly number[]) =>
  shape.reduce((product, extent) => product * extent, 1);

export function stages(net: NetCase): Stage[] {
  let input: readonly number[] = inputShapes[net.data];
  return net.layers.map((layer) => {
    const stage = { layer, input, ...partsOf(layer, input) };
    input = stage.output;
    return stage;
  });
}

type Parts = Omit<Stage, "layer" | "input">;

function partsOf(layer: Layer, input: readonly number[]): Parts {
  switch (layer.kind) {
    case "dense": {
      const steps = input.length === 2 ? input.slice(0, 1) : [];
      const inputs = sizeOf(input) / sizeOf(steps);
      const output = [...steps, layer.units];
      const parameters = denseParameters("", inputs, layer.units);
      return { output, parameters, products: sizeOf(input) * layer.units, kept: sizeOf(output) };
    }
    case "conv2d": {
      const [height, width, channels] = imageShape(input);
      const { kernel, filters } = layer;
      const output = [height - kernel + 1, width - kernel + 1, filters];
      const inputs = kernel * kernel * channels;
      const parameters: Parameter[] = [
        // He's uniform numbers, as in our core.
        {
          name: "weight",
          shape: [filters, kernel, kernel, channels],
          first: { spread: Math.sqrt(6 / inputs) },
        },
        { name: "bias", shape: [filters], first: { value: 0 } },
      ];
      return { output, parameters, products: sizeOf(output) * inputs, kept: sizeOf(output) };
    }
    case "max_pool2d": {
      const [height, width, channels] = imageShape(input);
      const { size } = layer;
      const output = [Math.floor(height / size), Math.floor(width / size), channels];
      return { output, parameters: [], products: 0, kept: sizeOf(output) };
    }
    case "relu":
      return { output: input, parameters: [], products: 0, kept: 0 };
    case "flatten":
      return { output: [sizeOf(input)], parameters: [], products: 0, kept: 0 };
    case "embedding": {
      const output = [...input, layer.width];
      const parameters = [table([layer.tokens, layer.width])];
      return { output, parameters, products: 0, kept: sizeOf(output) };
    }
    case "positional_embedding":
      return { output: input, parameters: [table(input)], products: 0, kept: 0 };
    case "layer_norm":
      return {
        ...{ output: input, parameters: normParameters("", input[1] ?? 0) },
        ...{ products: 0, kept: sizeOf(input) },
      };
    case "transformer_block":
      return blockParts(layer.heads, input);
  }
}

/** The block of GPT-2, [T, E] → the same; the dense layers between the second norm and the sum are four times as wide. */
function blockParts(heads: number, input: readonly number[]): Parts {
  const [steps = 0, width = 0] = input;
  const inside = (name: string, parts: readonly Parameter[]) =>
    parts.map((part) => ({ ...part, name: name + part.name }));
  const parameters = [
    ...inside("self_attn.", [
      ...denseParameters("in_proj_", width, 3 * width),
      ...denseParameters("out_proj.", width, width),
    ]),
    ...["norm1.", "norm2."].flatMap((name) => normParameters(name, width)),
    ...denseParameters("linear1.", width, 4 * width),
    ...denseParameters("linear2.", 4 * width, width),
  ];
  // Each step against itself and those before it, with keys, then with values.
  const attention = steps * (steps + 1) * width;
  // Of the width of a step: norm, q, k and v, attention, its projection, the sum; norm, 4 before and 4 behind the
  // activation, its projection, the sum. And what softmax divided by.
  const kept = steps * (18 * width + heads);
  return { output: input, parameters, products: 12 * steps * width ** 2 + attention, kept };
}

/** Glorot's uniform numbers, as in our core. */
function denseParameters(prefix: string, inputs: number, units: number): Parameter[] {
  const spread = Math.sqrt(6 / (inputs + units));
  return [
    { name: `${prefix}weight`, shape: [units, inputs], first: { spread } },
    { name: `${prefix}bias`, shape: [units], first: { value: 0 } },
  ];
}

const normParameters = (prefix: string, width: number): Parameter[] => [
  { name: `${prefix}weight`, shape: [width], first: { value: 1 } },
  { name: `${prefix}bias`, shape: [width], first: { value: 0 } },
];

/** Of the deviation 0.02, like GPT-2's. */
const table = (shape: readonly number[]): Parameter => ({
  name: "weight",
  shape,
  first: { spread: 0.02 * Math.sqrt(3) },
});

function imageShape(shape: readonly number[]): [number, number, number] {
  const [height, width, channels] = shape;
  if (height === undefined || width === undefined || channels === undefined) {
    throw new Error(`an image was expected, not [${shape.join(", ")}]`);
  }
  return [height, width, channels];
}

/** Names as PyTorch's Sequential has them, and their sizes, in the order of the weights. */
export function namedSizes(net: NetCase): { name: string; size: number }[] {
  return stages(net).flatMap(({ parameters }, i) =>
    parameters.map(({ name, shape }) => ({ name: `${String(i)}.${name}`, size: sizeOf(shape) })),
  );
}

/** Weights and biases. */
export function parameterCount(net: NetCase): number {
  return namedSizes(net).reduce((sum, { size }) => sum + size, 0);
}

/** Numbers that a batch leaves between the layers, the input among them. */
export function activationCount(net: NetCase): number {
  const perSample = stages(net).reduce(
    (sum, { kept }) => sum + kept,
    sizeOf(inputShapes[net.data]),
  );
  return net.batch * perSample;
}

/**
 * Floating-point operations of one training step as counted everywhere: only those of matrix products and
 * convolutions, a multiplication and an addition each. Forward, dw, and dx but for the first layer with weights.
 */
export function trainingFlop(net: NetCase): number {
  const weighted = stages(net).filter(({ parameters }) => parameters.length > 0);
  return weighted.reduce(
    (sum, { products }, i) => sum + 2 * net.batch * products * (i === 0 ? 2 : 3),
    0,
  );
}

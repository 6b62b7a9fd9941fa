import type { Attribute, Graph, Name } from "./graph.ts";
import type { Translation } from "./value.ts";

// Pieces of graphs that several layers are made of.

/** The axis of a sample's channels or features in the graph. */
export function featureAxis(shape: readonly number[]): number {
  return shape.length === 3 ? 1 : -1;
}

/** Numbers per channel, in a shape that fits the graph's values of such samples. */
export function perFeature(shape: readonly number[], count: number): number[] {
  return shape.length === 3 ? [count, 1, 1] : [count];
}

export type Activation = (graph: Graph, x: Name) => Name;

const silu: Activation = (graph, x) => graph.node("Mul", [x, graph.node("Sigmoid", [x])]);

const named: Record<string, Activation> = {
  relu: (graph, x) => graph.node("Relu", [x]),
  silu,
  hard_swish: (graph, x) => graph.node("HardSwish", [x]),
};

export function activation(word: string): Activation {
  return named[word] ?? silu;
}

/** ½x(1 + erf(x / √2)), or the approximation by tanh. */
export function gelu(graph: Graph, x: Name, approximate: string): Name {
  const half = graph.node("Mul", [x, graph.scalar(0.5)]);
  const inner =
    approximate === "tanh"
      ? graph.node("Tanh", [tanhArgument(graph, x)])
      : graph.node("Erf", [graph.node("Mul", [x, graph.scalar(Math.SQRT1_2)])]);
  return graph.node("Mul", [half, graph.node("Add", [inner, graph.scalar(1)])]);
}

/** √(2/π)·(x + 0.044715·x³) */
function tanhArgument(graph: Graph, x: Name): Name {
  const cube = graph.node("Mul", [graph.node("Mul", [x, x]), x]);
  const small = graph.node("Mul", [cube, graph.scalar(0.044715)]);
  const sum = graph.node("Add", [x, small]);
  return graph.node("Mul", [sum, graph.scalar(Math.sqrt(2 / Math.PI))]);
}

export interface Convolution {
  stride: number;
  padding: number;
  dilation: number;
  groups: number;
  outputPadding?: number;
}

function square(extent: number): number[] {
  return [extent, extent];
}

/** Conv or ConvTranspose of NCHW; `part`: where its weights are within the layer. */
export function convolution(
  t: Translation,
  op: "Conv" | "ConvTranspose",
  x: Name,
  part: string,
  { stride, padding, dilation, groups, outputPadding }: Convolution,
): Name {
  const inputs = [x, t.constant(`${part}weight`)];
  if (t.find(`${part}bias`)) inputs.push(t.constant(`${part}bias`));
  const attributes: Record<string, Attribute> = {
    strides: square(stride),
    pads: [padding, padding, padding, padding],
    dilations: square(dilation),
    group: groups,
  };
  if (outputPadding !== undefined) attributes["output_padding"] = square(outputPadding);
  return t.graph.node(op, inputs, attributes);
}

export function pooling(t: Translation, op: "MaxPool" | "AveragePool"): Name {
  const padding = t.number("padding");
  return t.graph.node(op, [t.x.name], {
    kernel_shape: square(t.number("size")),
    strides: square(t.number("stride")),
    pads: [padding, padding, padding, padding],
    ...(op === "AveragePool" ? { count_include_pad: 1 } : {}),
  });
}

/** Along the last axis; `part`: where its weights are within the layer. */
export function layerNorm(t: Translation, x: Name, part: string, epsilon: number): Name {
  const inputs = [x, t.constant(`${part}weight`), t.constant(`${part}bias`)];
  return t.graph.node("LayerNormalization", inputs, { axis: -1, epsilon: { float: epsilon } });
}

/** x / √(mean of x² + ε) · weight along an axis. */
export function rmsNorm(
  t: Translation,
  x: Name,
  part: string,
  epsilon: number,
  axis = -1,
  weightShape?: number[],
): Name {
  const { graph } = t;
  const square = graph.node("Mul", [x, x]);
  const mean = graph.node("ReduceMean", [square], { axes: [axis], keepdims: 1 });
  const root = graph.node("Sqrt", [graph.node("Add", [mean, graph.scalar(epsilon)])]);
  const normal = graph.node("Div", [x, root]);
  return graph.node("Mul", [normal, t.constant(`${part}weight`, weightShape)]);
}

/** Over all pixels and the neighbouring channels of a group. x: [N, C, …]. */
export function groupNorm(
  t: Translation,
  x: Name,
  part: string,
  groups: number,
  epsilon: number,
  extents: readonly number[],
): Name {
  const { graph } = t;
  const split = graph.node("Reshape", [x, graph.wholes([0, groups, -1])]);
  const ones = graph.floats("ones", [groups], new Float32Array(groups).fill(1));
  const zeros = graph.floats("zeros", [groups], new Float32Array(groups));
  const normal = graph.node("InstanceNormalization", [split, ones, zeros], {
    epsilon: { float: epsilon },
  });
  const back = graph.node("Reshape", [normal, graph.wholes([0, ...extents])]);
  const wide = [extents[0] ?? 1, ...extents.slice(1).map(() => 1)];
  const scaled = graph.node("Mul", [back, t.constant(`${part}weight`, wide)]);
  return graph.node("Add", [scaled, t.constant(`${part}bias`, wide)]);
}

/** With the running mean and variance. x: [N, C, …]. */
export function batchNorm(t: Translation, x: Name, part: string, epsilon: number): Name {
  const parts = ["weight", "bias", "running_mean", "running_var"];
  const inputs = [x, ...parts.map((one) => t.constant(part + one))];
  return t.graph.node("BatchNormalization", inputs, { epsilon: { float: epsilon } });
}

/** x·wᵀ + b along the last axis of any rank; b is the part's bias where there is one. */
export function linear(t: Translation, x: Name, rank: number, part = ""): Name {
  const { graph } = t;
  const weight = t.matrix(`${part}weight`);
  const bias = t.find(`${part}bias`) ? t.constant(`${part}bias`) : undefined;
  if (rank === 1) {
    return graph.node("Gemm", bias === undefined ? [x, weight] : [x, weight, bias], { transB: 1 });
  }
  const turned = graph.node("Transpose", [weight], { perm: [1, 0] });
  const product = graph.node("MatMul", [x, turned]);
  return bias === undefined ? product : graph.node("Add", [product, bias]);
}

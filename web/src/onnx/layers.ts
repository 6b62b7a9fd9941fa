import {
  activation,
  batchNorm,
  convolution,
  featureAxis,
  gelu,
  groupNorm,
  layerNorm,
  linear,
  perFeature,
  pooling,
  rmsNorm,
} from "./nodes.ts";
import type { Activation } from "./nodes.ts";
import type { Name } from "./graph.ts";
import type { Translate, Translation, Value } from "./value.ts";

// From the layers that task.json can name (core/task/layer_kinds.cpp) to ONNX nodes. Blocks stand
// in blocks.ts, what reads sequences in sequences.ts.

function elementwise(op: Activation): Translate {
  return (t) => t.result(op(t.graph, t.x.name), t.x.pixels);
}
function operator(op: string): Translate {
  return elementwise((graph, x) => graph.node(op, [x]));
}

function conv2d(t: Translation): Value {
  const stride = t.number("stride");
  const [padding, dilation] = [t.number("padding"), t.number("dilation")];
  const groups = t.node.kind === "conv2d" ? t.number("groups") : (t.x.shape[2] ?? 1);
  return t.result(convolution(t, "Conv", t.x.name, "", { stride, padding, dilation, groups }));
}

function separableConv2d(t: Translation): Value {
  const [stride, padding, dilation] = [
    t.number("stride"),
    t.number("padding"),
    t.number("dilation"),
  ];
  const groups = t.x.shape[2] ?? 1;
  const own = { stride, padding, dilation, groups };
  const each = convolution(t, "Conv", t.x.name, "depthwise.", own);
  const single = { stride: 1, padding: 0, dilation: 1, groups: 1 };
  return t.result(convolution(t, "Conv", each, "pointwise.", single));
}

function convTranspose2d(t: Translation): Value {
  return t.result(
    convolution(t, "ConvTranspose", t.x.name, "", {
      stride: t.number("stride"),
      padding: t.number("padding"),
      dilation: t.number("dilation"),
      groups: t.number("groups"),
      outputPadding: t.number("output_padding"),
    }),
  );
}

function upsample2d(t: Translation): Value {
  const { graph } = t;
  const factor = t.number("factor");
  const scales = graph.floats("scales", [4], Float32Array.of(1, 1, factor, factor));
  const bilinear = t.word("mode") === "bilinear";
  const attributes = bilinear
    ? { mode: { text: "linear" }, coordinate_transformation_mode: { text: "half_pixel" } }
    : {
        mode: { text: "nearest" },
        coordinate_transformation_mode: { text: "asymmetric" },
        nearest_mode: { text: "floor" },
      };
  return t.result(graph.node("Resize", [t.x.name, "", scales], attributes));
}

function globalAvgPool2d(t: Translation): Value {
  const pooled = t.graph.node("GlobalAveragePool", [t.x.name]);
  return t.result(t.graph.node("Flatten", [pooled], { axis: 1 }));
}

function dense(t: Translation): Value {
  // The columns of its own weight stand in the order of its input; those of another's may not.
  const columns = t.shared?.pixels ?? t.x.pixels;
  if (columns !== t.x.pixels && columns > 1) {
    throw t.refusal("it shares a weight with a layer whose input is a flattened image of another size");
  }
  const x = columns === t.x.pixels ? t.x.name : t.plain(t.x);
  return t.result(linear(t, x, t.x.shape.length));
}

/** Channels stand last while a norm over them is computed. */
function layerNormLayer(t: Translation): Value {
  const { graph, x } = t;
  const epsilon = t.number("epsilon");
  if (x.shape.length < 3) return t.result(layerNorm(t, x.name, "", epsilon), x.pixels);
  const normal = layerNorm(t, t.plain(x), "", epsilon);
  return t.result(graph.node("Transpose", [normal], { perm: [0, 3, 1, 2] }));
}

function rmsNormLayer(t: Translation): Value {
  const { shape, name, pixels } = t.x;
  const weightShape = perFeature(shape, shape.at(-1) ?? 1);
  const epsilon = t.number("epsilon");
  return t.result(rmsNorm(t, name, "", epsilon, featureAxis(shape), weightShape), pixels);
}

/** What works on [N, C, …], also for sequences [T, C]. */
function channelsFirst(t: Translation, norm: (x: Name, extents: number[]) => Name): Value {
  const { graph, x } = t;
  const [first = 1, second = 1, channels = 1] = x.shape;
  if (x.shape.length === 3) return t.result(norm(x.name, [channels, first, second]));
  if (x.shape.length === 1) return t.result(norm(x.name, [first]), x.pixels);
  const turned = graph.node("Transpose", [x.name], { perm: [0, 2, 1] });
  return t.result(
    graph.node("Transpose", [norm(turned, [second, first])], { perm: [0, 2, 1] }),
  );
}

function groupNormLayer(t: Translation): Value {
  const groups = t.number("groups");
  if (t.x.pixels > 1 && groups > 1) {
    throw t.refusal("groups of a flattened image's features are not in the order of ONNX; flatten later");
  }
  const epsilon = t.number("epsilon");
  return channelsFirst(t, (x, extents) => groupNorm(t, x, "", groups, epsilon, extents));
}

function batchNormLayer(t: Translation): Value {
  return channelsFirst(t, (x) => batchNorm(t, x, "", t.number("epsilon")));
}

function flatten(t: Translation): Value {
  return t.result(t.graph.node("Flatten", [t.x.name], { axis: 1 }), t.node.pixels);
}

function reshape(t: Translation): Value {
  const { graph, node } = t;
  if (t.x.shape.length === 3 && node.shape.length === 1) return flatten(t);
  const shaped = graph.node("Reshape", [t.plain(t.x), graph.wholes([0, ...node.shape])]);
  if (node.shape.length < 3) return t.result(shaped);
  return t.result(graph.node("Transpose", [shaped], { perm: [0, 3, 1, 2] }));
}

/** The value in an order of its features in which neighbours are neighbours. */
function ordered(t: Translation, value: Value): Name {
  return value.shape.length === 3 ? value.name : t.plain(value);
}

function slice(t: Translation): Value {
  const { graph, x } = t;
  const first = t.number("first");
  const bounds = [[first], [first + t.number("count")], [featureAxis(x.shape)]];
  const inputs = [ordered(t, x), ...bounds.map((one) => graph.wholes(one))];
  return t.result(graph.node("Slice", inputs));
}

function concat(t: Translation): Value {
  const names = t.inputs.map((input) => ordered(t, input));
  return t.result(t.graph.node("Concat", names, { axis: featureAxis(t.x.shape) }));
}

function merge(op: string): Translate {
  return (t) => {
    const { pixels } = t.node; // 1 where the inputs' differ
    const names = t.inputs.map((input) => (pixels > 1 ? input.name : ordered(t, input)));
    return t.result(
      names.reduce((sum, name) => t.graph.node(op, [sum, name])),
      pixels,
    );
  };
}

export const layers: Record<string, Translate> = {
  dense,
  conv2d,
  depthwise_conv2d: conv2d,
  separable_conv2d: separableConv2d,
  conv_transpose2d: convTranspose2d,
  max_pool2d: (t) => t.result(pooling(t, "MaxPool")),
  avg_pool2d: (t) => t.result(pooling(t, "AveragePool")),
  global_avg_pool2d: globalAvgPool2d,
  upsample2d,
  relu: operator("Relu"),
  leaky_relu: (t) => {
    const alpha = { float: t.number("slope") };
    return t.result(t.graph.node("LeakyRelu", [t.x.name], { alpha }), t.x.pixels);
  },
  gelu: (t) => t.result(gelu(t.graph, t.x.name, t.word("approximate")), t.x.pixels),
  silu: elementwise(activation("silu")),
  hard_swish: elementwise(activation("hard_swish")),
  sigmoid: operator("Sigmoid"),
  tanh: operator("Tanh"),
  softmax: (t) =>
    t.result(
      t.graph.node("Softmax", [t.x.name], { axis: featureAxis(t.x.shape) }),
      t.x.pixels,
    ),
  scale: (t) =>
    t.result(t.graph.node("Mul", [t.x.name, t.graph.scalar(t.number("factor"))]), t.x.pixels),
  layer_norm: layerNormLayer,
  rms_norm: rmsNormLayer,
  group_norm: groupNormLayer,
  batch_norm: batchNormLayer,
  // Acts while training only.
  dropout: (t) => t.x,
  flatten,
  reshape,
  slice,
  add: merge("Add"),
  multiply: merge("Mul"),
  concat,
};

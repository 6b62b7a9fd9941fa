import { DeaiError } from "../errors.ts";
import type { Task } from "../task.ts";
import { blocks } from "./blocks.ts";
import { Graph, type Extents, type Name } from "./graph.ts";
import { layers } from "./layers.ts";
import { recurrents } from "./recurrent.ts";
import { sequences } from "./sequences.ts";
import { readStructure, type LayerNode } from "./structure.ts";
import { Translation, type Translate, type Value } from "./value.ts";
import { Weights } from "./weights.ts";

export interface OnnxOptions {
  /**
   * Where the channels of an image stand, in inputs and outputs: "nchw" by default, as ONNX and
   * PyTorch have it, or "nhwc" as deai has it.
   */
  layout?: "nchw" | "nhwc";
}

/** A model as the core tells of it: a Model of deai/engine is one. */
export interface ExportedModel {
  /** The layers: core/model/model.h, structure_text. */
  structure(): string;
  /** safetensors */
  exportModel(): Uint8Array;
}

type Data = Task["data"] | { kind: "text"; context: number };

const translations: Record<string, Translate> = { ...layers, ...blocks, ...sequences, ...recurrents };

/**
 * The model as an ONNX file (opset 17) with one input, "input", and two outputs: "outputs" as the
 * loss takes them, and "predictions": probabilities, or the number.
 */
export function exportOnnx(
  model: ExportedModel,
  task: Task,
  { layout = "nchw" }: OnnxOptions = {},
): Uint8Array<ArrayBuffer> {
  if (layout !== "nchw" && layout !== "nhwc") {
    throw new DeaiError("argument", `layout is "${String(layout)}", expected "nchw" or "nhwc"`);
  }
  const graph = new Graph();
  const weights = new Weights(model.exportModel());
  const nodes = readStructure(model.structure());
  const input = inputOf(graph, task, layout);
  const results: Value[] = [];
  const valueOf = (at: number): Value => results[at] ?? input;
  for (const node of nodes) {
    const translate = translations[node.kind];
    const of = nodes[node.weightsOf];
    const shared = of && { name: of.name, pixels: valueOf(of.inputs[0] ?? -1).pixels };
    const inputs = node.inputs.map(valueOf);
    const given = node.kind === "embedding" ? inputs : inputs.map((one) => numbersOf(graph, one));
    const t = new Translation(graph, weights, node, given, shared);
    if (!translate) throw t.refusal("this kind of layer has no translation");
    results.push(translate(t));
  }
  const last = nodes.at(-1);
  if (!last) throw new DeaiError("internal", "The model has no layers.");
  writeOutputs(graph, weights, last, valueOf(nodes.length - 1), task, layout);
  return graph.finish(task.id, metadataOf(task, layout));
}

/** Whole numbers are tokens for an embedding, plain numbers for all others. */
function numbersOf(graph: Graph, value: Value): Value {
  if (!value.whole) return value;
  return { ...value, name: graph.node("Cast", [value.name], { to: 1 }), whole: false };
}

function inputOf(graph: Graph, task: Task, layout: "nchw" | "nhwc"): Value {
  const data = task.data as Data;
  if (data.kind === "text") {
    const name = graph.input("input", "int64", ["batch", data.context]);
    return { name, shape: [data.context], pixels: 1, whole: true };
  }
  if (data.kind === "table") {
    const size = data.columns.reduce(
      (sum, column) => sum + (column.kind === "category" ? column.values.length : 1),
      0,
    );
    return { name: graph.input("input", "float", ["batch", size]), shape: [size], pixels: 1 };
  }
  const { height, width, channels } = data;
  const shape = [height, width, channels];
  if (layout === "nchw") {
    const name = graph.input("input", "float", ["batch", channels, height, width]);
    return { name, shape, pixels: 1 };
  }
  const name = graph.input("input", "float", ["batch", ...shape]);
  return { name: graph.node("Transpose", [name], { perm: [0, 3, 1, 2] }), shape, pixels: 1 };
}

function writeOutputs(
  graph: Graph,
  weights: Weights,
  node: LayerNode,
  value: Value,
  task: Task,
  layout: "nchw" | "nhwc",
): void {
  const isImage = value.shape.length === 3;
  const first = isImage && layout === "nchw";
  const name = first ? value.name : new Translation(graph, weights, node, [], undefined).plain(value);
  const [height = 1, width = 1, channels = 1] = value.shape;
  const extents: Extents = ["batch", ...(first ? [channels, height, width] : value.shape)];
  graph.output(graph.named("outputs", name), extents);
  graph.output(graph.named("predictions", readable(graph, name, task, first ? 1 : -1)), extents);
}

function readable(graph: Graph, outputs: Name, task: Task, axis: number): Name {
  switch (task.loss.kind) {
    case "softmax_cross_entropy":
      return graph.node("Softmax", [outputs], { axis });
    case "sigmoid_binary_cross_entropy":
      return graph.node("Sigmoid", [outputs]);
    default:
      return outputs;
  }
}

/** What whoever runs the model has to know of its inputs and outputs. */
function metadataOf({ id, data }: Task, layout: string): Record<string, string> {
  const metadata: Record<string, string> = { task: id };
  if ("classes" in data && data.classes) metadata["classes"] = JSON.stringify(data.classes);
  if (data.kind === "image") {
    metadata["layout"] = layout;
    metadata["input"] = "(byte / 255 - mean[channel]) / deviation[channel]";
    metadata["mean"] = JSON.stringify(data.mean);
    metadata["deviation"] = JSON.stringify(data.deviation);
  } else if (data.kind === "table") {
    metadata["columns"] = JSON.stringify(data.columns);
  }
  return metadata;
}

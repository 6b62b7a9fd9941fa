import type { Graph, Name } from "./graph.ts";
import { activation, gelu, layerNorm, linear, rmsNorm } from "./nodes.ts";
import type { Translate, Translation, Value } from "./value.ts";

// Layers of sequences [T, E], in the graph [N, T, E].

const rotaryBase = 10_000;
/** Its exponential is 0, and it is a number for every runtime. */
const masked = -1e9;

/** Weight rows by whole numbers. */
function embedding(t: Translation): Value {
  const { graph, x } = t;
  const places = x.whole ? x.name : graph.node("Cast", [t.plain(x)], { to: 7 });
  return t.result(graph.node("Gather", [t.matrix("weight"), places], { axis: 0 }));
}

function positionalEmbedding(t: Translation): Value {
  return t.result(t.graph.node("Add", [t.x.name, t.constant("weight")]));
}

/** Queries, keys and values behind each other in one projection; `part`: "" or "self_attn.". */
function attend(t: Translation, x: Name, part: string): Name {
  const { graph } = t;
  const [steps = 1, width = 1] = t.x.shape;
  const [heads, kvHeads] = [t.number("heads"), t.number("kv_heads")];
  const size = width / heads;
  const qkv = linear(t, x, 2, `${part}in_proj_`);
  const sizes = graph.wholes([heads * size, kvHeads * size, kvHeads * size]);
  const [q = "", k = "", v = ""] = graph.nodeOf("Split", [qkv, sizes], 3, { axis: -1 });
  const turned = t.number("rotary") === 1;
  const queries = headsOf(t, q, heads, size, turned);
  const keys = repeated(graph, headsOf(t, k, kvHeads, size, turned), heads / kvHeads, steps, size);
  const values = repeated(graph, headsOf(t, v, kvHeads, size, false), heads / kvHeads, steps, size);
  const across = graph.node("Transpose", [keys], { perm: [0, 1, 3, 2] });
  let scores = graph.node("MatMul", [queries, across]);
  scores = graph.node("Mul", [scores, graph.scalar(1 / Math.sqrt(size))]);
  if (t.number("causal") === 1) scores = graph.node("Add", [scores, causalMask(graph, steps)]);
  const shares = graph.node("Softmax", [scores], { axis: -1 });
  const mixed = graph.node("Transpose", [graph.node("MatMul", [shares, values])], {
    perm: [0, 2, 1, 3],
  });
  const joined = graph.node("Reshape", [mixed, graph.wholes([0, 0, width])]);
  return linear(t, joined, 2, `${part}out_proj.`);
}

/** [N, T, heads · size] → [N, heads, T, size] */
function headsOf(t: Translation, x: Name, heads: number, size: number, turned: boolean): Name {
  const { graph } = t;
  const split = graph.node("Reshape", [x, graph.wholes([0, 0, heads, size])]);
  const first = graph.node("Transpose", [split], { perm: [0, 2, 1, 3] });
  return turned ? rotated(graph, first, t.x.shape[0] ?? 1, size) : first;
}

/** The halves of each head turned as pairs, by an angle that grows with the step. */
function rotated(graph: Graph, x: Name, steps: number, size: number): Name {
  const half = size / 2;
  const table = (wave: (angle: number) => number) =>
    Float32Array.from({ length: steps * half }, (_, at) =>
      wave(Math.floor(at / half) * rotaryBase ** ((-2 * (at % half)) / size)),
    );
  const cosines = graph.once(`cos${steps}_${half}`, [steps, half], () => table(Math.cos));
  const sines = graph.once(`sin${steps}_${half}`, [steps, half], () => table(Math.sin));
  const [a = "", b = ""] = graph.nodeOf("Split", [x, graph.wholes([half, half])], 2, { axis: -1 });
  const times = (one: Name, other: Name) => graph.node("Mul", [one, other]);
  const low = graph.node("Sub", [times(a, cosines), times(b, sines)]);
  const high = graph.node("Add", [times(b, cosines), times(a, sines)]);
  return graph.node("Concat", [low, high], { axis: -1 });
}

/** Each head of keys or values serves so many heads of queries that are neighbours. */
function repeated(graph: Graph, x: Name, times: number, steps: number, size: number): Name {
  if (times === 1) return x;
  const wide = graph.node("Unsqueeze", [x, graph.wholes([2])]);
  const tiled = graph.node("Tile", [wide, graph.wholes([1, 1, times, 1, 1])]);
  return graph.node("Reshape", [tiled, graph.wholes([0, -1, steps, size])]);
}

/** Nobody sees a later step. */
function causalMask(graph: Graph, steps: number): Name {
  return graph.once(`causal${steps}`, [steps, steps], () =>
    Float32Array.from({ length: steps * steps }, (_, at) =>
      at % steps > Math.floor(at / steps) ? masked : 0,
    ),
  );
}

function transformerBlock(t: Translation): Value {
  const { graph, x } = t;
  const epsilon = t.number("epsilon");
  const norm = (value: Name, part: string) =>
    t.word("norm") === "rms"
      ? rmsNorm(t, value, `${part}.`, epsilon)
      : layerNorm(t, value, `${part}.`, epsilon);
  const attended = graph.node("Add", [x.name, attend(t, norm(x.name, "norm1"), "self_attn.")]);
  const wide = linear(t, norm(attended, "norm2"), 2, "linear1.");
  const narrow = linear(t, activated(graph, wide, t.word("activation")), 2, "linear2.");
  return t.result(graph.node("Add", [attended, narrow]));
}

function activated(graph: Graph, x: Name, word: string): Name {
  if (word === "gelu") return gelu(graph, x, "none");
  if (word === "gelu_tanh") return gelu(graph, x, "tanh");
  return activation(word)(graph, x);
}

export const sequences: Record<string, Translate> = {
  embedding,
  positional_embedding: positionalEmbedding,
  attention: (t) => t.result(attend(t, t.x.name, "")),
  transformer_block: transformerBlock,
};

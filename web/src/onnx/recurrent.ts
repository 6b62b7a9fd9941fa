import type { Name } from "./graph.ts";
import type { Translate, Translation, Value } from "./value.ts";

/** PyTorch's gates in ONNX's order: reset, update, new → update, reset, new; i, f, g, o → i, o, f, g. */
const gates = { GRU: [1, 0, 2], LSTM: [0, 3, 1, 2] } as const;

function recurrent(op: keyof typeof gates): Translate {
  return (t): Value => {
    const { graph, node } = t;
    const units = t.number("units");
    const steps = graph.node("Transpose", [t.x.name], { perm: [1, 0, 2] });
    const constant = (kind: string, parts: string[], shape: number[]): Name =>
      graph.floats(`${node.name}.${kind}`, shape, joined(t, parts, gates[op]));
    const wide = gates[op].length * units;
    const inputs = [
      steps,
      constant("weight_ih", ["weight_ih_l0"], [1, wide, t.x.shape[1] ?? 1]),
      constant("weight_hh", ["weight_hh_l0"], [1, wide, units]),
      constant("bias", ["bias_ih_l0", "bias_hh_l0"], [1, 2 * wide]),
    ];
    const attributes = { hidden_size: units, ...(op === "GRU" ? { linear_before_reset: 1 } : {}) };
    // All states [T, 1, N, H], and the last ones [1, N, H].
    const [all = "", last = ""] = graph.nodeOf(op, inputs, 2, attributes);
    if (node.shape.length === 1) {
      return t.result(graph.node("Squeeze", [last, graph.wholes([0])]));
    }
    const plain = graph.node("Squeeze", [all, graph.wholes([1])]);
    return t.result(graph.node("Transpose", [plain], { perm: [1, 0, 2] }));
  };
}

/** The rows of the gates in another order, parts one after the other. */
function joined(t: Translation, parts: string[], order: readonly number[]): Float32Array {
  const weights = parts.map((part) => t.weight(part).values);
  const out = new Float32Array(weights.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const values of weights) {
    const size = values.length / order.length; // of one gate
    for (const gate of order) {
      out.set(values.subarray(gate * size, (gate + 1) * size), at);
      at += size;
    }
  }
  return out;
}

export const recurrents: Record<string, Translate> = {
  gru: recurrent("GRU"),
  lstm: recurrent("LSTM"),
};

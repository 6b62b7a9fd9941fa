import type { Name } from "./graph.ts";
import { activation, batchNorm, convolution, groupNorm } from "./nodes.ts";
import type { Translate, Translation, Value } from "./value.ts";

// core/nn/blocks.cpp, whose norms have this epsilon.
const epsilon = 1e-5;

interface Step {
  conv: string;
  norm: string;
  stride?: number;
  padding?: number;
  groups?: number;
  /** [H, W] of the result. */
  size: readonly number[];
}

/** A convolution and the norm behind it. */
function convolve(t: Translation, x: Name, step: Step): Name {
  const { conv, norm, stride = 1, padding = 0, groups = 1, size } = step;
  const y = convolution(t, "Conv", x, `${conv}.`, { stride, padding, dilation: 1, groups });
  switch (t.word("norm")) {
    case "none":
      return y;
    case "batch":
      return batchNorm(t, y, `${norm}.`, epsilon);
    default: {
      const channels = t.weight(`${norm}.weight`).shape[0] ?? 1;
      return groupNorm(t, y, `${norm}.`, t.number("groups"), epsilon, [channels, ...size]);
    }
  }
}

function residualBlock(t: Translation): Value {
  const { graph, x } = t;
  const act = activation(t.word("activation"));
  const [stride, padding] = [t.number("stride"), Math.floor(t.number("kernel") / 2)];
  const size = t.node.shape.slice(0, 2);
  let y = convolve(t, x.name, { conv: "conv1", norm: "bn1", stride, padding, size });
  y = convolve(t, act(graph, y), { conv: "conv2", norm: "bn2", padding, size });
  const past = t.find("downsample.0.weight")
    ? convolve(t, x.name, { conv: "downsample.0", norm: "downsample.1", stride, size })
    : x.name;
  return t.result(act(graph, graph.node("Add", [y, past])));
}

function invertedResidual(t: Translation): Value {
  const { graph, x } = t;
  const act = activation(t.word("activation"));
  const [stride, padding] = [t.number("stride"), Math.floor(t.number("kernel") / 2)];
  const size = t.node.shape.slice(0, 2);
  const channels = x.shape[2] ?? 1;
  const expand = t.number("expand");
  let y = x.name;
  if (expand > 1) {
    const inner = x.shape.slice(0, 2);
    y = act(graph, convolve(t, y, { conv: "conv.0.0", norm: "conv.0.1", size: inner }));
  }
  const at = expand > 1 ? 1 : 0;
  const groups = channels * expand;
  const own = { conv: `conv.${at}.0`, norm: `conv.${at}.1` };
  y = act(graph, convolve(t, y, { ...own, stride, padding, groups, size }));
  y = convolve(t, y, { conv: `conv.${at + 1}`, norm: `conv.${at + 2}`, size });
  const adds = stride === 1 && channels === t.node.shape[2];
  return t.result(adds ? graph.node("Add", [y, x.name]) : y);
}

export const blocks: Record<string, Translate> = {
  residual_block: residualBlock,
  inverted_residual: invertedResidual,
};

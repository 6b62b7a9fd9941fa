import { DeaiError } from "../errors.ts";
import type { Graph, Name } from "./graph.ts";
import type { LayerNode } from "./structure.ts";
import { merged, type Weight, type Weights } from "./weights.ts";

/**
 * A result in the graph. Images [H, W, C] stand there as [N, C, H, W], all others as the core has
 * them; but the features of a flattened image are in the order of channels, then pixels.
 */
export interface Value {
  name: Name;
  /** Of one sample as the core has it, channels last. */
  shape: number[];
  /** Of the image that was flattened; 1: none was. */
  pixels: number;
  /** Whole numbers, as the input of a text is. */
  whole?: boolean;
}

/** What the translation of a layer works with. */
export class Translation {
  constructor(
    readonly graph: Graph,
    readonly weights: Weights,
    readonly node: LayerNode,
    readonly inputs: Value[],
    /** The layer whose weight it shares, and of how many pixels the image is whose columns those are. */
    readonly shared: { name: string; pixels: number } | undefined,
  ) {}

  get x(): Value {
    const [first] = this.inputs;
    if (first) return first;
    throw new DeaiError("internal", `The layer ${this.node.name} has no input.`);
  }
  number(setting: string): number {
    return Number(this.node.settings[setting]);
  }
  word(setting: string): string {
    return this.node.settings[setting] ?? "";
  }

  weight(part: string): Weight {
    return this.weights.get(`${this.node.name}.${part}`);
  }
  find(part: string): Weight | undefined {
    return this.weights.find(`${this.node.name}.${part}`);
  }
  /** A weight as a constant. */
  constant(part: string, as?: number[]): Name {
    return this.keep(`${this.node.name}.${part}`, as);
  }
  /** A matrix, its own or a shared one, with what LoRA has learnt beside it; `part`: "…weight". */
  matrix(part: string): Name {
    const own = `${this.node.name}.${part}`;
    const name = part === "weight" && this.shared ? `${this.shared.name}.weight` : own;
    const lora = part.replace(/weight$/, "");
    const a = this.find(`${lora}lora_A`);
    const b = this.find(`${lora}lora_B`);
    if (!a || !b) return this.keep(name);
    const { shape, values } = merged(
      this.weights.get(name),
      a,
      b,
      this.number("lora_alpha") / (a.shape[0] ?? 1),
    );
    return this.graph.floats(own, shape, values);
  }
  private keep(name: string, as?: number[]): Name {
    const { shape, values } = this.weights.get(name);
    const key = as ? `${name}:${as.join("_")}` : name;
    return this.graph.once(key, as ?? shape, () => values);
  }

  /** The layer's result under that name. */
  result(name: Name, pixels = 1): Value {
    return { name, shape: this.node.shape, pixels };
  }
  /** The numbers in the core's own order: channels last, flattened images too. */
  plain({ name, shape, pixels }: Value): Name {
    const { graph } = this;
    if (shape.length === 3) return graph.node("Transpose", [name], { perm: [0, 2, 3, 1] });
    if (pixels === 1) return name;
    const channels = (shape[0] ?? 0) / pixels;
    const split = graph.node("Reshape", [name, graph.wholes([0, channels, pixels])]);
    const turned = graph.node("Transpose", [split], { perm: [0, 2, 1] });
    return graph.node("Reshape", [turned, graph.wholes([0, -1])]);
  }
  /** To be thrown where there is no translation. */
  refusal(reason: string): DeaiError {
    const { name, kind } = this.node;
    return new DeaiError("argument", `layer ${name} (${kind}): ONNX export: ${reason}`);
  }
}

export type Translate = (t: Translation) => Value;

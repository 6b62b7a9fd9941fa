/** A layer of the task as the core has understood it. */
export interface LayerNode {
  /** What the names of its weights begin with. */
  name: string;
  kind: string;
  /** The layers whose results it takes; -1: the model's input. */
  inputs: number[];
  /** The layer whose weight it shares; -1: none. */
  weightsOf: number;
  /** Of the result for one sample, channels last. */
  shape: number[];
  /** The result is a flattened image of so many pixels; 1: it is none. */
  pixels: number;
  settings: Record<string, string>;
}

/** Reads core/model/model.h's structure_text: a line a layer, tabs between the fields. */
export function readStructure(text: string): LayerNode[] {
  return text.trimEnd().split("\n").map(readLine);
}

function readLine(line: string): LayerNode {
  const [name = "", kind = "", inputs = "", of = "", shape = "", pixels = "", settings = ""] =
    line.split("\t");
  return {
    name,
    kind,
    inputs: numbersOf(inputs),
    weightsOf: Number(of),
    shape: numbersOf(shape),
    pixels: Number(pixels),
    settings: Object.fromEntries(
      settings.split(" ").map((pair) => pair.split("=") as [string, string]),
    ),
  };
}

function numbersOf(text: string): number[] {
  return text.split(",").map(Number);
}

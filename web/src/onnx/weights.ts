import { DeaiError } from "../errors.ts";

export interface Weight {
  shape: number[];
  values: Float32Array<ArrayBuffer>;
}

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/** The tensors of a safetensors file that the core has written: PyTorch's names and layouts. */
export class Weights {
  private readonly entries: Record<string, Entry>;
  private readonly numbers: Uint8Array<ArrayBuffer>;

  constructor(file: Uint8Array) {
    const size = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
    this.entries = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + size))) as typeof this.entries;
    this.numbers = file.slice(8 + size);
  }

  find(name: string): Weight | undefined {
    const entry = Object.hasOwn(this.entries, name) ? this.entries[name] : undefined;
    if (!entry) return undefined;
    const [begin, end] = entry.data_offsets;
    return {
      shape: entry.shape,
      values: new Float32Array(this.numbers.buffer, begin, (end - begin) / 4),
    };
  }

  get(name: string): Weight {
    const found = this.find(name);
    if (found) return found;
    throw new DeaiError("internal", `The model file has no weights named ${name}.`);
  }
}

/** w + factor·B·A for w [O, I], B [O, r], A [r, I]: what a layer with LoRA computes with. */
export function merged(w: Weight, a: Weight, b: Weight, factor: number): Weight {
  const [outputs = 0, inputs = 0] = w.shape;
  const [rank = 0] = a.shape;
  const values = new Float32Array(w.values);
  for (let o = 0; o < outputs; o++) {
    for (let r = 0; r < rank; r++) {
      const scale = factor * (b.values[o * rank + r] ?? 0);
      for (let i = 0; i < inputs; i++) {
        values[o * inputs + i] = (values[o * inputs + i] ?? 0) + scale * (a.values[r * inputs + i] ?? 0);
      }
    }
  }
  return { shape: w.shape, values };
}

import { ProtobufWriter } from "./protobuf.ts";

// Field numbers are those of onnx.proto3 (github.com/onnx/onnx).

/** Numbers are whole where the attribute's type says so: floats end with a mark of their own. */
export type Attribute = { float: number } | { text: string } | number | readonly number[];

/** Names the result of a node, an input, or a constant. */
export type Name = string;

export type ElementType = "float" | "int64";
const elementTypes: Record<ElementType, number> = { float: 1, int64: 7 };

/** Extents; a text is the name of one that the caller chooses. */
export type Extents = readonly (number | string)[];

const irVersion = 8;
const opset = 17;

/** A graph under construction: nodes in the order of computation, and constants. */
export class Graph {
  private readonly body = new ProtobufWriter();
  private readonly constants = new Map<string, Name>();
  private readonly used = new Set<string>();

  /** One node with one result, which gets a name of its own. */
  node(op: string, inputs: readonly Name[], attributes: Record<string, Attribute> = {}): Name {
    return this.nodeOf(op, inputs, 1, attributes)[0] ?? "";
  }

  /** A node with several results. */
  nodeOf(
    op: string,
    inputs: readonly Name[],
    results: number,
    attributes: Record<string, Attribute> = {},
  ): Name[] {
    const node = new ProtobufWriter();
    for (const input of inputs) node.text(1, input);
    const name = this.fresh(op);
    const outputs = Array.from({ length: results }, (_, at) => (at === 0 ? name : this.fresh(op)));
    for (const output of outputs) node.text(2, output);
    node.text(3, name).text(4, op);
    for (const [key, value] of Object.entries(attributes)) node.message(5, attribute(key, value));
    this.body.message(1, node);
    return outputs;
  }

  /** Gives a result the name that the outside sees. */
  named(name: Name, value: Name): Name {
    this.used.add(name);
    this.body.message(
      1,
      new ProtobufWriter().text(1, value).text(2, name).text(3, name).text(4, "Identity"),
    );
    return name;
  }

  floats(name: string, shape: readonly number[], values: Float32Array): Name {
    const unique = this.fresh(name);
    this.tensor(unique, shape, "float", bytesOf(values));
    return unique;
  }

  /** One constant however often it is asked for. */
  once(key: string, shape: readonly number[], values: () => Float32Array): Name {
    return this.constant(key, (name) => this.tensor(name, shape, "float", bytesOf(values())));
  }
  /** The same numbers are one constant. */
  wholes(values: readonly number[]): Name {
    return this.constant(`i${values.join("_")}`, (name) => {
      const bytes = bytesOf(BigInt64Array.from(values, (value) => BigInt(value)));
      this.tensor(name, [values.length], "int64", bytes);
    });
  }
  /** A number without an axis. */
  scalar(value: number): Name {
    return this.constant(`f${value}`, (name) => {
      this.tensor(name, [], "float", bytesOf(Float32Array.of(value)));
    });
  }

  input(name: Name, type: ElementType, shape: Extents): Name {
    this.used.add(name);
    this.body.message(11, valueInfo(name, type, shape));
    return name;
  }
  output(name: Name, shape: Extents): void {
    this.body.message(12, valueInfo(name, "float", shape));
  }

  /** The whole file. */
  finish(name: string, metadata: Record<string, string>): Uint8Array<ArrayBuffer> {
    const file = new ProtobufWriter()
      .whole(1, irVersion)
      .text(2, "deai")
      .message(7, this.body.text(2, name))
      .message(8, new ProtobufWriter().text(1, "").whole(2, opset));
    for (const [key, value] of Object.entries(metadata)) {
      file.message(14, new ProtobufWriter().text(1, key).text(2, value));
    }
    return file.finish();
  }

  private constant(key: string, write: (name: Name) => void): Name {
    const known = this.constants.get(key);
    if (known !== undefined) return known;
    const name = this.fresh(key);
    this.constants.set(key, name);
    write(name);
    return name;
  }

  private tensor(name: Name, shape: readonly number[], type: ElementType, raw: Uint8Array): void {
    const tensor = new ProtobufWriter().wholes(1, shape).whole(2, elementTypes[type]);
    this.body.message(5, tensor.text(8, name).bytes(9, raw));
  }

  private fresh(wish: string): Name {
    let name = wish;
    for (let at = 1; this.used.has(name); at++) name = `${wish}_${at}`;
    this.used.add(name);
    return name;
  }
}

function attribute(name: string, value: Attribute): ProtobufWriter {
  const out = new ProtobufWriter().text(1, name);
  if (typeof value === "number") return out.whole(3, value).whole(20, 2);
  if ("float" in value) return out.float(2, value.float).whole(20, 1);
  if ("text" in value) return out.text(4, value.text).whole(20, 3);
  return out.wholes(8, value).whole(20, 7);
}

function valueInfo(name: Name, type: ElementType, shape: Extents): ProtobufWriter {
  const extents = new ProtobufWriter();
  for (const extent of shape) {
    const one = new ProtobufWriter();
    extents.message(1, typeof extent === "number" ? one.whole(1, extent) : one.text(2, extent));
  }
  const tensor = new ProtobufWriter().whole(1, elementTypes[type]).message(2, extents);
  return new ProtobufWriter().text(1, name).message(2, new ProtobufWriter().message(1, tensor));
}

/** Little-endian, as every machine that runs this is. */
function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}

// Real samples of the built-in tasks, as the numbers that a net is fed with.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { inputShapes } from "../shared/network.ts";
import { tasks } from "./places.ts";

export interface Samples {
  x: Float32Array;
  y: Int32Array;
}

const mnistMean = 0.1307;
const mnistDeviation = 0.3081;

/** The first `count` pictures, again from the beginning where there are fewer. */
export async function mnist(count: number): Promise<Samples> {
  const pixels = await idx("shard-1-images", 16);
  const labels = await idx("shard-1-labels", 8);
  const size = 28 * 28;
  const x = new Float32Array(count * size);
  const y = new Int32Array(count);
  for (let i = 0; i < count; ++i) {
    const from = i % labels.length;
    y[i] = labels[from] ?? 0;
    for (let k = 0; k < size; ++k) {
      x[i * size + k] = ((pixels[from * size + k] ?? 0) / 255 - mnistMean) / mnistDeviation;
    }
  }
  return { x, y };
}

async function idx(name: string, headerBytes: number): Promise<Uint8Array> {
  const file = path.join(tasks, "mnist/sample", `${name}.idx.gz`);
  return (await promisify(gunzip)(await readFile(file))).subarray(headerBytes);
}

/** The five columns that the nearest neighbour's task has, each with its mean and deviation. */
export const titanicColumns = [
  { name: "pclass", mean: 2.2949, deviation: 0.8375 },
  { name: "age", mean: 29.3973, deviation: 12.8555 },
  { name: "sibsp", mean: 0.5186, deviation: 1.0756 },
  { name: "parch", mean: 0.3849, deviation: 0.8349 },
  { name: "fare", mean: 34.0118, deviation: 53.5242 },
] as const;

export async function titanic(count: number): Promise<Samples> {
  const text = await readFile(path.join(tasks, "titanic/sample/shard-1.csv"), "utf8");
  const [head = "", ...rows] = text.trim().split("\n");
  const names = head.split(",");
  const table = rows.map((row) => row.split(","));
  const x = new Float32Array(count * titanicColumns.length);
  const y = new Int32Array(count);
  for (let i = 0; i < count; ++i) {
    const row = table[i % table.length] ?? [];
    const cell = (name: string) => row[names.indexOf(name)] ?? "";
    y[i] = Number(cell("survived"));
    titanicColumns.forEach(({ name, mean, deviation }, k) => {
      const value = cell(name) === "" ? mean : Number(cell(name));
      x[i * titanicColumns.length + k] = (value - mean) / deviation;
    });
  }
  return { x, y };
}

/** The first pieces of the plays: each so many characters in a row, its labels the ones that follow each. */
export async function shakespeare(count: number): Promise<Samples> {
  const folder = path.join(tasks, "shakespeare");
  const { data } = JSON.parse(await readFile(path.join(folder, "task.json"), "utf8")) as {
    data: { alphabet: string };
  };
  const text = await readFile(path.join(folder, "sample/shard-1.txt"), "utf8");
  const size = count * inputShapes.shakespeare[0];
  const tokens = Array.from(text.slice(0, size + 1), (one) => data.alphabet.indexOf(one));
  if (tokens.length <= size || tokens.includes(-1)) {
    throw new Error(`shakespeare: expected ${String(size + 1)} characters, all of the alphabet`);
  }
  return { x: Float32Array.from(tokens.slice(0, size)), y: Int32Array.from(tokens.slice(1)) };
}

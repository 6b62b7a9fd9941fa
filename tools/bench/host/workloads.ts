// Writes a case's numbers into files, from where pages and other programs take them.
import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { Case } from "../shared/cases.ts";
import { sizeOf, stages } from "../shared/network.ts";
import { batchCount, fileName, type NetWorkload } from "../shared/workload.ts";
import { mnist, titanic } from "./samples.ts";

export async function writeWorkload(folder: string, one: Case): Promise<void> {
  const write = (part: string, numbers: Float32Array | Int32Array) =>
    writeFile(path.join(folder, fileName(one, part)), numbers);
  const random = uniform(2026);
  if (one.kind === "product") {
    await write(
      "a",
      Float32Array.from({ length: one.size ** 2 }, () => random(1)),
    );
    await write(
      "b",
      Float32Array.from({ length: one.size ** 2 }, () => random(1)),
    );
    return;
  }
  const count = batchCount * one.batch;
  const { x, y } = await (one.data === "mnist" ? mnist(count) : titanic(count));
  await Promise.all([write("weights", firstWeights(one, random)), write("x", x), write("y", y)]);
}

/** As our core does it: Glorot's uniform numbers for dense, He's for conv2d; biases are zero. */
function firstWeights(net: NetWorkload["case"], random: (high: number) => number): Float32Array {
  const parts = stages(net).flatMap(({ layer, weight }) => {
    if (!weight) return [];
    const [outputs = 0, ...rest] = weight;
    const inputs = sizeOf(rest);
    const variance = layer.kind === "conv2d" ? 2 / inputs : 2 / (inputs + outputs);
    const high = Math.sqrt(3 * variance);
    return [
      Array.from({ length: sizeOf(weight) }, () => random(high)),
      Array.from({ length: outputs }, () => 0),
    ];
  });
  return Float32Array.from(parts.flat());
}

/** Numbers in [−high, high), always the same: Tommy Ettinger's mulberry32. */
function uniform(seed: number): (high: number) => number {
  let state = seed;
  return (high) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1) * high;
  };
}

// Writes a case's numbers into files, from where pages and other programs take them.
import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { Case, NetCase } from "../shared/cases.ts";
import { sizeOf, stages } from "../shared/network.ts";
import { batchCount, fileName } from "../shared/workload.ts";
import { mnist, shakespeare, titanic } from "./samples.ts";

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
  const { x, y } = await samples[one.data](count);
  await Promise.all([write("weights", firstWeights(one, random)), write("x", x), write("y", y)]);
}

const samples = { mnist, titanic, shakespeare };

function firstWeights(net: NetCase, random: (high: number) => number): Float32Array {
  const parts = stages(net)
    .flatMap(({ parameters }) => parameters)
    .map(({ shape, first }) =>
      Array.from({ length: sizeOf(shape) }, () =>
        "spread" in first ? random(first.spread) : first.value,
      ),
    );
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

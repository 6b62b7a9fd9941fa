import { dataError, isGzip, unpackGzip } from "./bytes.ts";

/** An IDX file of unsigned bytes (the format of MNIST): its extents and its values. */
export interface Idx {
  extents: number[];
  values: Uint8Array;
}

const kMaxRank = 4;
const kMaxBytes = 2 ** 31 - 1;

/** Whether bytes begin as an IDX file does: two zeros, a type, a rank. */
export function looksLikeIdx(start: Uint8Array): boolean {
  const [a, b, type = 0, rank = 0] = start;
  return a === 0 && b === 0 && type >= 0x08 && type <= 0x0e && rank >= 1 && rank <= kMaxRank;
}

/** Reads an IDX file, gzipped or not. */
export async function readIdx(name: string, file: Uint8Array, signal?: AbortSignal): Promise<Idx> {
  const plain = isGzip(file)
    ? await unpackGzip(name, file, (start) => sizeOf(headerOf(name, start)), signal)
    : file;
  return parseIdx(name, plain);
}

/** Big-endian header: 0, 0, type 8 (unsigned byte), rank, one 32-bit extent each; then the values. */
export function parseIdx(name: string, file: Uint8Array): Idx {
  const extents = headerOf(name, file);
  const expected = sizeOf(extents);
  if (file.length !== expected) {
    const fault = file.length < expected ? "is cut off" : "has bytes behind its end";
    throw dataError(
      name,
      `${fault}: ${extents.join(" × ")} values and the header are ${expected} bytes, found ${file.length}`,
    );
  }
  return { extents, values: file.subarray(4 + 4 * extents.length) };
}

function headerOf(name: string, file: Uint8Array): number[] {
  if (!looksLikeIdx(file)) {
    throw dataError(name, "this is no IDX file: it does not begin with 00 00 08 and the rank");
  }
  const rank = file[3] ?? 0;
  if (file[2] !== 0x08) {
    throw dataError(
      name,
      `holds values of IDX type 0x0${file[2]?.toString(16)}; expected 0x08, unsigned bytes`,
    );
  }
  if (file.length < 4 + 4 * rank) throw dataError(name, "is cut off within its IDX header");
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const extents = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  if (sizeOf(extents) > kMaxBytes) {
    throw dataError(name, `announces ${extents.join(" × ")} values: more than can be held`);
  }
  return extents;
}

function sizeOf(extents: number[]): number {
  return 4 + 4 * extents.length + extents.reduce((product, extent) => product * extent, 1);
}

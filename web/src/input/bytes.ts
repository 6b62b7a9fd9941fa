import { DeaiError } from "../errors.ts";

/** A refusal of someone's data: `where` is the file, row or field that it is about. */
export function dataError(where: string, text: string, options?: ErrorOptions): DeaiError {
  return new DeaiError("data", `${where}: ${text}`, options);
}

export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length > 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

const kHeadBytes = 20; // an IDX header at its longest

/** Unpacks gzip. `limitOf` sees the first unpacked bytes and says how many there may be in all. */
export async function unpackGzip(
  name: string,
  packed: Uint8Array,
  limitOf: (start: Uint8Array) => number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  let limit: number | undefined;
  const reader = new Blob([packed as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new DecompressionStream("gzip"))
    .getReader();
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      size += value.length;
      if (size >= kHeadBytes) limit ??= limitOf(joined(parts, size));
      if (limit !== undefined && size > limit) break;
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof DeaiError) throw error;
    throw dataError(name, "this gzip file is damaged or cut off", { cause: error });
  } finally {
    reader.cancel().catch(() => undefined);
  }
  if (limit !== undefined && size > limit) {
    throw dataError(name, `unpacks to more than the ${limit} bytes that its beginning announces`);
  }
  return joined(parts, size);
}

function joined(parts: Uint8Array[], size: number): Uint8Array {
  if (parts.length === 1 && parts[0]) return parts[0];
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Lets the page draw and answer clicks while much is being decoded. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

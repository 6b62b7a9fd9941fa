/**
 * A table as core/session/learner.h takes it: u32 rows, u32 columns, then row by row each cell as
 * u32 length and UTF-8 bytes, little-endian. The first row holds the column names.
 */
export function encodeCells(rows: string[][]): Uint8Array {
  const columns = rows[0]?.length ?? 0;
  const out = new GrowingBytes();
  out.u32(rows.length);
  out.u32(columns);
  for (const row of rows) {
    for (const cell of row) out.text(cell);
  }
  return out.taken();
}

class GrowingBytes {
  #bytes = new Uint8Array(1 << 16);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;
  readonly #encoder = new TextEncoder();

  u32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
  }

  text(text: string): void {
    this.#reserve(4 + 3 * text.length); // UTF-8 takes at most three bytes per UTF-16 unit
    const { written } = this.#encoder.encodeInto(text, this.#bytes.subarray(this.#at + 4));
    this.#view.setUint32(this.#at, written, true);
    this.#at += 4 + written;
  }

  taken(): Uint8Array {
    return this.#bytes.slice(0, this.#at);
  }

  #reserve(more: number): void {
    const wanted = this.#at + more;
    if (wanted <= this.#bytes.length) return;
    const bytes = new Uint8Array(Math.max(wanted, 2 * this.#bytes.length));
    bytes.set(this.#bytes);
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}

// A text that is too long for one QR code that an ordinary camera reads comes as several, shown in turn,
// `deai-part-2of4-1a2b3c4d-…`: the number of the part, and a checksum of the whole, which also tells
// the codes of one text from those of another.

const kMostInOne = 290; // a code of 61 × 61 squares
const kMostParts = 99;
const form = /^deai-part-([1-9]\d?)of([1-9]\d?)-([0-9a-f]{8})-(.+)$/s;

/** What the codes of a text say; a short one is its own code. */
export function splitText(text: string): string[] {
  if (text.length <= kMostInOne) return [text];
  const count = Math.min(kMostParts, Math.ceil(text.length / kMostInOne));
  const size = Math.ceil(text.length / count);
  return Array.from({ length: count }, (_, i) => {
    const part = text.slice(i * size, (i + 1) * size);
    return `deai-part-${i + 1}of${count}-${checksum(text)}-${part}`;
  });
}

/** What came of a code: all of a text, or so many parts of it; `mixed`: what was put together is damaged. */
export type Taken =
  | { kind: "whole"; text: string }
  | { kind: "part"; have: number; of: number }
  | { kind: "mixed" };

/** Puts the parts together, in whatever order and however often they come. */
export class PartCollector {
  #of = 0;
  #sum = "";
  readonly #parts = new Map<number, string>();

  take(code: string): Taken {
    const [, number, count, sum = "", part = ""] = form.exec(code) ?? [];
    const of = Number(count);
    if (number === undefined || Number(number) > of) return { kind: "whole", text: code };
    if (sum !== this.#sum || of !== this.#of) {
      this.#parts.clear();
      [this.#sum, this.#of] = [sum, of];
    }
    this.#parts.set(Number(number), part);
    const have = this.#parts.size;
    if (have < of) return { kind: "part", have, of };
    const text = Array.from({ length: of }, (_, i) => this.#parts.get(i + 1)).join("");
    this.#parts.clear();
    return checksum(text) === sum ? { kind: "whole", text } : { kind: "mixed" };
  }
}

/** FNV-1a of the UTF-16 units, 32 bits as hex: against slips, not against strangers. */
function checksum(text: string): string {
  let sum = 0x811c9dc5;
  for (let i = 0; i < text.length; ++i) sum = Math.imul(sum ^ text.charCodeAt(i), 0x01000193);
  return (sum >>> 0).toString(16).padStart(8, "0");
}

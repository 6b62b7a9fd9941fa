import type { Table } from "./table.ts";

/**
 * The numbers of a fifth of the rows: of every label every fifth row that is not refused, in an order
 * by a hash of its number, so that equal tables are split equally everywhere.
 */
export function heldOutRows(
  { header, rows }: Table,
  label: string,
  refused: ReadonlySet<number>,
): Set<number> {
  const at = header.indexOf(label);
  const byLabel = new Map<string, number[]>();
  rows.forEach((row, i) => {
    if (refused.has(i + 2)) return;
    const same = byLabel.get(row[at] ?? "");
    if (same === undefined) byLabel.set(row[at] ?? "", [i + 2]);
    else same.push(i + 2);
  });
  // Labels with many values are numbers: then all rows are of one sort.
  const sorts =
    2 * byLabel.size > rows.length ? [[...byLabel.values()].flat()] : [...byLabel.values()];
  const chosen = sorts.flatMap((same) =>
    same.sort((a, b) => hash(a) - hash(b) || a - b).slice(0, Math.round(same.length / 5)),
  );
  return new Set(chosen);
}

/** The finaliser of MurmurHash3 (A. Appleby): every bit of the number changes half of the result's. */
function hash(number: number): number {
  let h = number;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

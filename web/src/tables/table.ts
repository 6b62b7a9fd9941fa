import { readRows, rowFault } from "../input/csv.ts";

/** A table as it stands in a file: nothing is left out or corrected. */
export interface Table {
  name: string;
  header: string[];
  /** Below the header; row i is number i + 2 as a person counts. */
  rows: string[][];
}

/** Something wrong in a table, by the row as a person counts (the header is row 1). */
export interface Fault {
  row: number;
  column?: string;
  reason: string;
}

/** Reads CSV in UTF-8 or marked UTF-16, gzipped or not; comma, semicolon, tab or bar. */
export async function readTable(
  name: string,
  file: Uint8Array | Blob,
  signal?: AbortSignal,
): Promise<Table> {
  const bytes = file instanceof Blob ? new Uint8Array(await file.arrayBuffer()) : file;
  const [header = [], ...rows] = await readRows(name, bytes, signal);
  return { name, header, rows };
}

/** Rows without the header's number of cells. */
export function rowFaults({ header, rows }: Table): Fault[] {
  return rows.flatMap((row, i) => {
    const reason = rowFault(header, row);
    return reason === undefined ? [] : [{ row: i + 2, reason }];
  });
}

/** A number as the core reads it: decimal, with a point, in no locale. */
export function isNumber(cell: string): boolean {
  return cell.length <= 64 && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(cell);
}

/** The numbers of rows that are equal to one before them. */
export function duplicates({ rows }: Table): number[] {
  const seen = new Set<string>();
  return rows.flatMap((row, i) => {
    const key = JSON.stringify(row);
    if (seen.has(key)) return [i + 2];
    seen.add(key);
    return [];
  });
}

export function counted(cells: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const cell of cells) counts.set(cell, (counts.get(cell) ?? 0) + 1);
  return counts;
}

/** The same table without some rows, as CSV. */
export function toCsv({ header, rows }: Table, without: ReadonlySet<number> = new Set()): string {
  const quoted = (cell: string) =>
    /[",;\t|\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
  const kept = rows.filter((_, i) => !without.has(i + 2));
  return [header, ...kept].map((row) => `${row.map(quoted).join(",")}\n`).join("");
}

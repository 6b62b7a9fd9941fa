import { counted, isNumber, type Table } from "./table.ts";

/**
 * What a column seems to be. `number` and `category` are of use to a model; an identifier names a
 * single row, free text says too many different things, and a constant says nothing.
 */
export type ColumnKind = "number" | "category" | "identifier" | "text" | "constant";

export interface ColumnReport {
  name: string;
  kind: ColumnKind;
  /** Why it is taken for that. */
  why: string;
  /** Empty cells. */
  missing: number;
  /** Different cells that are not empty, the most frequent first. */
  values: { value: string; count: number }[];
  /** Where (almost) all cells are numbers, whatever they mean; empty cells count as the median. */
  numbers?: { mean: number; deviation: number; median: number };
  /** Row numbers and cells that are none, likewise. */
  strange: { row: number; cell: string }[];
}

const kNumericShare = 0.9; // of the cells, in a column of numbers with some slips
const kFewNumbers = 4; // different whole numbers that are rather names of something
const kMostValues = 50; // of a category
const kUnique = 0.9; // share of different cells in an identifier
const kLongName = 40;

/** What each column of the table holds; rows without the header's number of cells are passed over. */
export function describeColumns(table: Table): ColumnReport[] {
  const whole = table.rows.map((row) => row.length === table.header.length);
  return table.header.map((name, at) => {
    const cells = table.rows.map((row, i) => (whole[i] ? (row[at] ?? "") : undefined));
    return describe(name, cells);
  });
}

function describe(name: string, cells: readonly (string | undefined)[]): ColumnReport {
  const present = cells.filter((cell) => cell !== undefined);
  const known = present.filter((cell) => cell !== "");
  const values = [...counted(known)]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
  const numeric = known.filter(isNumber);
  const isNumeric = known.length > 0 && numeric.length >= kNumericShare * known.length;
  const [kind, why] = isNumeric
    ? numbersKind(name, numeric, values.length)
    : wordsKind(known, values.length);
  const report: ColumnReport = {
    name,
    kind,
    why,
    missing: present.length - known.length,
    values,
    strange: [],
  };
  if (!isNumeric) return report;
  report.numbers = moments(numeric.map(Number), report.missing);
  cells.forEach((cell, i) => {
    if (cell !== undefined && cell !== "" && !isNumber(cell)) report.strange.push({ row: i + 2, cell });
  });
  return report;
}

function numbersKind(name: string, cells: string[], different: number): [ColumnKind, string] {
  if (different === 1) return ["constant", "the same in every row"];
  const numbers = cells.map(Number);
  const areWhole = numbers.every(Number.isInteger);
  if (areWhole && different === cells.length && cells.length > kFewNumbers) {
    const isCount = Math.max(...numbers) - Math.min(...numbers) === cells.length - 1;
    if (isCount) return ["identifier", "counts the rows"];
    if (/(^|[\s_-])(id|key|index|nr|no)\.?$/i.test(name)) return ["identifier", "another one in every row"];
  }
  if (areWhole && different <= kFewNumbers && cells.length >= 5 * different) {
    return ["category", `only ${different} different whole numbers`];
  }
  return ["number", "decimal numbers"];
}

function wordsKind(known: string[], different: number): [ColumnKind, string] {
  if (different === 0) return ["constant", "empty in every row"];
  if (different === 1) return ["constant", "the same in every row"];
  if (known.length >= 10 && different >= kUnique * known.length) {
    const isName = known.every((cell) => cell.length <= kLongName && !/\s/.test(cell));
    return isName
      ? ["identifier", "another word in almost every row"]
      : ["text", "another text in almost every row"];
  }
  if (different > kMostValues || 2 * different > known.length) {
    return ["text", `${different} different texts in ${known.length} rows`];
  }
  return ["category", `${different} different words`];
}

function moments(numbers: number[], missing: number): ColumnReport["numbers"] & object {
  const sorted = [...numbers].sort((a, b) => a - b);
  const [low = 0, high = low] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  const median = (low + high) / 2;
  const count = numbers.length + missing;
  const mean = (sum(numbers) + missing * median) / count;
  const square = sum(numbers.map((x) => (x - mean) ** 2)) + missing * (median - mean) ** 2;
  return { mean, deviation: Math.sqrt(square / count), median };
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

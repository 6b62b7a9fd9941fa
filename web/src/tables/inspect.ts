import type { Column, TableData, Task } from "../task.ts";
import { counted, duplicates, isNumber, rowFaults, type Fault, type Table } from "./table.ts";

/** How a table fits a task, and what its rows are like. */
export interface Inspection {
  rows: number;
  /** Columns that the task names and the table lacks: no row fits then. */
  lacking: string[];
  /** Rows that the task cannot take, each named once, with its first reason. */
  bad: Fault[];
  /** How often each class occurs among the good rows; none where the label is a number. */
  classes: { name: string; count: number }[];
  /** Empty cells that count as the task's replacement, by column. */
  missing: { column: string; count: number }[];
  /** Columns of the task that are the same in all good rows. */
  constant: string[];
  /** Numbers of rows that are equal to one before them in all columns. */
  repeated: number[];
  /** What a person should know, in words; empty when all is well. */
  notes: string[];
}

type TableTask = Task & { data: TableData };

const kRareShare = 0.05; // of a class that is learnt badly
const kListed = 5;

/** What the core would refuse, and what it would take although someone should know of it. */
export function inspectTable(table: Table, task: Task): Inspection {
  if (task.data.kind !== "table") throw new TypeError(`task ${task.id} learns from no table`);
  const { data } = task as TableTask;
  const names = [...data.columns.map((column) => column.name), data.label_column];
  const lacking = names.filter((name) => !table.header.includes(name));
  const bad = lacking.length > 0 ? [] : badRows(table, data);
  const refused = new Set(bad.map(({ row }) => row));
  const good = table.rows.filter((_, i) => lacking.length === 0 && !refused.has(i + 2));
  const cellsOf = (name: string) => {
    const at = table.header.indexOf(name);
    return good.map((row) => row[at] ?? "");
  };
  const labels = lacking.length > 0 ? new Map<string, number>() : counted(cellsOf(data.label_column));
  const inspection = {
    rows: table.rows.length,
    lacking,
    bad,
    classes: (data.classes ?? []).map((name) => ({ name, count: labels.get(name) ?? 0 })),
    missing: data.columns
      .map(({ name }) => ({ column: name, count: cellsOf(name).filter((cell) => cell === "").length }))
      .filter(({ count }) => count > 0),
    constant: good.length < 2
      ? []
      : data.columns.map(({ name }) => name).filter((name) => new Set(cellsOf(name)).size === 1),
    repeated: duplicates(table),
  };
  return { ...inspection, notes: notesOn(inspection, good.length) };
}

function badRows(table: Table, data: TableData): Fault[] {
  const shaped = new Map(rowFaults(table).map((fault) => [fault.row, fault]));
  const at = new Map(table.header.map((name, i) => [name, i]));
  return table.rows.flatMap((row, i): Fault[] => {
    const fault = shaped.get(i + 2);
    if (fault !== undefined) return [fault];
    for (const column of data.columns) {
      const reason = cellFault(row[at.get(column.name) ?? -1] ?? "", column);
      if (reason !== undefined) return [{ row: i + 2, column: column.name, reason }];
    }
    const reason = labelFault(row[at.get(data.label_column) ?? -1] ?? "", data.classes);
    return reason === undefined ? [] : [{ row: i + 2, column: data.label_column, reason }];
  });
}

function cellFault(cell: string, column: Column): string | undefined {
  if (cell === "") {
    return column.missing === undefined ? "is empty, and the task has nothing in its place" : undefined;
  }
  if (column.kind === "number") return isNumber(cell) ? undefined : `"${cell}" is no number`;
  return column.values.includes(cell) ? undefined : `"${cell}" is unknown; expected ${listed(column.values)}`;
}

function labelFault(cell: string, classes: readonly string[] | undefined): string | undefined {
  if (classes === undefined) return isNumber(cell) ? undefined : `"${cell}" is no number`;
  return classes.includes(cell) ? undefined : `"${cell}" is no class; expected ${listed(classes)}`;
}

function notesOn(found: Omit<Inspection, "notes">, good: number): string[] {
  const notes: string[] = [];
  if (found.lacking.length > 0) notes.push(`The columns ${listed(found.lacking)} are missing.`);
  if (found.bad.length > 0) notes.push(`Of ${found.rows} rows ${found.bad.length} cannot be taken.`);
  const absent = found.classes.filter(({ count }) => count === 0).map(({ name }) => name);
  if (good > 0 && absent.length > 0) notes.push(`No row is of the class ${listed(absent)}.`);
  for (const { name, count } of found.classes) {
    if (count > 0 && count < kRareShare * good) {
      notes.push(`Of ${good} rows only ${count} of the class "${name}".`);
    }
  }
  if (found.repeated.length > 0) {
    const repeat = found.repeated.length === 1 ? "1 row repeats" : `${found.repeated.length} rows repeat`;
    notes.push(`${repeat} an earlier one: ${rowList(found.repeated)}.`);
  }
  for (const name of found.constant) notes.push(`"${name}" is the same in all rows.`);
  for (const { column, count } of found.missing) {
    notes.push(`"${column}" lacks ${count} of its cells; the task says what they count as.`);
  }
  return notes;
}

function rowList(rows: readonly number[]): string {
  const shown = rows.slice(0, kListed).join(", ");
  if (rows.length === 1) return `row ${shown}`;
  return rows.length > kListed ? `rows ${shown}, …` : `rows ${shown}`;
}

function listed(words: readonly string[]): string {
  const shown = words.slice(0, 12).map((word) => `"${word.slice(0, 60)}"`);
  return shown.join(", ") + (words.length > shown.length ? ", …" : "");
}

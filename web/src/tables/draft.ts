import { DeaiError } from "../errors.ts";
import type { Column, Layer, Task } from "../task.ts";
import { describeColumns, type ColumnKind, type ColumnReport } from "./columns.ts";
import { duplicates, rowFaults, type Fault, type Table } from "./table.ts";

export interface DraftOptions {
  /** The column with what is to be learnt. */
  label: string;
  /** The task's id; by default the file's name. */
  id?: string;
  /** Kinds that someone knows better. */
  kinds?: Readonly<Record<string, ColumnKind>>;
}

export interface Draft {
  task: Task;
  columns: ColumnReport[];
  /** Rows that the draft's own task cannot take. */
  bad: Fault[];
  /** What the author should look at. */
  notes: string[];
}

const kMostClasses = 50;
const kRareShare = 0.05;

/** A task.json for this table, with its constants: a beginning, for the author to improve. */
export function draftTask(table: Table, { label, id, kinds = {} }: DraftOptions): Draft {
  const columns = describeColumns(table).map((column) => withKind(column, kinds[column.name]));
  const target = columns.find((column) => column.name === label);
  if (target === undefined) {
    throw new DeaiError(
      "argument",
      `${table.name} has no column "${label}"; it has ${table.header.join(", ")}`,
    );
  }
  const used = columns.filter(
    (column) => column !== target && (column.kind === "number" || column.kind === "category"),
  );
  if (used.length === 0) {
    throw new DeaiError("data", `${table.name}: no column beside "${label}" holds numbers or categories`);
  }
  const classes = classesOf(table, target);
  const outputs = classes === undefined || classes.length === 2 ? 1 : classes.length;
  const task: Task = {
    deai: 1,
    id: id ?? idOf(table.name),
    title: idOf(table.name),
    data: {
      kind: "table",
      columns: used.map(columnOf),
      label_column: label,
      ...(classes === undefined ? {} : { classes }),
    },
    model: { seed: 1, layers: layersFor(outputs) },
    loss: { kind: lossFor(classes) },
    training: {
      batch_size: Math.max(1, Math.min(32, table.rows.length)),
      optimizer: { kind: "adamw", learning_rate: 0.003 },
    },
    exchange: { scheme: "mean", local_steps: 20, deadline_ms: 30_000, max_participants: 16 },
  };
  const bad = badRows(table, columns, target);
  return { task, columns, bad, notes: notesOn(table, columns, target, classes, bad) };
}

function withKind(column: ColumnReport, kind: ColumnKind | undefined): ColumnReport {
  if (kind === undefined || kind === column.kind) return column;
  if (kind === "number" && column.numbers === undefined) {
    throw new DeaiError("argument", `the column "${column.name}" holds no numbers (${column.why})`);
  }
  return { ...column, kind, why: "as you said" };
}

/** Numbers with many values are predicted as such; everything else are classes. */
function classesOf(table: Table, target: ColumnReport): string[] | undefined {
  if (target.kind === "number" && target.values.length > 2) return undefined;
  const classes = target.values.map(({ value }) => value).sort();
  if (classes.length >= 2 && classes.length <= kMostClasses) return classes;
  throw new DeaiError(
    "data",
    `${table.name}: the label "${target.name}" has ${classes.length} different values; expected numbers, or 2 to ${kMostClasses} classes`,
  );
}

function columnOf(column: ColumnReport): Column {
  if (column.kind === "number" && column.numbers !== undefined) {
    const { mean, deviation, median } = column.numbers;
    return {
      kind: "number",
      name: column.name,
      mean: short(mean),
      deviation: Math.max(short(deviation), 1e-4),
      ...(column.missing > 0 ? { missing: short(median) } : {}),
    };
  }
  return {
    kind: "category",
    name: column.name,
    values: column.values.map(({ value }) => value).sort(),
    ...(column.missing > 0 ? { missing: column.values[0]?.value ?? "" } : {}),
  };
}

function layersFor(outputs: number): Layer[] {
  return [
    { kind: "dense", units: 32 },
    { kind: "relu" },
    { kind: "dense", units: 16 },
    { kind: "relu" },
    { kind: "dense", units: outputs },
  ];
}

function lossFor(classes: string[] | undefined): Task["loss"]["kind"] {
  if (classes === undefined) return "mean_squared_error";
  return classes.length === 2 ? "sigmoid_binary_cross_entropy" : "softmax_cross_entropy";
}

function badRows(table: Table, columns: ColumnReport[], target: ColumnReport): Fault[] {
  const faults = new Map(rowFaults(table).map((fault) => [fault.row, fault]));
  const add = (row: number, column: string, reason: string) => {
    if (!faults.has(row)) faults.set(row, { row, column, reason });
  };
  for (const { name, kind, strange } of columns) {
    if (kind !== "number") continue;
    for (const { row, cell } of strange) add(row, name, `"${cell}" is no number`);
  }
  const at = table.header.indexOf(target.name);
  table.rows.forEach((row, i) => {
    if (row[at] === "") add(i + 2, target.name, "is empty: nothing to learn");
  });
  return [...faults.values()].sort((a, b) => a.row - b.row);
}

function notesOn(
  table: Table,
  columns: ColumnReport[],
  target: ColumnReport,
  classes: string[] | undefined,
  bad: Fault[],
): string[] {
  const notes: string[] = [];
  for (const column of columns) {
    if (column === target) continue;
    if (column.kind !== "number" && column.kind !== "category") {
      notes.push(`"${column.name}" is left out (${column.kind}: ${column.why}).`);
    }
  }
  if (bad.length > 0) notes.push(`Of ${table.rows.length} rows ${bad.length} cannot be taken.`);
  const repeated = duplicates(table).length;
  if (repeated > 0) notes.push(`${repeated} of ${table.rows.length} rows repeat an earlier one.`);
  if (classes === undefined) {
    notes.push(`"${target.name}" is predicted as a number; large ones are learnt better when divided.`);
    return notes;
  }
  for (const { value, count } of target.values) {
    if (count < kRareShare * table.rows.length) {
      notes.push(`Of ${table.rows.length} rows only ${count} of the class "${value}".`);
    }
  }
  return notes;
}

/** Four decimals, as tools/task_constants writes them. */
function short(number: number): number {
  return Math.round(number * 1e4) / 1e4;
}

function idOf(name: string): string {
  const base = name.split("/").at(-1) ?? name;
  const plain = base.replace(/\.(gz|csv|tsv|txt)/gi, "").toLowerCase().replace(/[^a-z0-9_-]+/g, "_");
  return plain.replace(/^_+|_+$/g, "").slice(0, 64) || "table";
}

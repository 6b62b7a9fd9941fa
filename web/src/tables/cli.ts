#!/usr/bin/env node
// deai-task FILE --label COLUMN [--kind COLUMN=KIND]… [--id NAME] [--out FOLDER]
// A draft of task.json for a CSV file. Without --out it is printed; with it FOLDER gets task.json and
// a sample: four fifths of the rows to learn from, one fifth held out, as equal in their classes as
// can be. What the table is like is told beside it.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { DeaiError } from "../errors.ts";
import type { Task } from "../task.ts";
import type { ColumnKind } from "./columns.ts";
import { draftTask, type Draft } from "./draft.ts";
import { heldOutRows } from "./split.ts";
import { readTable, toCsv, type Table } from "./table.ts";

const usage =
  "usage: deai-task FILE --label COLUMN [--kind COLUMN=number|category|identifier|text]… [--id NAME] [--out FOLDER]";
const kinds = ["number", "category", "identifier", "text"];
const mostFaults = 20; // told one by one

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      label: { type: "string" },
      kind: { type: "string", multiple: true },
      id: { type: "string" },
      out: { type: "string" },
    },
  });
  const [path] = positionals;
  const { label, id, out } = values;
  if (path === undefined || positionals.length > 1 || label === undefined) throw new Error(usage);
  const table = await readTable(path, await readFile(path));
  const named = { label, kinds: kindsOf(values.kind ?? []) };
  const draft = draftTask(table, id === undefined ? named : { ...named, id });
  tell(draft);
  if (out === undefined) {
    console.log(JSON.stringify(draft.task, undefined, 2));
    return;
  }
  await writeFolder(out, table, draft, label);
}

function kindsOf(words: string[]): Record<string, ColumnKind> {
  return Object.fromEntries(
    words.map((word) => {
      const at = word.lastIndexOf("=");
      const kind = word.slice(at + 1);
      if (at < 1 || !kinds.includes(kind)) throw new Error(`--kind ${word}: expected COLUMN=KIND\n${usage}`);
      return [word.slice(0, at), kind as ColumnKind];
    }),
  );
}

function tell({ columns, bad, notes }: Draft): void {
  for (const { name, kind, why, missing, values } of columns) {
    const empty = missing > 0 ? `, ${missing} empty` : "";
    console.error(`${name}: ${kind} (${why}; ${values.length} different${empty})`);
  }
  for (const note of notes) console.error(note);
  for (const { row, column, reason } of bad.slice(0, mostFaults)) {
    console.error(`row ${row}${column === undefined ? "" : `, column "${column}":`} ${reason}`);
  }
  if (bad.length > mostFaults) console.error(`… and ${bad.length - mostFaults} rows more`);
}

async function writeFolder(
  folder: string,
  table: Table,
  { task, bad }: Draft,
  label: string,
): Promise<void> {
  const refused = new Set(bad.map(({ row }) => row));
  const heldOut = heldOutRows(table, label, refused);
  const learnt = table.rows.map((_, i) => i + 2).filter((row) => !heldOut.has(row));
  const whole: Task = {
    ...task,
    sample: {
      shards: [{ name: "Part 1", table: "sample/shard-1.csv" }],
      held_out: { name: "Held out", table: "sample/held-out.csv" },
    },
  };
  await mkdir(join(folder, "sample"), { recursive: true });
  const write = (name: string, text: string) => writeFile(join(folder, name), text);
  // "wx": an author's own file is not written over.
  await writeFile(join(folder, "task.json"), `${JSON.stringify(whole, undefined, 2)}\n`, { flag: "wx" });
  await write("sample/shard-1.csv", toCsv(table, new Set([...refused, ...heldOut])));
  await write("sample/held-out.csv", toCsv(table, new Set([...refused, ...learnt])));
  console.error(
    `${folder}: ${learnt.length - refused.size} rows to learn from, ${heldOut.size} held out; go on with  tools/task_constants ${folder}`,
  );
}

main().catch((error: unknown) => {
  const known = error instanceof DeaiError || error instanceof Error;
  console.error(known ? error.message : String(error));
  process.exitCode = 1;
});

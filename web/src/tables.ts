// deai/tables: what a table is like, how it fits a task, and a first task.json for it.
export { describeColumns, type ColumnKind, type ColumnReport } from "./tables/columns.ts";
export { draftTask, type Draft, type DraftOptions } from "./tables/draft.ts";
export { inspectTable, type Inspection } from "./tables/inspect.ts";
export { readTable, toCsv, type Fault, type Table } from "./tables/table.ts";

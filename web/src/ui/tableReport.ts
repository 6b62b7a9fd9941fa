import { html, nothing, type TemplateResult } from "lit";
import type { InputFile, Task } from "../index.ts";
import { inspectTable, readTable, toCsv, type Inspection, type Table } from "../tables.ts";
import { counted } from "./format.ts";

// What a visitor's table is like: loaded with the first one.

export interface TableReport {
  table: Table;
  inspection: Inspection;
}

const kShownFaults = 8;

/** Of those files that are tables at all; what is wrong with the others is told where they are added. */
export async function reportsOn(files: readonly InputFile[], task: Task): Promise<TableReport[]> {
  const reports: TableReport[] = [];
  for (const file of files) {
    const data = "data" in file ? file.data : file;
    const blob = data instanceof Blob ? data : new Blob([data as ArrayBuffer | string]);
    const table = await readTable(file.name, blob).catch(() => undefined);
    if (table !== undefined) reports.push({ table, inspection: inspectTable(table, task) });
  }
  return reports;
}

/** The table without the rows that do not fit. */
export function goodRows({ table, inspection }: TableReport): InputFile {
  const refused = new Set(inspection.bad.map(({ row }) => row));
  return { name: table.name, data: toCsv(table, refused) };
}

export function reportView(
  report: TableReport,
  titleOf: (className: string) => string,
  leaveOut: (() => void) | undefined,
): TemplateResult {
  const { table, inspection } = report;
  const { bad, classes, notes, rows } = inspection;
  const most = Math.max(1, ...classes.map(({ count }) => count));
  return html`
    <section class="report" aria-label="About ${table.name}">
      <h3>${table.name}: ${counted(rows, "row")}</h3>
      ${
        classes.length === 0 || classes.length > kShownFaults
          ? nothing
          : html`<ul class="balance">
              ${classes.map(
                ({ name, count }) => html`
                  <li>
                    <span>${titleOf(name)}</span>
                    <meter max=${most} value=${count}></meter>
                    <span class="muted">${count}</span>
                  </li>
                `,
              )}
            </ul>`
      }
      ${notes.length === 0 ? html`<p class="muted">Nothing to complain of.</p>` : nothing}
      <ul class="muted">
        ${notes.map((note) => html`<li>${note}</li>`)}
        ${bad
          .slice(0, kShownFaults)
          .map(
            ({ row, column, reason }) =>
              html`<li>Row ${row}${column === undefined ? "" : html`, <code>${column}</code>:`} ${reason}</li>`,
          )}
        ${bad.length > kShownFaults ? html`<li>… and ${bad.length - kShownFaults} more</li>` : nothing}
      </ul>
      ${
        leaveOut === undefined || bad.length === 0 || bad.length === rows
          ? nothing
          : html`<button type="button" class="second" id="leave-out" @click=${leaveOut}>
              Leave ${counted(bad.length, "row")} out, take the others
            </button>`
      }
    </section>
  `;
}

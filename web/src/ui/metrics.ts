import { html, nothing, type TemplateResult } from "lit";
import type { Metrics } from "../index.ts";
import { decimal, percent } from "./format.ts";

/** More classes are no table that somebody reads. */
const kMostClasses = 20;

/** What a model is judged by beside loss and accuracy. */
export function metricsView(metrics: Metrics, classes: readonly string[]): TemplateResult {
  const { topK, auc, f1, meanAbsoluteError, rootMeanSquaredError, confusion } = metrics;
  const rows: [string, string, string | undefined][] = [
    ["Among the likeliest", "how often the right class is", topK === undefined ? undefined : percent(topK)],
    ["AUC", "how often of a pair the right one has the higher score", numberOf(auc)],
    ["F1", "of precision and recall", numberOf(f1)],
    ["Mean error", "without sign", numberOf(meanAbsoluteError)],
    ["Typical error", "root of the mean square", numberOf(rootMeanSquaredError)],
  ];
  const known = rows.filter(([, , value]) => value !== undefined);
  const table = confusion !== undefined && confusion.length <= kMostClasses;
  return html`
    ${
      known.length === 0
        ? nothing
        : html`<p class="muted" id="metrics">
            ${known.map(
              ([name, title, value], place) =>
                html`${place > 0 ? ", " : nothing}<abbr title=${title}>${name}</abbr> ${value}`,
            )}
          </p>`
    }
    ${table ? confusionTable(confusion, classes) : nothing}
  `;
}

function numberOf(value: number | undefined): string | undefined {
  return value === undefined ? undefined : decimal(value);
}

function confusionTable(rows: number[][], classes: readonly string[]): TemplateResult {
  const nameOf = (place: number) => classes[place] ?? String(place);
  return html`<details class="confusion" id="confusion">
    <summary>Which was taken for which</summary>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col"><span class="muted">is ↓ taken for →</span></th>
            ${rows.map((_, place) => html`<th scope="col">${nameOf(place)}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map((row, place) => confusionRow(row, place, nameOf(place)))}
        </tbody>
      </table>
    </div>
  </details>`;
}

/** The darker, the larger its share of the row. */
function confusionRow(row: number[], own: number, name: string): TemplateResult {
  const all = row.reduce((sum, count) => sum + count, 0);
  const cell = (count: number, place: number) => {
    const quarters = all === 0 ? 0 : Math.ceil((4 * count) / all);
    return html`<td class="${place === own ? "right" : "wrong"} quarters-${quarters}">
      ${count === 0 ? html`<span class="muted">·</span>` : count}
    </td>`;
  };
  return html`<tr>
    <th scope="row">${name}</th>
    ${row.map(cell)}
  </tr>`;
}

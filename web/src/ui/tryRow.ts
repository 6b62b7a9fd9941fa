import { html, type PropertyValues, type TemplateResult } from "lit";
import type { CellValue, Prediction } from "../index.ts";
import type { Column } from "../task.ts";
import { PageElement } from "./element.ts";
import { predictionView } from "./prediction.ts";
import type { Studio } from "./studio.ts";

const kSettleMs = 250; // after the last key before the model is asked

/** <deai-try-row>: a form of the task's columns; the model answers as the fields change. */
export class DeaiTryRow extends PageElement {
  static override properties = {
    studio: { attribute: false },
    round: { attribute: false },
    prediction: { state: true },
  };
  declare studio: Studio;
  /** A new round is a new model: ask again. */
  declare round: number;
  declare prediction: Prediction | undefined;
  #values: Record<string, CellValue> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  override updated(changed: PropertyValues<this>): void {
    if (changed.has("round")) this.#askSoon();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  override render(): TemplateResult {
    return html`
      <div class="try">
        <form class="fields" @submit=${(event: Event) => event.preventDefault()}>
          ${this.#columns.map((column) => this.#field(column))}
        </form>
        <div class="result">${predictionView(this.studio.task, this.prediction)}</div>
      </div>
    `;
  }

  #field(column: Column): TemplateResult {
    const value = this.#row[column.name];
    const changed = (event: Event) => {
      this.#row[column.name] = (event.target as HTMLInputElement | HTMLSelectElement).value;
      this.#askSoon();
    };
    const title = column.title ?? column.name;
    if (column.kind === "number") {
      return html`<label>
        <span class="label">${title}</span>
        <input
          type="number"
          step="any"
          name=${column.name}
          .value=${String(value)}
          @input=${changed}
        />
      </label>`;
    }
    return html`<label>
      <span class="label">${title}</span>
      <select name=${column.name} @change=${changed}>
        ${column.values.map(
          (choice, i) =>
            html`<option value=${choice} ?selected=${choice === value}>
              ${column.value_titles?.[i] ?? choice}
            </option>`,
        )}
      </select>
    </label>`;
  }

  get #columns(): Column[] {
    const { data } = this.studio.task;
    return data.kind === "table" ? data.columns : [];
  }

  /** Begins with what stands for a missing value, or else with something ordinary. */
  get #row(): Record<string, CellValue> {
    return (this.#values ??= Object.fromEntries(
      this.#columns.map((column) => [
        column.name,
        column.kind === "number" ? ordinary(column) : (column.missing ?? column.values[0] ?? ""),
      ]),
    ));
  }

  #askSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(async () => {
      this.prediction = await this.studio.predict([{ ...this.#row }]);
    }, kSettleMs);
  }
}

/** A whole number where the column varies by more than halves. */
function ordinary({ missing, mean, deviation }: Extract<Column, { kind: "number" }>): number {
  const value = missing ?? mean;
  return deviation > 0.5 ? Math.round(value) : Number(value.toPrecision(3));
}

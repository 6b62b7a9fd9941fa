import { html, nothing, type TemplateResult } from "lit";
import { draftTask, readTable, type ColumnKind, type Draft, type Table } from "../tables.ts";
import { download, PageElement, takenFiles } from "./element.ts";
import { problem } from "./parts.ts";
import type { Studio } from "./studio.ts";

const kKinds: readonly ColumnKind[] = ["number", "category", "identifier", "text", "constant"];

/** <deai-draft>: a first task.json for an author's own table. */
export class DeaiDraft extends PageElement {
  static override properties = {
    studio: { attribute: false },
    file: { state: true },
    table: { state: true },
    label: { state: true },
    kinds: { state: true },
    refusal: { state: true },
  };
  declare studio: Studio;
  declare file: File | undefined;
  declare table: Table | undefined;
  declare label: string;
  declare kinds: Record<string, ColumnKind>;
  declare refusal: string | undefined;

  constructor() {
    super();
    this.label = "";
    this.kinds = {};
  }

  override render(): TemplateResult {
    const draft = this.#draft();
    return html`
      <p class="muted">
        A CSV file with a row of column names. It is read here and sent nowhere.
      </p>
      <label class="button second">
        Choose a table
        <input type="file" id="draft-file" accept=".csv,.tsv,.txt,.gz,text/csv" @change=${this.#chosen} />
      </label>
      ${this.table === undefined ? nothing : this.#label(this.table)}
      ${problem(this.refusal ?? (typeof draft === "string" ? draft : undefined))}
      ${draft === undefined || typeof draft === "string" ? nothing : this.#columns(draft)}
    `;
  }

  /** The draft, or why there is none. */
  #draft(): Draft | string | undefined {
    if (this.table === undefined) return undefined;
    try {
      return draftTask(this.table, { label: this.label, kinds: this.kinds });
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  #label({ header }: Table): TemplateResult {
    const choose = (event: Event) => (this.label = (event.target as HTMLSelectElement).value);
    return html`<label>
      <span class="label">What is to be learnt</span>
      <select id="draft-label" @change=${choose}>
        ${header.map((name) => html`<option ?selected=${name === this.label}>${name}</option>`)}
      </select>
    </label>`;
  }

  #columns({ task, columns, bad, notes }: Draft): TemplateResult {
    const choose = (name: string) => (event: Event) => {
      this.kinds = { ...this.kinds, [name]: (event.target as HTMLSelectElement).value as ColumnKind };
    };
    return html`
      <ul class="columns-found">
        ${columns.map(
          ({ name, kind, why, missing }) => html`
            <li>
              <code>${name}</code>
              ${
                name === this.label
                  ? html`<span>the label</span>`
                  : html`<select aria-label="Kind of ${name}" @change=${choose(name)}>
                      ${kKinds.map((each) => html`<option ?selected=${each === kind}>${each}</option>`)}
                    </select>`
              }
              <span class="muted">${why}${missing > 0 ? `, ${missing} empty` : ""}</span>
            </li>
          `,
        )}
      </ul>
      <ul class="muted">
        ${notes.map((note) => html`<li>${note}</li>`)}
        ${bad.slice(0, 8).map(({ row, column, reason }) => html`<li>Row ${row}${column === undefined ? "" : `, ${column}:`} ${reason}</li>`)}
      </ul>
      <div class="row">
        <button
          type="button"
          class="first"
          id="draft-open"
          @click=${() => this.file && this.studio.openOwn(task, [this.file])}
        >
          Open the task
        </button>
        <button
          type="button"
          class="second"
          id="draft-download"
          @click=${() =>
            download(new File([`${JSON.stringify(task, undefined, 2)}\n`], "task.json", { type: "application/json" }))}
        >
          Download task.json
        </button>
      </div>
    `;
  }

  readonly #chosen = async (event: Event) => {
    const [file] = takenFiles(event.target as HTMLInputElement);
    if (file === undefined) return;
    this.refusal = undefined;
    this.kinds = {};
    try {
      this.table = await readTable(file.name, file);
      this.file = file;
      this.label = this.table.header.at(-1) ?? "";
    } catch (error) {
      this.table = undefined;
      this.refusal = error instanceof Error ? error.message : String(error);
    }
  };
}

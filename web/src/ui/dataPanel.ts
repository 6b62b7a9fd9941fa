import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { InputFile } from "../index.ts";
import { loadCapture } from "./capture.load.ts";
import { droppedFiles } from "./drop.ts";
import { PageElement, takenFiles } from "./element.ts";
import { counted } from "./format.ts";
import { problem } from "./parts.ts";
import { isRunning } from "./session.ts";
import { sampleCount, type StudioState } from "./state.ts";
import type { Studio } from "./studio.ts";
import type { TableReport } from "./tableReport.ts";
import { kindWords } from "./words.ts";

const kMaxNamed = 20; // more classes are not listed

/** <deai-data>: connect data of one's own or a shard of the sample. */
export class DeaiData extends PageElement {
  static override properties = {
    state: { attribute: false },
    studio: { attribute: false },
    shard: { state: true },
    label: { state: true },
    over: { state: true },
    capturing: { state: true },
    reports: { state: true },
  };
  declare state: StudioState;
  declare studio: Studio;
  declare shard: number | undefined;
  declare label: string;
  declare over: boolean;
  declare capturing: boolean;
  declare reports: TableReport[];
  #reporting: typeof import("./tableReport.ts") | undefined;

  constructor() {
    super();
    this.label = "";
    this.over = false;
    this.capturing = false;
    this.reports = [];
  }

  override willUpdate(changed: PropertyValues<this>): void {
    // Any shard by chance: two visitors who only click seldom take the same one.
    if (changed.has("state")) this.shard ??= this.#freeShard();
  }

  override render(): TemplateResult {
    const { state } = this;
    const { unit } = kindWords(this.studio.task);
    return html`
      <section class="card" aria-labelledby="data-title">
        <h2 id="data-title"><span class="step" aria-hidden="true">1</span>Your data</h2>
        ${this.#sample()} ${this.#own()} ${problem(state.problems.data)}
        ${this.reports.map((report) => this.#report(report))}
        <div class="added" aria-live="polite">
          ${state.busy.has("data") ? html`<p class="muted">${reading(state)}</p>` : nothing}
          ${
            state.data.length === 0
              ? nothing
              : html`<ul>
                    ${state.data.map(
                      (item) =>
                        html`<li>
                          <span>${item.name}</span>
                          <span class="muted">${counted(item.count, unit)}</span>
                          <button
                            type="button"
                            class="plain"
                            ?disabled=${this.#locked}
                            @click=${() => this.studio.removeData(item.id)}
                            aria-label="Remove ${item.name}"
                          >
                            ×
                          </button>
                        </li>`,
                    )}
                  </ul>
                  <p class="muted total">${counted(sampleCount(state), unit)} to learn from</p>`
          }
        </div>
      </section>
    `;
  }

  #sample(): TemplateResult | typeof nothing {
    const shards = this.studio.task.sample?.shards ?? [];
    if (shards.length === 0) return nothing;
    const choose = (event: Event) => {
      this.shard = Number((event.target as HTMLSelectElement).value);
    };
    return html`
      <div class="row">
        <label class="grow">
          <span class="label">Sample</span>
          <select id="shard" @change=${choose} ?disabled=${this.#locked}>
            ${shards.map(
              (shard, i) =>
                html`<option value=${i} ?selected=${i === this.shard}>
                  ${shard.name ?? `Part ${i + 1}`}
                </option>`,
            )}
          </select>
        </label>
        <button
          type="button"
          class="second"
          id="use-sample"
          ?disabled=${this.#locked || this.#isTaken(this.shard ?? 0)}
          @click=${this.#useSample}
        >
          Use sample data
        </button>
      </div>
    `;
  }

  #own(): TemplateResult {
    const { kind } = this.studio.task.data;
    const words = kindWords(this.studio.task);
    return html`
      <details ?open=${this.state.data.length === 0 && this.studio.task.sample === undefined}>
        <summary>Connect data of your own</summary>
        ${kind === "table" ? this.#columns() : kind === "image" ? this.#labels() : this.#texts()}
        <div
          class="drop ${this.over ? "over" : ""}"
          @dragover=${this.#dragOver}
          @dragleave=${() => (this.over = false)}
          @drop=${this.#drop}
        >
          <p>Drop ${words.drop} here, or</p>
          <div class="row centre">
            <label class="button second">
              ${words.choose}
              <input
                type="file"
                id="files"
                multiple
                accept=${words.accept}
                ?disabled=${this.#locked}
                @change=${this.#chosen}
              />
            </label>
            ${
              kind !== "image"
                ? nothing
                : html`<label class="button second">
                    Choose a folder
                    <input
                      type="file"
                      id="folder"
                      webkitdirectory
                      ?disabled=${this.#locked}
                      @change=${this.#chosen}
                    />
                  </label>`
            }
          </div>
        </div>
      </details>
      ${
        kind !== "image"
          ? nothing
          : html`<details @toggle=${this.#openCapture}>
              <summary>Take or draw pictures here</summary>
              ${
                this.capturing
                  ? html`<deai-capture
                      .studio=${this.studio}
                      .locked=${this.#locked}
                    ></deai-capture>`
                  : nothing
              }
            </details>`
      }
    `;
  }

  #texts(): TemplateResult {
    const { data } = this.studio.task;
    const others =
      data.kind === "text" && data.tokens === "characters" && data.unknown === undefined
        ? html`; other characters than these are not known: <code>${data.alphabet}</code>`
        : nothing;
    return html`<p class="muted">Plain texts (UTF-8), of a page or more${others}.</p>`;
  }

  #columns(): TemplateResult | typeof nothing {
    const { data } = this.studio.task;
    if (data.kind !== "table") return nothing;
    return html`<p class="muted">
      A CSV file whose first row names these columns, in any order:
      ${listed([...data.columns.map((column) => column.name), data.label_column])}. Others are
      passed
      over${
        data.classes === undefined
          ? nothing
          : html`; <code>${data.label_column}</code> holds ${this.#classes()}`
      }.
    </p>`;
  }

  #classes(): string {
    const { data, class_names: titles } = this.studio.task;
    return (data.classes ?? [])
      .map((name, i) => (titles?.[i] === undefined ? name : `${name} (${titles[i]})`))
      .join(" or ");
  }

  #labels(): TemplateResult {
    const { data, class_names: titles } = this.studio.task;
    const names = data.classes ?? [];
    return html`
      <p class="muted">
        PNG, JPEG, WebP, GIF or BMP; the middle of each is cut out and scaled. Their labels are the
        names of their folders, the beginning of their names, or the one that you choose
        here${names.length > kMaxNamed ? nothing : html`: ${listed(names)}`}.
      </p>
      <label>
        <span class="label">Label of the next pictures</span>
        <select
          @change=${(event: Event) => (this.label = (event.target as HTMLSelectElement).value)}
        >
          <option value="">by folder or file name</option>
          ${names.map((name, i) => html`<option value=${name}>${titles?.[i] ?? name}</option>`)}
        </select>
      </label>
    `;
  }

  get #locked(): boolean {
    return isRunning(this.state.session) || this.state.busy.has("data");
  }

  #isTaken(shard: number): boolean {
    return this.state.data.some((item) => "sample" in item.source && item.source.sample === shard);
  }

  #freeShard(): number {
    const count = this.studio.task.sample?.shards.length ?? 0;
    const { taken } = this.state.place;
    const free = Array.from({ length: count }, (_, i) => i).filter(
      (shard) => shard !== taken && !this.#isTaken(shard),
    );
    return free[Math.floor(Math.random() * free.length)] ?? 0;
  }

  readonly #useSample = async () => {
    await this.studio.addShard(this.shard ?? 0);
    if (this.#isTaken(this.shard ?? 0)) this.shard = this.#freeShard();
  };

  /** The camera is off, and its code is not loaded, before someone wants it. */
  readonly #openCapture = async (event: Event) => {
    const { open } = event.target as HTMLDetailsElement;
    if (open) await loadCapture();
    this.capturing = open;
  };

  readonly #chosen = (event: Event) => {
    void this.#add(takenFiles(event.target as HTMLInputElement));
  };

  readonly #dragOver = (event: DragEvent) => {
    event.preventDefault();
    this.over = true;
  };

  readonly #drop = async (event: DragEvent) => {
    event.preventDefault();
    this.over = false;
    if (event.dataTransfer === null || this.#locked) return;
    void this.#add(await droppedFiles(event.dataTransfer));
  };

  async #add(files: InputFile[]): Promise<void> {
    this.reports = [];
    await this.studio.addFiles(files, this.label === "" ? undefined : this.label);
    if (this.studio.task.data.kind !== "table") return;
    this.#reporting = await import("./tableReport.ts");
    this.reports = await this.#reporting.reportsOn(files, this.studio.task);
  }

  #report(report: TableReport): TemplateResult {
    const view = this.#reporting;
    if (view === undefined) return html``;
    const leaveOut = () => void this.#add([view.goodRows(report)]);
    const locked = this.#locked || this.reports.length > 1;
    return view.reportView(
      report,
      (name) => this.studio.className(name),
      locked ? undefined : leaveOut,
    );
  }
}

function reading({ reading: at }: StudioState): string {
  return at === undefined ? "Reading …" : `Reading picture ${at.done} of ${at.total} …`;
}

/** Names as they stand in files, between commas. */
function listed(names: readonly string[]): TemplateResult[] {
  return names.map((name, i) => html`${i > 0 ? ", " : ""}<code>${name}</code>`);
}

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { copyText } from "./copyText.ts";
import { PageElement } from "./element.ts";
import { codeView, drawCode, type Squares } from "./qrCode.ts";

const kCopiedMs = 2000;

/** <deai-share>: a text for somebody else, to be copied, or as a QR code for a camera. */
export class DeaiShare extends PageElement {
  static override properties = {
    field: { attribute: false },
    label: { attribute: false },
    text: { attribute: false },
    lines: { attribute: false },
    copyLabel: { attribute: false },
    code: { attribute: false },
    codeLabel: { attribute: false },
    series: { attribute: false },
    more: { attribute: false },
    copied: { state: true },
    shown: { state: true },
    showsSeries: { state: true },
    squares: { state: true },
  };
  /** The id of the field that shows the text. */
  declare field: string;
  declare label: string;
  declare text: string;
  declare lines: number;
  declare copyLabel: string;
  /** What the code says, where there is one. */
  declare code: string | undefined;
  declare codeLabel: string;
  /** What is also shown in codes that another page of ours reads. */
  declare series: string | undefined;
  /** Beside the button that copies. */
  declare more: TemplateResult | typeof nothing;
  declare copied: boolean;
  /** Somebody looks at the code. */
  declare shown: boolean;
  declare showsSeries: boolean;
  /** Of `#drawn`. */
  declare squares: Squares | string | undefined;
  #drawn: string | undefined;

  constructor() {
    super();
    this.lines = 1;
    this.copyLabel = "Copy";
    this.codeLabel = "";
    this.more = nothing;
    this.copied = false;
    this.shown = false;
    this.showsSeries = false;
  }

  override updated(_: PropertyValues<this>): void {
    if (this.shown && this.code !== undefined && this.#drawn !== this.code) void this.#draw(this.code);
  }

  override render(): TemplateResult {
    return html`
      <label>
        <span class="label">${this.label}</span>
        ${this.lines === 1 ? this.#line() : this.#area()}
      </label>
      <div class="row">
        <button type="button" class="second" @click=${this.#copy}>
          <span aria-live="polite">${this.copied ? "Copied" : this.copyLabel}</span>
        </button>
        ${this.more}
      </div>
      ${
        this.code === undefined
          ? nothing
          : html`<details @toggle=${this.#toggle}>
              <summary>Show as a code for a phone's camera</summary>
              ${codeView(this.squares, this.codeLabel)}
            </details>`
      }
      ${
        this.series === undefined
          ? nothing
          : html`<details @toggle=${this.#toggleSeries}>
              <summary>Show to another page's camera</summary>
              ${
                this.showsSeries
                  ? html`<deai-codes .text=${this.series} .label=${this.codeLabel}></deai-codes>`
                  : nothing
              }
            </details>`
      }
    `;
  }

  #line(): TemplateResult {
    return html`<input id=${this.field} type="text" readonly .value=${this.text} @focus=${selectAll} />`;
  }

  #area(): TemplateResult {
    return html`<textarea
      id=${this.field}
      rows=${this.lines}
      readonly
      .value=${this.text}
      @focus=${selectAll}
    ></textarea>`;
  }

  readonly #copy = async () => {
    const field = this.querySelector<HTMLInputElement | HTMLTextAreaElement>("input, textarea");
    if (!(await copyText(this.text, field))) return;
    this.copied = true;
    setTimeout(() => (this.copied = false), kCopiedMs);
  };

  readonly #toggle = (event: Event) => (this.shown = (event.target as HTMLDetailsElement).open);

  readonly #toggleSeries = (event: Event) => (this.showsSeries = (event.target as HTMLDetailsElement).open);

  async #draw(code: string): Promise<void> {
    this.#drawn = code;
    this.squares = undefined;
    const squares = await drawCode(code);
    if (this.#drawn === code) this.squares = squares;
  }
}

function selectAll(event: Event): void {
  (event.target as HTMLInputElement | HTMLTextAreaElement).select();
}

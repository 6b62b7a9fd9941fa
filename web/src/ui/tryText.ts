import { html, type TemplateResult } from "lit";
import { PageElement } from "./element.ts";
import { decimal } from "./format.ts";
import type { Studio } from "./studio.ts";

const kTokens = 400;
const kLikeliest = 40;
const kPrompt = "The ";

/** <deai-try-text>: the beginning of a text; the model writes on, letter by letter. */
export class DeaiTryText extends PageElement {
  static override properties = {
    studio: { attribute: false },
    prompt: { state: true },
    temperature: { state: true },
    written: { state: true },
    writing: { state: true },
  };
  declare studio: Studio;
  declare prompt: string;
  declare temperature: number;
  declare written: { prompt: string; text: string } | undefined;
  /** Ends the text that is being written. */
  declare writing: AbortController | undefined;

  constructor() {
    super();
    this.prompt = kPrompt;
    this.temperature = 0.8;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.writing?.abort();
  }

  override render(): TemplateResult {
    const { written, writing } = this;
    return html`
      <form class="try-text" @submit=${this.#submit}>
        <label>
          <span class="label">Begin a text</span>
          <textarea id="prompt" rows="2" maxlength="2000" .value=${this.prompt} @input=${this.#typed}></textarea>
        </label>
        <div class="row">
          <button type="submit" class="second" id="write">${writing ? "Stop" : "Write on"}</button>
          <label class="grow">
            <span class="label">Boldness ${decimal(this.temperature)}</span>
            <input
              type="range"
              id="temperature"
              min="0"
              max="1.5"
              step="0.1"
              .value=${String(this.temperature)}
              @input=${this.#heated}
            />
          </label>
        </div>
        <p class="written" id="written" aria-live="off" aria-busy=${writing ? "true" : "false"}>
          ${
            written === undefined
              ? html`<span class="muted">The model writes on from here, also while it learns.</span>`
              : html`<b>${written.prompt}</b>${written.text}`
          }
        </p>
      </form>
    `;
  }

  readonly #typed = (event: Event) => {
    this.prompt = (event.target as HTMLTextAreaElement).value;
  };

  readonly #heated = (event: Event) => {
    this.temperature = Number((event.target as HTMLInputElement).value);
  };

  readonly #submit = async (event: Event) => {
    event.preventDefault();
    if (this.writing) return this.writing.abort();
    const mine = new AbortController();
    this.writing = mine;
    const { prompt } = this;
    this.written = { prompt, text: "" };
    await this.studio.write(
      // A text begins with a new line where nothing else is given.
      prompt === "" ? "\n" : prompt,
      { temperature: this.temperature, topK: kLikeliest, tokens: kTokens, signal: mine.signal },
      (piece) => (this.written = { prompt, text: `${this.written?.text ?? ""}${piece}` }),
    );
    this.writing = undefined;
  };
}

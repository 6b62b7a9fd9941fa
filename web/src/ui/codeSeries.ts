import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { splitText } from "./codeParts.ts";
import { PageElement } from "./element.ts";
import { codeView, drawCode, type Squares } from "./qrCode.ts";

const kTurnMs = 600; // a camera sees each code at least twice

/** <deai-codes>: a text as one or several QR codes in turn, each coarse enough for any camera. */
export class DeaiCodes extends PageElement {
  static override properties = {
    text: { attribute: false },
    label: { attribute: false },
    codes: { state: true },
    turn: { state: true },
  };
  declare text: string;
  declare label: string;
  declare codes: (Squares | string)[];
  declare turn: number;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor() {
    super();
    this.codes = [];
    this.turn = 0;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#timer = setInterval(() => (this.turn = (this.turn + 1) % Math.max(1, this.codes.length)), kTurnMs);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
  }

  override updated(changed: PropertyValues<this>): void {
    if (changed.has("text")) void this.#draw(this.text);
  }

  override render(): TemplateResult {
    const { codes, turn, label } = this;
    return html`
      ${codeView(codes[turn], label)}
      ${codes.length > 1 ? html`<p class="muted">Code ${turn + 1} of ${codes.length}, in turn</p>` : nothing}
    `;
  }

  async #draw(text: string): Promise<void> {
    const codes = await Promise.all(splitText(text).map(drawCode));
    if (this.text === text) [this.codes, this.turn] = [codes, 0];
  }
}

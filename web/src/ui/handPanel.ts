import { html, nothing, type TemplateResult } from "lit";
import { copyText } from "./copyText.ts";
import { PageElement } from "./element.ts";
import { problem } from "./parts.ts";
import { codeView, drawCode, type Squares } from "./qrCode.ts";
import { isRunning } from "./session.ts";
import type { StudioState } from "./state.ts";
import type { Studio } from "./studio.ts";

/** <deai-hand>: two texts that people send each other bring them together without a server. */
export class DeaiHand extends PageElement {
  static override properties = {
    state: { attribute: false },
    studio: { attribute: false },
    copied: { state: true },
    squares: { state: true },
  };
  declare state: StudioState;
  declare studio: Studio;
  /** Which text was copied just now. */
  declare copied: string | undefined;
  declare squares: Squares | undefined;
  #drawn = "";

  override updated(): void {
    const link = this.studio.handLink ?? "";
    if (link === this.#drawn) return;
    this.#drawn = link;
    this.squares = undefined;
    // Too long for a code, it is still there as a text.
    if (link !== "") drawCode(link).then((squares) => (this.squares = squares), () => undefined);
  }

  override render(): TemplateResult {
    const { state, studio } = this;
    const { invitation, answer, note } = state.hand;
    if (!isRunning(state.session)) {
      return html`<p class="muted">
        Press “Start together” first. Then you and each other person exchange two texts, by any
        messenger. It works at once within one network; across networks only where nothing between you blocks
        direct connections.
      </p>`;
    }
    // Until the trainer has said its first word it has no wires.
    const notYet = state.session.text === "" || state.busy.has("hand");
    return html`
      <h3>Invite somebody</h3>
      <button
        type="button"
        class="second"
        id="hand-invite"
        ?disabled=${notYet}
        @click=${() => studio.makeInvitation()}
      >
        ${invitation === undefined ? "Make an invitation" : "Make one for another person"}
      </button>
      ${
        invitation === undefined
          ? nothing
          : html`${this.#text("hand-invitation", "Send this to one person", invitation)}
              <details>
                <summary>Show as a code for a phone's camera</summary>
                ${codeView(this.squares, "The invitation as a QR code")}
              </details>`
      }
      <h3>What you were sent</h3>
      <label>
        <span class="label">An invitation, or the answer to yours</span>
        <textarea id="hand-given" rows="3" spellcheck="false" autocomplete="off"></textarea>
      </label>
      <button
        type="button"
        class="second"
        id="hand-take"
        ?disabled=${notYet}
        @click=${this.#take}
      >
        Use it
      </button>
      ${answer === undefined ? nothing : this.#text("hand-answer", "Send this back", answer)}
      <p role="status">${note ?? ""}</p>
      ${problem(state.problems.hand)}
    `;
  }

  #text(id: string, label: string, text: string): TemplateResult {
    return html`
      <label>
        <span class="label">${label}</span>
        <textarea
          id=${id}
          rows="3"
          readonly
          .value=${text}
          @focus=${(event: Event) => (event.target as HTMLTextAreaElement).select()}
        ></textarea>
      </label>
      <button type="button" class="second" @click=${() => this.#copy(id, text)}>
        <span aria-live="polite">${this.copied === id ? "Copied" : "Copy"}</span>
      </button>
    `;
  }

  async #copy(id: string, text: string): Promise<void> {
    if (!(await copyText(text, this.querySelector<HTMLTextAreaElement>(`#${id}`)))) return;
    this.copied = id;
    setTimeout(() => (this.copied = undefined), 2000);
  }

  readonly #take = async () => {
    const field = this.querySelector<HTMLTextAreaElement>("#hand-given");
    if (field && (await this.studio.takeText(field.value))) field.value = "";
  };
}

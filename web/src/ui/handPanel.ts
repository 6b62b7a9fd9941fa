import { html, nothing, type TemplateResult } from "lit";
import { PageElement } from "./element.ts";
import { problem } from "./parts.ts";
import { isRunning } from "./session.ts";
import type { StudioState } from "./state.ts";
import type { Studio } from "./studio.ts";

/** <deai-hand>: two texts that people send each other bring them together without a server. */
export class DeaiHand extends PageElement {
  static override properties = {
    state: { attribute: false },
    studio: { attribute: false },
  };
  declare state: StudioState;
  declare studio: Studio;

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
          : html`<deai-share
              .field=${"hand-invitation"}
              .label=${"Send this to one person"}
              .text=${invitation}
              .lines=${3}
              .code=${studio.handLink}
              .codeLabel=${"The invitation as a QR code"}
            ></deai-share>`
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
      ${
        answer === undefined
          ? nothing
          : html`<deai-share
              .field=${"hand-answer"}
              .label=${"Send this back"}
              .text=${answer}
              .lines=${3}
            ></deai-share>`
      }
      <p role="status">${note ?? ""}</p>
      ${problem(state.problems.hand)}
    `;
  }

  readonly #take = async () => {
    const field = this.querySelector<HTMLTextAreaElement>("#hand-given");
    if (field && (await this.studio.takeText(field.value))) field.value = "";
  };
}

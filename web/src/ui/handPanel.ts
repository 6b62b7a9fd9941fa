import { html, nothing, type TemplateResult } from "lit";
import { loadCodeReader } from "./capture.load.ts";
import type { CodeReader } from "./codeReader.ts";
import { PageElement } from "./element.ts";
import { problem } from "./parts.ts";
import { loadCodeWriter } from "./qrCode.ts";
import { isRunning } from "./session.ts";
import type { StudioState } from "./state.ts";
import type { Studio } from "./studio.ts";

/** <deai-hand>: two texts that people send or show each other bring them together without a server. */
export class DeaiHand extends PageElement {
  static override properties = {
    state: { attribute: false },
    studio: { attribute: false },
    reader: { state: true },
    noReader: { state: true },
  };
  declare state: StudioState;
  declare studio: Studio;
  /** The camera is on. */
  declare reader: CodeReader | undefined;
  declare noReader: string | undefined;

  /** What draws and reads codes is fetched before it is wanted: by then the page's server may be out of reach. */
  override firstUpdated(): void {
    void Promise.allSettled([loadCodeWriter(), loadCodeReader()]);
  }

  override render(): TemplateResult {
    const running = isRunning(this.state.session);
    // Until the trainer has said its first word it has no wires.
    const notYet = (running && this.state.session.text === "") || this.state.busy.has("hand");
    return html`
      ${
        running
          ? this.#invite(notYet)
          : html`<p class="muted">
              Press “Start together” first, unless you were invited. Then you and each other person exchange
              two texts, by any messenger or from screen to camera. It works at once within one network; across
              networks only where nothing between you blocks direct connections.
            </p>`
      }
      ${this.#given(notYet)}
      <p role="status">${this.state.hand.note ?? ""}</p>
      ${problem(this.state.problems.hand ?? this.noReader)}
    `;
  }

  #invite(notYet: boolean): TemplateResult {
    const { invitation } = this.state.hand;
    return html`
      <h3>Invite somebody</h3>
      <div class="row">
        <button
          type="button"
          class="second"
          id="hand-invite"
          ?disabled=${notYet}
          @click=${() => this.studio.hand.invite()}
        >
          ${invitation === undefined ? "Make an invitation" : "Make one for another person"}
        </button>
      </div>
      ${
        invitation === undefined
          ? nothing
          : html`<deai-share
              .field=${"hand-invitation"}
              .label=${"Send this to one person"}
              .text=${invitation}
              .lines=${3}
              .code=${this.studio.hand.link}
              .series=${this.studio.hand.link}
              .codeLabel=${"The invitation as a QR code"}
            ></deai-share>`
      }
    `;
  }

  #given(notYet: boolean): TemplateResult {
    const { answer } = this.state.hand;
    return html`
      <h3>What you were sent</h3>
      <label>
        <span class="label">An invitation, or the answer to yours</span>
        <textarea id="hand-given" rows="3" spellcheck="false" autocomplete="off"></textarea>
      </label>
      <div class="row">
        <button type="button" class="second" id="hand-take" ?disabled=${notYet} @click=${this.#take}>
          Use it
        </button>
        <button
          type="button"
          class="second"
          id="hand-camera"
          ?disabled=${notYet && this.reader === undefined}
          @click=${this.#toggleCamera}
        >
          ${this.reader === undefined ? "Read a code by the camera" : "Camera off"}
        </button>
      </div>
      ${
        this.reader === undefined
          ? nothing
          : html`<deai-read-code .reader=${this.reader} @read=${this.#read}></deai-read-code>`
      }
      ${
        answer === undefined
          ? nothing
          : html`<deai-share
              .field=${"hand-answer"}
              .label=${"Send this back"}
              .text=${answer}
              .lines=${3}
              .series=${answer}
              .codeLabel=${"The answer as a QR code"}
            ></deai-share>`
      }
    `;
  }

  readonly #take = async () => {
    const field = this.querySelector<HTMLTextAreaElement>("#hand-given");
    if (field && (await this.studio.hand.takeText(field.value))) field.value = "";
  };

  readonly #toggleCamera = async () => {
    this.noReader = undefined;
    if (this.reader !== undefined) {
      this.reader = undefined;
      return;
    }
    try {
      this.reader = await loadCodeReader();
    } catch (error) {
      this.noReader = `What reads codes could not be loaded: ${String(error)}`;
    }
  };

  readonly #read = async (event: CustomEvent<string>) => {
    if (await this.studio.hand.takeText(event.detail)) this.reader = undefined;
  };
}

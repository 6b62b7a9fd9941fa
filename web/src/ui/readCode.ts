import { html, type TemplateResult } from "lit";
import { PartCollector } from "./codeParts.ts";
import type { CodeReader } from "./codeReader.ts";
import { PageElement } from "./element.ts";
import { isHandText } from "./invite.ts";
import type { Picture } from "./state.ts";
import { readingWords, type Reading } from "./words.ts";

const kSide = 720; // pixels of the square that is read,
const kWidth = 1280; // of a picture so wide

/**
 * <deai-read-code>: reads an invitation or an answer by the camera, which is off as soon as this leaves
 * the page. A `read` event holds the text; whoever takes it removes this, else it reads on.
 */
export class DeaiReadCode extends PageElement {
  static override properties = {
    reader: { attribute: false },
    reading: { state: true },
  };
  declare reader: CodeReader;
  declare reading: Reading | undefined;
  readonly #parts = new PartCollector();
  #busy = false;
  /** What was read last is not told again: it would be refused again. */
  #told = "";

  override render(): TemplateResult {
    return html`
      <deai-camera
        live
        .height=${kSide}
        .width=${kSide}
        .wide=${kWidth}
        @ready=${() => (this.reading = { kind: "nothing" })}
        @seen=${this.#seen}
      ></deai-camera>
      <p class="muted" role="status">${this.reading === undefined ? "" : readingWords(this.reading)}</p>
    `;
  }

  readonly #seen = async (event: CustomEvent<Picture>) => {
    if (this.#busy) return;
    this.#busy = true;
    try {
      const { texts, unreadable } = await this.reader(event.detail);
      if (!this.isConnected) return;
      for (const text of texts) this.#take(text);
      // Between the codes of a series one is often half drawn.
      if (unreadable && this.reading?.kind === "nothing") this.reading = { kind: "unreadable" };
    } catch {
      this.reading = { kind: "failed" };
    } finally {
      this.#busy = false;
    }
  };

  #take(code: string): void {
    const taken = this.#parts.take(code);
    if (taken.kind !== "whole") {
      this.reading = taken;
      return;
    }
    if (!isHandText(taken.text)) {
      this.reading = { kind: "foreign" };
      return;
    }
    this.reading = { kind: "whole" };
    if (taken.text === this.#told) return;
    this.#told = taken.text;
    this.dispatchEvent(new CustomEvent("read", { detail: taken.text }));
  }
}

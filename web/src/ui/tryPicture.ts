import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { Prediction, PredictInputs } from "../index.ts";
import { PageElement, takenFiles } from "./element.ts";
import type { DeaiPad } from "./pad.ts";
import { predictionView } from "./prediction.ts";
import type { Studio } from "./studio.ts";

/** <deai-try-picture>: draw one or choose a file; the model answers. */
export class DeaiTryPicture extends PageElement {
  static override properties = {
    studio: { attribute: false },
    round: { attribute: false },
    prediction: { state: true },
    picture: { state: true },
    inverted: { state: true },
  };
  declare studio: Studio;
  /** A new round is a new model: ask again. */
  declare round: number;
  declare prediction: Prediction | undefined;
  declare picture: { file: File; url: string } | undefined;
  declare inverted: boolean;
  #input: PredictInputs | undefined;

  constructor() {
    super();
    this.inverted = false;
  }

  override updated(changed: PropertyValues<this>): void {
    if (changed.has("round")) void this.#ask();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this.picture !== undefined) URL.revokeObjectURL(this.picture.url);
  }

  override render(): TemplateResult {
    return html`
      <div class="try">
        <div class="picture">
          ${
            this.picture === undefined
              ? this.#drawable
                ? html`<deai-pad @drawn=${this.#drawn}></deai-pad>`
                : html`<div class="no-picture muted">Choose a picture</div>`
              : html`<img
                  src=${this.picture.url}
                  alt="The chosen picture: ${this.picture.file.name}"
                />`
          }
          <div class="row">
            <label class="button second">
              Choose a picture
              <input type="file" id="try-file" accept="image/*" @change=${this.#chosen} />
            </label>
            ${
              this.#drawable
                ? html`<button type="button" class="plain" @click=${this.#draw}>
                    ${this.picture === undefined ? "Clear" : "Draw instead"}
                  </button>`
                : nothing
            }
          </div>
          ${
            this.picture !== undefined && this.#onDark
              ? html`<label class="check">
                  <input type="checkbox" .checked=${this.inverted} @change=${this.#invert} />
                  dark on light: turn it round
                </label>`
              : nothing
          }
        </div>
        <div class="result">${predictionView(this.studio.task, this.prediction)}</div>
      </div>
    `;
  }

  /** Small grey pictures that are almost all black are taken for light strokes, as one draws them. */
  get #drawable(): boolean {
    const { data } = this.studio.task;
    return this.#onDark && data.kind === "image" && data.height <= 64 && (data.mean[0] ?? 1) < 0.2;
  }

  /** Grey pictures that are mostly black show light things on a dark ground; photos seldom do. */
  get #onDark(): boolean {
    const { data } = this.studio.task;
    return data.kind === "image" && data.channels === 1 && (data.mean[0] ?? 1) < 0.3;
  }

  readonly #drawn = (event: CustomEvent<ImageData | undefined>) => {
    this.#input = event.detail === undefined ? undefined : [event.detail];
    if (event.detail === undefined) this.prediction = undefined;
    void this.#ask();
  };

  readonly #chosen = (event: Event) => {
    const [file] = takenFiles(event.target as HTMLInputElement);
    if (file !== undefined) void this.#show(file);
  };

  readonly #invert = (event: Event) => {
    this.inverted = (event.target as HTMLInputElement).checked;
    if (this.picture !== undefined) void this.#show(this.picture.file);
  };

  readonly #draw = () => {
    this.querySelector<DeaiPad>("deai-pad")?.clear();
    if (this.picture !== undefined) URL.revokeObjectURL(this.picture.url);
    this.picture = undefined;
    this.prediction = undefined;
    this.#input = undefined;
  };

  async #show(file: File): Promise<void> {
    if (this.picture !== undefined) URL.revokeObjectURL(this.picture.url);
    this.picture = { file, url: URL.createObjectURL(file) };
    this.#input = { files: [this.inverted ? await inverse(file) : file] };
    await this.#ask();
  }

  async #ask(): Promise<void> {
    if (this.#input !== undefined) this.prediction = await this.studio.predict(this.#input);
  }
}

/** The picture with light and dark exchanged; the file itself where it cannot be decoded. */
async function inverse(file: File): Promise<File> {
  const bitmap = await createImageBitmap(file).catch(() => undefined);
  if (bitmap === undefined) return file;
  const canvas = document.createElement("canvas");
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  const context = canvas.getContext("2d");
  if (context === null) return file;
  context.fillStyle = "#fff";
  context.fillRect(0, 0, bitmap.width, bitmap.height);
  context.globalCompositeOperation = "difference";
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve));
  return blob === null ? file : new File([blob], file.name);
}

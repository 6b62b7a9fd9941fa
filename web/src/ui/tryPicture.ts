import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { Prediction, PredictInputs } from "../index.ts";
import { loadCapture } from "./capture.load.ts";
import { PageElement, takenFiles } from "./element.ts";
import type { DeaiPad } from "./pad.ts";
import { isDrawable, isOnDark } from "./pictures.ts";
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
    camera: { state: true },
  };
  declare studio: Studio;
  /** A new round is a new model: ask again. */
  declare round: number;
  declare prediction: Prediction | undefined;
  declare picture: { file: File; url: string } | undefined;
  declare inverted: boolean;
  declare camera: boolean;
  #asking = false;
  #stale = false;
  #input: PredictInputs | undefined;

  constructor() {
    super();
    this.inverted = false;
    this.camera = false;
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
          ${this.#view()}
          <div class="row">
            <label class="button second">
              Choose a picture
              <input type="file" id="try-file" accept="image/*" @change=${this.#chosen} />
            </label>
            <button type="button" class="plain" id="try-camera" @click=${this.#toggleCamera}>
              ${this.camera ? "Camera off" : "Camera"}
            </button>
            ${
              this.#drawable
                ? html`<button type="button" class="plain" @click=${this.#draw}>
                    ${this.picture === undefined && !this.camera ? "Clear" : "Draw instead"}
                  </button>`
                : nothing
            }
          </div>
          ${
            this.picture !== undefined && isOnDark(this.studio.task)
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

  #view(): TemplateResult {
    const { data } = this.studio.task;
    if (this.camera && data.kind === "image") {
      return html`<deai-camera
        live
        .height=${data.height}
        .width=${data.width}
        @seen=${this.#drawn}
      ></deai-camera>`;
    }
    if (this.picture !== undefined) {
      return html`<img
        src=${this.picture.url}
        alt="The chosen picture: ${this.picture.file.name}"
      />`;
    }
    return this.#drawable
      ? html`<deai-pad @drawn=${this.#drawn}></deai-pad>`
      : html`<div class="no-picture muted">Choose a picture</div>`;
  }

  get #drawable(): boolean {
    return isDrawable(this.studio.task);
  }

  readonly #drawn = (event: CustomEvent<ImageData | null>) => {
    this.#input = event.detail === null ? undefined : [event.detail];
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

  readonly #toggleCamera = async () => {
    await loadCapture();
    this.#forget();
    this.camera = !this.camera;
  };

  readonly #draw = () => {
    this.querySelector<DeaiPad>("deai-pad")?.clear();
    this.camera = false;
    this.#forget();
  };

  #forget(): void {
    if (this.picture !== undefined) URL.revokeObjectURL(this.picture.url);
    this.picture = undefined;
    this.prediction = undefined;
    this.#input = undefined;
  }

  async #show(file: File): Promise<void> {
    this.camera = false;
    if (this.picture !== undefined) URL.revokeObjectURL(this.picture.url);
    this.picture = { file, url: URL.createObjectURL(file) };
    this.#input = { files: [this.inverted ? await inverse(file) : file] };
    await this.#ask();
  }

  /** One question at a time: of pictures that come faster than answers, the latest counts. */
  async #ask(): Promise<void> {
    this.#stale = true;
    if (this.#asking) return;
    this.#asking = true;
    while (this.#stale) {
      this.#stale = false;
      const input = this.#input;
      this.prediction = input === undefined ? undefined : await this.studio.predict(input);
    }
    this.#asking = false;
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

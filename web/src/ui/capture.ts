import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { DeaiCamera } from "./camera.ts";
import { PageElement } from "./element.ts";
import { counted } from "./format.ts";
import type { DeaiPad } from "./pad.ts";
import { isDrawable } from "./pictures.ts";
import type { Picture } from "./state.ts";
import type { Studio } from "./studio.ts";

const kBurst = 20; // pictures of one press of the button for many,
const kBurstMs = 100; // so far apart

type Way = "camera" | "pad";

/** <deai-capture>: pictures by the camera or drawn, labelled one by one; then they become data. */
export class DeaiCapture extends PageElement {
  static override properties = {
    studio: { attribute: false },
    locked: { type: Boolean },
    way: { state: true },
    label: { state: true },
    taken: { state: true },
    sees: { state: true },
  };
  declare studio: Studio;
  declare locked: boolean;
  declare way: Way;
  declare label: string;
  declare taken: { picture: Picture; label: string }[];
  /** The camera shows something. */
  declare sees: boolean;
  #drawn: Picture | null = null;
  #burst: ReturnType<typeof setInterval> | undefined;

  constructor() {
    super();
    this.taken = [];
    this.sees = false;
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("studio")) return;
    this.way = isDrawable(this.studio.task) ? "pad" : "camera";
    this.label = this.studio.task.data.classes?.[0] ?? "";
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#burst);
  }

  override render(): TemplateResult {
    const { data, class_names: titles } = this.studio.task;
    return html`
      ${isDrawable(this.studio.task) ? this.#ways() : nothing}
      <label>
        <span class="label">What the next picture shows</span>
        <select
          id="capture-label"
          @change=${(event: Event) => (this.label = (event.target as HTMLSelectElement).value)}
        >
          ${data.classes?.map(
            (name, i) =>
              html`<option value=${name} ?selected=${name === this.label}>
                ${titles?.[i] ?? name}
              </option>`,
          )}
        </select>
      </label>
      ${this.way === "pad" ? this.#pad() : this.#camera()} ${this.#tray()}
    `;
  }

  #ways(): TemplateResult {
    const choose = (way: Way) => () => {
      this.way = way;
      this.sees = false;
    };
    const radio = (way: Way, text: string) =>
      html`<label class="check">
        <input type="radio" name="way" .checked=${this.way === way} @change=${choose(way)} />
        ${text}
      </label>`;
    return html`<div class="row">${radio("pad", "Draw")} ${radio("camera", "Camera")}</div>`;
  }

  #pad(): TemplateResult {
    return html`
      <deai-pad
        @drawn=${(event: CustomEvent<Picture | null>) => (this.#drawn = event.detail)}
      ></deai-pad>
      <div class="row">
        <button type="button" class="second" id="keep-drawing" @click=${this.#keepDrawing}>
          Keep it as ${this.studio.className(this.label)}
        </button>
        <button type="button" class="plain" @click=${this.#clearPad}>Clear</button>
      </div>
    `;
  }

  #camera(): TemplateResult {
    const { data } = this.studio.task;
    if (data.kind !== "image") return html``;
    return html`
      <deai-camera
        .height=${data.height}
        .width=${data.width}
        @ready=${() => (this.sees = true)}
      ></deai-camera>
      <div class="row">
        <button
          type="button"
          class="second"
          id="take"
          ?disabled=${!this.sees}
          @click=${() => this.#take()}
        >
          Take a picture
        </button>
        <button type="button" class="second" ?disabled=${!this.sees} @click=${this.#takeMany}>
          Take ${kBurst}
        </button>
      </div>
    `;
  }

  #tray(): TemplateResult | typeof nothing {
    if (this.taken.length === 0) return nothing;
    const counts = new Map<string, number>();
    for (const { label } of this.taken) counts.set(label, (counts.get(label) ?? 0) + 1);
    return html`
      <p class="muted" role="status">
        ${[...counts].map(([label, count]) => `${this.studio.className(label)}: ${count}`).join(", ")}
      </p>
      <div class="row">
        <button type="button" class="first" id="add-taken" ?disabled=${this.locked} @click=${this.#add}>
          Learn from ${counted(this.taken.length, "picture")}
        </button>
        <button type="button" class="plain" @click=${() => (this.taken = [])}>Throw away</button>
      </div>
    `;
  }

  #keep(picture: Picture | null): void {
    if (picture !== null) this.taken = [...this.taken, { picture, label: this.label }];
  }

  readonly #keepDrawing = () => {
    this.#keep(this.#drawn);
    this.#clearPad();
  };

  readonly #clearPad = () => this.querySelector<DeaiPad>("deai-pad")?.clear();

  #take(): void {
    this.#keep(this.querySelector<DeaiCamera>("deai-camera")?.grab() ?? null);
  }

  readonly #takeMany = () => {
    clearInterval(this.#burst);
    let left = kBurst;
    this.#burst = setInterval(() => {
      this.#take();
      if (--left === 0) clearInterval(this.#burst);
    }, kBurstMs);
  };

  readonly #add = async () => {
    const taken = this.taken;
    this.taken = [];
    const how = counted(taken.length, "picture");
    await this.studio.addPictures(
      taken.map(({ picture }) => picture),
      taken.map(({ label }) => label),
      how,
    );
  };
}

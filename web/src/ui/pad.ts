import { html, nothing, type TemplateResult } from "lit";
import { PageElement } from "./element.ts";

const kSize = 280;
const kStroke = 22;
const kInk = 0.72; // share of the side that the drawing fills, as handwritten samples do

const kTellMs = 150; // between two pictures of an unfinished stroke

/**
 * <deai-pad>: draw with finger, pen or mouse, white on black. While and after each stroke a `drawn`
 * event holds the picture, scaled and centred by its mass; null after clearing.
 */
export class DeaiPad extends PageElement {
  static override properties = { empty: { state: true } };
  declare empty: boolean;
  #drawing = false;
  #toldMs = 0;

  constructor() {
    super();
    this.empty = true;
  }

  override render(): TemplateResult {
    return html`
      <canvas
        width=${kSize}
        height=${kSize}
        aria-label="Drawing pad; without a pointer, choose a picture instead"
        role="img"
        @pointerdown=${this.#begin}
        @pointermove=${this.#go}
        @pointerup=${this.#end}
        @pointercancel=${this.#end}
      ></canvas>
      ${this.empty ? html`<p class="hint" aria-hidden="true">Draw here</p>` : nothing}
    `;
  }

  override firstUpdated(): void {
    this.#wipe();
  }

  clear(): void {
    this.#wipe();
    this.empty = true;
    this.#tell(null);
  }

  readonly #begin = (event: PointerEvent) => {
    const canvas = event.target as HTMLCanvasElement;
    canvas.setPointerCapture(event.pointerId);
    event.preventDefault();
    this.#drawing = true;
    this.empty = false;
    const context = this.#context;
    const [x, y] = placeOf(event);
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x, y);
    context.stroke();
  };

  readonly #go = (event: PointerEvent) => {
    if (!this.#drawing) return;
    for (const part of event.getCoalescedEvents?.() ?? [event]) {
      this.#context.lineTo(...placeOf(part, event.target as HTMLCanvasElement));
    }
    this.#context.stroke();
    if (performance.now() - this.#toldMs > kTellMs) this.#tell(this.#centred());
  };

  readonly #end = () => {
    if (!this.#drawing) return;
    this.#drawing = false;
    this.#tell(this.#centred());
  };

  #wipe(): void {
    const context = this.#context;
    context.fillStyle = "#000";
    context.fillRect(0, 0, kSize, kSize);
    context.strokeStyle = "#fff";
    context.lineWidth = kStroke;
    context.lineCap = "round";
    context.lineJoin = "round";
  }

  /** The drawing at the size and place that handwritten samples have. */
  #centred(): ImageData | null {
    const ink = inkOf(this.#context.getImageData(0, 0, kSize, kSize));
    if (ink === undefined) return null;
    const scale = (kInk * kSize) / Math.max(ink.width, ink.height);
    const canvas = document.createElement("canvas");
    canvas.width = kSize;
    canvas.height = kSize;
    const context = canvas.getContext("2d");
    if (context === null) return null;
    context.fillStyle = "#000";
    context.fillRect(0, 0, kSize, kSize);
    context.translate(kSize / 2, kSize / 2);
    context.scale(scale, scale);
    context.drawImage(this.#context.canvas, -ink.x, -ink.y);
    return context.getImageData(0, 0, kSize, kSize);
  }

  #tell(detail: ImageData | null): void {
    this.#toldMs = performance.now();
    this.dispatchEvent(new CustomEvent("drawn", { detail }));
  }

  get #context(): CanvasRenderingContext2D {
    const canvas = this.querySelector("canvas");
    const context = canvas?.getContext("2d", { willReadFrequently: true });
    if (!context) throw new Error("the drawing pad has no canvas yet");
    return context;
  }
}

function placeOf(
  event: PointerEvent,
  canvas = event.target as HTMLCanvasElement,
): [number, number] {
  const box = canvas.getBoundingClientRect();
  return [
    ((event.clientX - box.left) / box.width) * kSize,
    ((event.clientY - box.top) / box.height) * kSize,
  ];
}

/** Extent and centre of mass of what is drawn; undefined of an empty pad. */
function inkOf(
  image: ImageData,
): { width: number; height: number; x: number; y: number } | undefined {
  let [left, right, top, bottom] = [kSize, -1, kSize, -1];
  let [mass, sumX, sumY] = [0, 0, 0];
  for (let y = 0; y < kSize; ++y) {
    for (let x = 0; x < kSize; ++x) {
      const light = image.data[4 * (y * kSize + x)] ?? 0;
      if (light === 0) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
      mass += light;
      sumX += light * x;
      sumY += light * y;
    }
  }
  if (mass === 0) return undefined;
  return { width: right - left + 1, height: bottom - top + 1, x: sumX / mass, y: sumY / mass };
}

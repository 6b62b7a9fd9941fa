import { html, nothing, type TemplateResult } from "lit";
import { PageElement } from "./element.ts";

const kSharper = 4; // pictures have at most so many times the size that is wanted
const kLiveMs = 250; // between two pictures that are told of

/**
 * <deai-camera>: what a camera sees, cut to the aspect that is wanted. Off as soon as it leaves the page.
 * With `live` a `seen` event holds a picture several times a second.
 */
export class DeaiCamera extends PageElement {
  static override properties = {
    height: { attribute: false },
    width: { attribute: false },
    wide: { attribute: false },
    live: { type: Boolean },
    problem: { state: true },
    ready: { state: true },
  };
  declare height: number;
  declare width: number;
  /** Pixels across that the camera is asked for. */
  declare wide: number;
  declare live: boolean;
  declare problem: string | undefined;
  declare ready: boolean;
  #stream: MediaStream | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor() {
    super();
    this.wide = 640;
    this.live = false;
    this.ready = false;
  }

  override render(): TemplateResult {
    return html`
      <video
        playsinline
        muted
        aria-label="What the camera sees"
        @playing=${this.#playing}
      ></video>
      ${this.problem === undefined ? nothing : html`<p class="problem" role="alert">${this.problem}</p>`}
    `;
  }

  override async firstUpdated(): Promise<void> {
    // Not as an attribute: the page's policy forbids those.
    this.#video.style.aspectRatio = `${this.width} / ${this.height}`;
    try {
      if (!("mediaDevices" in navigator)) throw new DOMException("", "SecurityError");
      const stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: "environment", width: { ideal: this.wide } },
      });
      this.#stream = stream;
      if (!this.isConnected) return this.#off();
      this.#video.srcObject = stream;
      await this.#video.play();
    } catch (error) {
      this.problem = refusal(error);
    }
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#off();
  }

  /** The picture of this moment; undefined before there is one. */
  grab(): ImageData | undefined {
    const { videoWidth, videoHeight } = this.#video;
    if (!this.ready || videoWidth === 0) return undefined;
    const scale = Math.min(videoWidth / this.width, videoHeight / this.height);
    const [width, height] = [this.width * scale, this.height * scale];
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(Math.min(width, kSharper * this.width));
    canvas.height = Math.round(Math.min(height, kSharper * this.height));
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (context === null) return undefined;
    context.imageSmoothingQuality = "high";
    const [left, top] = [(videoWidth - width) / 2, (videoHeight - height) / 2];
    context.drawImage(this.#video, left, top, width, height, 0, 0, canvas.width, canvas.height);
    return context.getImageData(0, 0, canvas.width, canvas.height);
  }

  get #video(): HTMLVideoElement {
    const video = this.querySelector("video");
    if (video === null) throw new Error("the camera has no view yet");
    return video;
  }

  readonly #playing = () => {
    this.ready = true;
    this.dispatchEvent(new Event("ready"));
    if (this.live) this.#timer ??= setInterval(this.#tell, kLiveMs);
  };

  readonly #tell = () => {
    const detail = this.grab();
    if (detail !== undefined) this.dispatchEvent(new CustomEvent("seen", { detail }));
  };

  #off(): void {
    clearInterval(this.#timer);
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = undefined;
  }
}

function refusal(error: unknown): string {
  switch (error instanceof Error ? error.name : "") {
    case "NotAllowedError":
      return "The browser may not use the camera. Allow it in the address bar, then open this again.";
    case "NotFoundError":
      return "There is no camera.";
    case "NotReadableError":
      return "The camera is in use by another program.";
    case "SecurityError":
      return "Cameras work on pages with https (or on this machine itself) only.";
    default:
      return `The camera could not be opened: ${String(error)}`;
  }
}

import { html, type PropertyValues, type TemplateResult } from "lit";
import type uPlot from "uplot";
import { PageElement } from "./element.ts";
import { decimal, percent } from "./format.ts";
import type { SessionView } from "./session.ts";

type What = "loss" | "accuracy";
type Values = (number | null | undefined)[];

const kHeight = 200;
const kMaxDots = 40; // more held-out points are a line without dots
const kTitles = { loss: "Loss", accuracy: "Right answers" } as const;

/** <deai-chart>: loss or accuracy over own steps, on own data and on held-out data. */
export class DeaiChart extends PageElement {
  static override properties = { session: { attribute: false }, what: { attribute: false } };
  declare session: SessionView;
  declare what: What;

  #plot: uPlot | undefined;
  #makePlot: typeof uPlot | undefined;
  readonly #sizes = new ResizeObserver(() => this.#resize());
  readonly #scheme = matchMedia("(prefers-color-scheme: dark)");
  readonly #recolour = () => this.#rebuild();

  override connectedCallback(): void {
    super.connectedCallback();
    this.#scheme.addEventListener("change", this.#recolour);
    this.#sizes.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#scheme.removeEventListener("change", this.#recolour);
    this.#sizes.disconnect();
    this.#plot?.destroy();
    this.#plot = undefined;
  }

  override render(): TemplateResult {
    return html`
      <figure>
        <figcaption>${kTitles[this.what]}</figcaption>
        <div class="plot" role="img" aria-label=${this.#spoken()}></div>
      </figure>
    `;
  }

  override async firstUpdated(): Promise<void> {
    this.#makePlot = (await import("uplot")).default;
    this.#rebuild();
  }

  override updated(changed: PropertyValues<this>): void {
    const before = changed.get("session");
    const { curve, evaluations } = this.session;
    if (before?.curve === curve && before.evaluations === evaluations) return;
    this.#plot?.setData(this.#data());
  }

  #rebuild(): void {
    const place = this.querySelector<HTMLElement>(".plot");
    if (this.#makePlot === undefined || place === null || !this.isConnected) return;
    this.#plot?.destroy();
    this.#plot = new this.#makePlot(this.#options(place.clientWidth), this.#data(), place);
  }

  #resize(): void {
    const width = this.querySelector(".plot")?.clientWidth ?? 0;
    if (width > 0) this.#plot?.setSize({ width, height: kHeight });
  }

  /** Columns over one axis of steps: single points, their smooth curve, held-out points. */
  #data(): uPlot.AlignedData {
    const { curve, evaluations } = this.session;
    const own = this.what === "loss" ? curve.loss : curve.accuracy;
    const smooth = this.what === "loss" ? curve.smoothLoss : curve.smoothAccuracy;
    const heldOut = new Map(
      evaluations.map((point) => [point.step, this.what === "loss" ? point.loss : point.accuracy]),
    );
    const steps = [...new Set([...curve.step, ...heldOut.keys()])].sort((a, b) => a - b);
    const place = new Map(curve.step.map((step, i) => [step, i]));
    const column = (values: number[]): Values => steps.map((step) => values[place.get(step) ?? -1]);
    return [steps, column(own), column(smooth), steps.map((step) => heldOut.get(step))];
  }

  #options(width: number): uPlot.Options {
    const style = getComputedStyle(this);
    const colour = (name: string) => style.getPropertyValue(name).trim();
    const value = (number: number) =>
      this.what === "loss" ? number.toFixed(2) : `${Math.round(100 * number)} %`;
    const axis: uPlot.Axis = {
      stroke: colour("--muted"),
      font: `12px ${style.fontFamily}`,
      grid: { stroke: colour("--line"), width: 1 },
      ticks: { show: false },
    };
    const range: uPlot.Range.MinMax | uPlot.Scale.Range =
      this.what === "accuracy"
        ? [0, 1]
        : (_, least, most) => [Math.min(0, least), (most || 1) * 1.05];
    return {
      width,
      height: kHeight,
      padding: [12, 18, 0, 0],
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, points: { show: false } },
      scales: {
        x: {
          time: false,
          range: (_, least, most) => [least ?? 0, Math.max(most ?? 0, (least ?? 0) + 10)],
        },
        y: { range },
      },
      axes: [
        { ...axis, label: "your steps", labelSize: 18, size: 28, labelFont: axis.font ?? "" },
        { ...axis, size: 52, values: (_, ticks) => ticks.map(value) },
      ],
      series: [
        {},
        { stroke: colour("--own-weak"), width: 1, points: { show: false } },
        { stroke: colour("--own"), width: 2, points: { show: false }, spanGaps: true },
        {
          stroke: colour("--held"),
          width: 2,
          spanGaps: true,
          points: {
            show: () => this.session.evaluations.length <= kMaxDots,
            size: 5,
            fill: colour("--held"),
          },
        },
      ],
    };
  }

  #spoken(): string {
    const { curve, evaluations } = this.session;
    const smooth = this.what === "loss" ? curve.smoothLoss : curve.smoothAccuracy;
    const [first, last] = [smooth[0], smooth.at(-1)];
    if (first === undefined || last === undefined) return `${kTitles[this.what]}: nothing yet`;
    const show = this.what === "loss" ? decimal : percent;
    const judged = evaluations.at(-1);
    const heldOut = this.what === "loss" ? judged?.loss : judged?.accuracy;
    const more = heldOut === undefined ? "" : `; on held-out data ${show(heldOut)}`;
    return `${kTitles[this.what]} on your data from ${show(first)} to ${show(last)} in ${curve.step.at(-1)} steps${more}`;
  }
}

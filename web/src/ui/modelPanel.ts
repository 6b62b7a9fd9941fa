import { html, nothing, type TemplateResult } from "lit";
import { download, PageElement, takenFiles } from "./element.ts";
import { counted, decimal, percent } from "./format.ts";
import type { FileKind } from "./modelFile.ts";
import { metricsView } from "./metrics.ts";
import { problem } from "./parts.ts";
import { isRunning } from "./session.ts";
import { judgeEvery, type StudioState } from "./state.ts";
import type { Studio } from "./studio.ts";

/** <deai-model>: judge the model, try it, take it away, bring one. */
export class DeaiModel extends PageElement {
  static override properties = { state: { attribute: false }, studio: { attribute: false } };
  declare state: StudioState;
  declare studio: Studio;

  override render(): TemplateResult {
    const { state, studio } = this;
    const { data, sample } = studio.task;
    return html`
      <section class="card" aria-labelledby="model-title">
        <h2 id="model-title"><span class="step" aria-hidden="true">4</span>Use the model</h2>
        ${sample?.held_out === undefined ? nothing : this.#judging()}
        <h3>Try it</h3>
        ${
          state.session.steps === 0 && state.session.round === 0 && state.model === undefined
            ? html`<p class="muted">Not trained yet: the answers are mere guesses.</p>`
            : nothing
        }
        ${
          data.kind === "table"
            ? html`<deai-try-row .studio=${studio} .round=${state.session.round}></deai-try-row>`
            : data.kind === "text"
              ? html`<deai-try-text .studio=${studio}></deai-try-text>`
              : html`<deai-try-picture
                .studio=${studio}
                .round=${state.session.round}
              ></deai-try-picture>`
        }
        ${problem(state.problems.trial)} ${this.#files()}
      </section>
    `;
  }

  #judging(): TemplateResult {
    const { state, studio } = this;
    const { judged } = state.session;
    const { data } = studio.task;
    const every = judgeEvery(studio.task);
    const tick = (event: Event) =>
      studio.choose({ judgeAfterRounds: (event.target as HTMLInputElement).checked });
    return html`
      <h3>Test it on held-out data</h3>
      <div class="row">
        <button
          type="button"
          class="second"
          id="judge"
          ?disabled=${state.busy.has("judging")}
          @click=${() => studio.judge()}
        >
          ${state.busy.has("judging") ? "Testing …" : "Test now"}
        </button>
        <label class="check">
          <input
            type="checkbox"
            .checked=${state.judgeAfterRounds}
            ?disabled=${isRunning(state.session)}
            @change=${tick}
          />
          ${every === 1 ? "after every round" : `after every ${every} rounds`}
        </label>
      </div>
      <p class="judged" id="judged">
        ${
          judged === undefined
            ? "Samples that nobody learns from show how good the model really is."
            : html`${
                judged.accuracy === undefined
                  ? nothing
                  : html`<b>${percent(judged.accuracy)}</b> of `
              }${data.kind === "text" ? "the tokens of " : ""}${counted(judged.count, data.kind === "text" ? "passage" : "sample")}
              ${judged.accuracy === undefined ? "tested" : "right"}, loss ${decimal(judged.loss)}${
                judged.metrics.perplexity === undefined
                  ? nothing
                  : html`, perplexity <b id="perplexity">${decimal(judged.metrics.perplexity)}</b>`
              }`
        }
      </p>
      ${judged === undefined ? nothing : metricsView(judged.metrics, (data.classes ?? []).map((name) => studio.className(name)))}
      ${problem(state.problems.judging)}
    `;
  }

  #files(): TemplateResult {
    const { state, studio } = this;
    const running = isRunning(state.session);
    return html`
      <h3>Take it away</h3>
      <div class="row">
        <button type="button" class="second" id="download" @click=${this.#download("model")}>
          Download the model
        </button>
        <button type="button" class="plain" id="download-onnx" @click=${this.#download("onnx")}>
          as ONNX
        </button>
        <button
          type="button"
          class="plain"
          id="save-training"
          ?disabled=${running}
          @click=${this.#download("checkpoint")}
        >
          Save the training
        </button>
      </div>
      <div class="row">
        <label class="button plain ${running ? "off" : ""}">
          Load a file
          <input
            type="file"
            id="load"
            accept=".safetensors"
            ?disabled=${running}
            @change=${this.#load}
          />
        </label>
        <label class="check">
          <input type="checkbox" id="load-what-fits" ?disabled=${running} />
          only what fits, from another task's model
        </label>
        ${
          state.session.steps === 0
            ? nothing
            : html`<button
                type="button"
                class="plain"
                ?disabled=${running}
                @click=${() => studio.startAnew()}
              >
                Start anew
              </button>`
        }
      </div>
      <p class="muted">
        ${
          state.model === undefined
            ? "safetensors goes to and from PyTorch, ONNX runs elsewhere; a saved training goes on where it was."
            : state.model.text
        }
        ${running ? "Pause to load a file." : ""}
      </p>
      ${problem(state.problems.model)}
    `;
  }

  readonly #download = (kind: FileKind) => async () => {
    const file = await this.studio.exportFile(kind);
    if (file !== undefined) download(file);
  };

  readonly #load = (event: Event) => {
    const [file] = takenFiles(event.target as HTMLInputElement);
    const loose = this.querySelector<HTMLInputElement>("#load-what-fits")?.checked ?? false;
    if (file !== undefined) void this.studio.importFile(file, !loose);
  };
}

import { html, nothing, type TemplateResult } from "lit";
import { bytes, decimal, fingerprint, percent } from "./format.ts";
import { problem, tile } from "./parts.ts";
import { isRunning } from "./session.ts";
import type { StudioState } from "./state.ts";
import type { Studio } from "./studio.ts";
import { advice, connectionWords, headline } from "./words.ts";

/** Start, pause and go on; how far it is; the curves. */
export function trainPanel(state: StudioState, studio: Studio): TemplateResult {
  const { session, judged } = state;
  return html`
    <section class="card train" aria-labelledby="train-title">
      <h2 id="train-title"><span class="step" aria-hidden="true">3</span>Train</h2>
      <div class="control">
        <div class="state ${session.phase}">
          <p class="headline" role="status">${headline(state)}</p>
          <p class="muted advice">${advice(state, Date.now())}</p>
        </div>
        ${button(state, studio)}
      </div>
      ${progress(state)} ${waiting(state, studio)} ${problem(state.problems.training)}
      <dl class="tiles">
        ${tile("Round", html`<span id="round">${session.round}</span>`, connectionWords(session))}
        ${tile("Loss", decimal(session.curve.smoothLoss.at(-1) ?? NaN), "of learning, lower is better")}
        ${tile(
          "Right on held-out data",
          judged?.accuracy === undefined ? "–" : percent(judged.accuracy),
          judged === undefined ? "not judged yet" : `after round ${judged.round}`,
        )}
        ${tile(
          "Model",
          html`<span id="fingerprint" class="mono"
            >${session.modelHash === undefined ? "–" : fingerprint(session.modelHash)}</span
          >`,
          state.alone ? "its fingerprint" : "the same for all in the room",
        )}
        ${state.alone
          ? tile("Passes over your data", decimal(session.epoch))
          : tile("Sent", bytes(session.sentBytes), `received ${bytes(session.receivedBytes)}`)}
      </dl>
      <div class="charts">
        <deai-chart .session=${session} .what=${"loss"}></deai-chart>
        ${studio.task.data.classes === undefined
          ? nothing
          : html`<deai-chart .session=${session} .what=${"accuracy"}></deai-chart>`}
      </div>
    </section>
  `;
}

function button(state: StudioState, studio: Studio): TemplateResult {
  const { session } = state;
  if (isRunning(session)) {
    return html`<button
      type="button"
      class="first"
      id="stop"
      ?disabled=${session.phase === "stopping"}
      @click=${() => studio.stop()}
    >
      Pause
    </button>`;
  }
  const again = session.phase === "paused" && (session.steps > 0 || session.round > 0);
  return html`<button
    type="button"
    class="first"
    id="start"
    ?disabled=${state.busy.has("data")}
    @click=${() => studio.train()}
  >
    ${again ? "Go on" : state.alone ? "Start training" : "Start together"}
  </button>`;
}

function progress({ session, task }: StudioState): TemplateResult {
  const steps = task?.exchange.local_steps ?? 1;
  const done = session.phase === "exchanging" ? steps : Math.min(steps, session.stepsInRound);
  return html`<progress
    max=${steps}
    .value=${isRunning(session) ? done : 0}
    aria-label="Steps of this round"
  ></progress>`;
}

function waiting(state: StudioState, studio: Studio): TemplateResult | typeof nothing {
  if (state.session.phase !== "waiting") return nothing;
  const alone = async () => {
    await studio.stop();
    studio.choose({ alone: true });
    await studio.train();
  };
  return html`<div class="row waiting">
    <a class="button second" href=${studio.inviteLink} target="_blank" rel="opener">
      Open the link in a second tab
    </a>
    <button type="button" class="plain" @click=${alone}>Train alone instead</button>
  </div>`;
}

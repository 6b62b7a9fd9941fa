import { html, nothing, type TemplateResult } from "lit";
import { carePanel, keptPanel } from "./carePanel.ts";
import { bytes, decimal, fingerprint, percent } from "./format.ts";
import { problem, tile } from "./parts.ts";
import { isRunning } from "./session.ts";
import type { StudioState } from "./state.ts";
import type { Studio } from "./studio.ts";
import { advice, connectionWords, headline } from "./words.ts";

/** Start, pause and go on; how far it is; the curves. */
export function trainPanel(state: StudioState, studio: Studio): TemplateResult {
  const { session } = state;
  const nowMs = Date.now();
  const judged = studio.task.sample?.held_out !== undefined;
  return html`
    <section class="card train" aria-labelledby="train-title">
      <h2 id="train-title"><span class="step" aria-hidden="true">3</span>Train</h2>
      <div class="control">
        <div class="state ${session.phase}">
          <p class="headline" role="status">${headline(state, nowMs)}</p>
          <p class="muted advice">
            ${session.phase === "waiting" ? waiting(studio) : advice(state, nowMs)}
          </p>
        </div>
        ${button(state, studio)}
      </div>
      ${keptPanel(state, studio)} ${progress(state)} ${problem(state.problems.training)}
      <dl class="tiles">
        ${tile("Round", html`<span id="round">${session.round}</span>`, connectionWords(session))}
        ${tile("Loss", decimal(session.curve.smoothLoss.at(-1) ?? NaN), "lower is better")}
        ${judged ? judgement(state) : nothing}
        ${tile(
          "Model",
          html`<span id="fingerprint" class="mono"
            >${session.modelHash === undefined ? "–" : fingerprint(session.modelHash)}</span
          >`,
          state.alone
            ? "its fingerprint"
            : session.gossip
              ? `${percent(session.gossip.distance)} from your neighbours'`
              : "the same for all in the room",
        )}
        ${tile("Passes", decimal(session.epoch), "over your data")}
        ${
          state.alone
            ? tile(
                "Step",
                session.stepMs === undefined ? "–" : `${decimal(session.stepMs)} ms`,
                "mean time",
              )
            : tile("Sent", bytes(session.sentBytes), sentWords(session))
        }
      </dl>
      <p class="keys" aria-hidden="true">
        <span class="key own">on your data</span>
        ${judged ? html`<span class="key held">on held-out data</span>` : nothing}
      </p>
      <div class="charts">
        <deai-chart .session=${session} .what=${"loss"}></deai-chart>
        ${
          studio.task.data.classes === undefined && studio.task.data.kind !== "text"
            ? nothing
            : html`<deai-chart .session=${session} .what=${"accuracy"}></deai-chart>`
        }
      </div>
      ${carePanel(state, studio)}
    </section>
  `;
}

function sentWords({ gossip, receivedBytes }: StudioState["session"]): string {
  if (gossip === undefined || gossip.payloadBytes === 0) return `received ${bytes(receivedBytes)}`;
  const times = gossip.fullBytes / gossip.payloadBytes;
  return times < 1.05 ? "full numbers" : `${decimal(times)} times less than full numbers`;
}

/** How good the model is on what nobody learns from. */
function judgement({ session: { judged }, task }: StudioState): TemplateResult {
  const note = judged === undefined ? "on held-out data" : `held-out data, round ${judged.round}`;
  if (judged?.metrics.perplexity !== undefined) {
    return tile("Perplexity", decimal(judged.metrics.perplexity), note);
  }
  if (task?.data.classes === undefined) {
    return tile("Held-out loss", judged === undefined ? "–" : decimal(judged.loss), note);
  }
  const share = judged?.accuracy;
  return tile("Right answers", share === undefined ? "–" : percent(share), note);
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

function waiting(studio: Studio): TemplateResult {
  const alone = async () => {
    await studio.stop();
    studio.choose({ alone: true });
    await studio.train();
  };
  return html`Send them the invite link, or
    <a href=${studio.inviteLink} target="_blank" rel="noopener">open it in a second tab</a>. You can
    also <button type="button" class="inline" @click=${alone}>train alone</button>.`;
}

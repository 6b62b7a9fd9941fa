import { html, nothing, type TemplateResult } from "lit";
import { download } from "./element.ts";
import { noRules, type PauseRules, type Surroundings } from "./pausing.ts";
import { isRunning } from "./session.ts";
import type { StudioState } from "./state.ts";
import type { Studio } from "./studio.ts";

const kRules: readonly (readonly [keyof PauseRules, string])[] = [
  ["hidden", "while this page is in the background"],
  ["battery", "while the device runs on its battery"],
  ["metered", "on a metered connection"],
];

/** When training rests by itself, how to keep it going, and the report for those who mend faults. */
export function carePanel(state: StudioState, studio: Studio): TemplateResult {
  return html`<details class="care">
    <summary>Keeping it going, and when to rest</summary>
    <fieldset>
      <legend>Rest</legend>
      ${kRules.map(
        ([rule, text]) =>
          html`<label class="check">
            <input
              type="checkbox"
              id="rest-${rule}"
              .checked=${state.rules[rule]}
              ?disabled=${unknown(rule, state.surroundings)}
              @change=${(event: Event) =>
                studio.setRules({ [rule]: (event.target as HTMLInputElement).checked })}
            />
            <span
              >${text}${unknown(rule, state.surroundings) ? " (this browser does not tell)" : ""}</span
            >
          </label>`,
      )}
    </fieldset>
    <p class="muted">
      Otherwise training goes on in a background tab, if more slowly on some phones. The screen is
      kept on meanwhile; a phone that is put to sleep pauses, and comes back to the room when it
      wakes. Closing the tab ends it: what was learnt is kept in this browser for two weeks, and you
      are asked whether to go on from it.
    </p>
    ${state.alone ? nothing : report(state, studio)}
  </details>`;
}

function report(state: StudioState, studio: Studio): TemplateResult {
  const save = async () => {
    const file = await studio.reportFile();
    if (file) download(file);
  };
  return html`
    <label class="check">
      <input
        type="checkbox"
        id="record"
        .checked=${state.record}
        ?disabled=${isRunning(state.session) || state.session.round > 0}
        @change=${(event: Event) =>
          studio.choose({ record: (event.target as HTMLInputElement).checked })}
      />
      <span>Record what happens between the participants, for a report of a fault</span>
    </label>
    <p class="muted">
      Choose it before training starts. The report is a file for you alone until you give it to
      somebody. None of your data are in it, but the changes of the model that you and the others
      sent, which tell something of them: ask the others before you pass it on.
    </p>
    ${
      state.record
        ? html`<button type="button" class="second" id="report" @click=${save}>
            Download the report
          </button>`
        : nothing
    }
  `;
}

function unknown(rule: keyof PauseRules, now: Surroundings | undefined): boolean {
  return rule in noRules && now?.[rule] === undefined;
}

/** What was kept of a training in this room, before anything new is learnt. */
export function keptPanel(state: StudioState, studio: Studio): TemplateResult | typeof nothing {
  const { kept, session } = state;
  if (kept === undefined || isRunning(session) || session.steps > 0) return nothing;
  const when = new Date(kept.atMs).toLocaleString();
  return html`<div class="kept" role="status">
    <p>Your training here was kept: round ${kept.round}, ${when}.</p>
    ${
      kept.ownData.length === 0
        ? nothing
        : html`<p>Connect your own data again: ${kept.ownData.join(", ")}.</p>`
    }
    <div class="row">
      <button
        type="button"
        class="second"
        id="resume"
        ?disabled=${state.busy.has("training")}
        @click=${() => studio.resume()}
      >
        Go on from there
      </button>
      <button type="button" class="second" id="forget" @click=${() => studio.forgetKept()}>
        Forget it
      </button>
    </div>
  </div>`;
}

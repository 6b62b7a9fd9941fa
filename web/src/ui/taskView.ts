import { html, type TemplateResult } from "lit";
import type { StudioState } from "./state.ts";
import type { Studio } from "./studio.ts";
import { trainPanel } from "./trainPanel.ts";
import { peoplePanel } from "./peoplePanel.ts";
import { kindWords, sending } from "./words.ts";

/** One task: what it is, and the panels from data to the finished model. */
export function taskView(state: StudioState, studio: Studio): TemplateResult {
  const { task } = studio;
  return html`
    <section class="intro">
      <h1>${task.title ?? task.id}</h1>
      <p class="lead">${task.summary ?? ""}</p>
      <dl class="facts">
        <div>
          <dt>What is learnt</dt>
          <dd>${task.learns ?? task.summary ?? ""}</dd>
        </div>
        <div>
          <dt>What is sent</dt>
          <dd>${sending(task, state)}</dd>
        </div>
        <div>
          <dt>What stays here</dt>
          <dd>
            Your ${kindWords(task).own}, all of them. They are read by this page only and uploaded nowhere; close
            the tab and they are gone from it.
          </dd>
        </div>
      </dl>
    </section>
    <div class="columns">
      <div class="column">
        <deai-data .state=${state} .studio=${studio}></deai-data>
        <deai-together .state=${state} .studio=${studio}></deai-together>
        ${peoplePanel(state)}
      </div>
      <div class="column wide">
        ${trainPanel(state, studio)}
        <deai-model .state=${state} .studio=${studio}></deai-model>
      </div>
    </div>
  `;
}

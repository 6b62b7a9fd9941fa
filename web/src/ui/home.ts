import { html, nothing, type TemplateResult } from "lit";
import { heroPicture } from "./heroPicture.ts";
import { problem } from "./parts.ts";
import type { StudioState } from "./state.ts";
import type { Studio } from "./studio.ts";

/** The element's code comes with the first who wants it. */
async function openDraft(event: Event): Promise<void> {
  if (!(event.target as HTMLDetailsElement).open) return;
  const { DeaiDraft } = await import("./draftPanel.ts");
  if (customElements.get("deai-draft") === undefined) customElements.define("deai-draft", DeaiDraft);
}

/** The list of tasks. */
export function home(state: StudioState, studio: Studio): TemplateResult {
  return html`
    <section class="hero">
      <div>
        <h1>Train one model together.<br />Keep your data to yourself.</h1>
        <p>
          Open this page in two or more browsers. Each learns from its own data, and they exchange
          only what the model learnt. Nothing to install, no account.
        </p>
      </div>
      ${heroPicture()}
    </section>
    <section aria-labelledby="tasks-title">
      <h2 id="tasks-title">Choose what to learn</h2>
      ${problem(state.problems.tasks ?? state.problems.task)}
      ${state.busy.has("task") ? html`<p role="status">Opening …</p>` : nothing}
      <ul class="tasks">
        ${state.tasks?.map(
          (task) => html`
            <li>
              <button type="button" class="task" @click=${() => studio.openTask(task.id)}>
                <strong>${task.title}</strong>
                <span>${task.summary}</span>
                <span class="go" aria-hidden="true">Open →</span>
              </button>
            </li>
          `,
        )}
      </ul>
    </section>
    <section aria-labelledby="own-title" class="own">
      <h2 id="own-title">A task of your own</h2>
      <details @toggle=${openDraft}>
        <summary>Draft one from a table</summary>
        <deai-draft .studio=${studio}></deai-draft>
      </details>
    </section>
    <section aria-labelledby="how-title">
      <h2 id="how-title">How it works</h2>
      <ol class="how">
        <li><strong>Connect data</strong> A table or pictures from your device, or a sample.</li>
        <li><strong>Invite others</strong> Send a link; its secret part never reaches a server.</li>
        <li><strong>Learn together</strong> After every round all hold the same, better model.</li>
        <li><strong>Take it away</strong> Try it here, or download it as a safetensors file.</li>
      </ol>
    </section>
  `;
}

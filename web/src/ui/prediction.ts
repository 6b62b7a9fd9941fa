import { html, nothing, type TemplateResult } from "lit";
import type { Prediction, Task } from "../index.ts";
import { decimal, percent } from "./format.ts";

const kMaxShown = 10;

/** What the model says: a bar per class, the likeliest marked; or the number. */
export function predictionView(task: Task, prediction: Prediction | undefined): TemplateResult {
  const classes = task.data.classes ?? [];
  if (classes.length === 0) {
    return html`<output class="answer">
      ${prediction?.value === undefined ? "–" : decimal(prediction.value)}
    </output>`;
  }
  const shares = [...(prediction?.probabilities ?? [])];
  const best = shares.indexOf(Math.max(...shares));
  const shown = classes
    .map((name, i) => ({ name: task.class_names?.[i] ?? name, share: shares[i], best: i === best }))
    .sort((a, b) => (classes.length > kMaxShown ? (b.share ?? 0) - (a.share ?? 0) : 0))
    .slice(0, kMaxShown);
  return html`
    <p class="answer" role="status">
      ${
        prediction === undefined
          ? html`<span class="muted">No answer yet</span>`
          : html`${task.class_names?.[best] ?? classes[best]}
              <small>${percent(shares[best] ?? 0)} sure</small>`
      }
    </p>
    <ul class="bars" aria-label="Probability of each class">
      ${shown.map(
        (bar) =>
          html`<li class=${bar.best ? "best" : ""}>
            <span>${bar.name}</span>
            <svg
              class="bar-track"
              viewBox="0 0 100 10"
              preserveAspectRatio="none"
              aria-hidden="true"
            >
              <rect width=${100 * (bar.share ?? 0)} height="10" />
            </svg>
            <span class="share">${bar.share === undefined ? nothing : percent(bar.share)}</span>
          </li>`,
      )}
    </ul>
  `;
}

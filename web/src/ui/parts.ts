import { html, nothing, type TemplateResult } from "lit";

/** What went wrong, beside its cause; read out at once. */
export function problem(text: string | undefined): TemplateResult {
  return html`<div class="problem-place" role="alert">
    ${text === undefined ? nothing : html`<p class="problem">${text}</p>`}
  </div>`;
}

export function tile(name: string, value: unknown, note: unknown = nothing): TemplateResult {
  return html`<div class="tile">
    <dt>${name}</dt>
    <dd>${value}<small>${note}</small></dd>
  </div>`;
}

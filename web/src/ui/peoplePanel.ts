import { html, nothing, type TemplateResult } from "lit";
import { personHue, personName } from "./format.ts";
import type { Person } from "./session.ts";
import type { LinkStatistics } from "../index.ts";
import type { StudioState } from "./state.ts";
import { linkWords, personWords } from "./words.ts";

/** Who is in the room and what happened. */
export function peoplePanel(state: StudioState): TemplateResult | typeof nothing {
  if (state.alone) return nothing;
  const { lines, links } = state.session;
  const linkOf = (peer: string | undefined) => links.find((link) => link.peer === peer);
  const people = state.session.people.filter((person) => person.peer !== state.me);
  return html`
    <section class="card people-card" aria-labelledby="people-title">
      <h2 id="people-title">In the room</h2>
      <ul class="people">
        ${state.me === undefined ? nothing : row(state.me, "here", "you", linkOf(undefined))}
        ${people.map((person) => row(person.peer, person.state, personWords(person), linkOf(person.peer)))}
      </ul>
      ${
        people.length === 0
          ? html`<p class="muted">The others appear here once training has started.</p>`
          : nothing
      }
      ${
        lines.length === 0
          ? nothing
          : html`<details class="happened">
              <summary>What happened</summary>
              <ol>
                ${[...lines].reverse().map(
                  (line) =>
                    html`<li class="tone-${line.tone}">
                      <time>${new Date(line.atMs).toLocaleTimeString()}</time>
                      <span>${line.text}</span>
                    </li>`,
                )}
              </ol>
            </details>`
      }
    </section>
  `;
}

/** `link`: the way there; in a star the only one, to the server, is one's own. */
function row(
  peer: string,
  state: Person["state"],
  note: string,
  link: LinkStatistics | undefined,
): TemplateResult {
  const far = state === "here" ? linkWords(link) : "";
  return html`<li class="person ${state}" title=${peer}>
    <svg class="dot" viewBox="0 0 20 20" aria-hidden="true">
      <circle cx="10" cy="10" r="10" fill="hsl(${personHue(peer)} 60% 45%)" />
    </svg>
    <span class="name">${personName(peer)}</span>
    <span class="note">${note}</span>
    ${far === "" ? nothing : html`<span class="note link-facts">${far}</span>`}
  </li>`;
}

import { html, nothing, type TemplateResult } from "lit";
import { PageElement } from "./element.ts";
import { isRunning } from "./session.ts";
import type { StudioState } from "./state.ts";
import type { Studio } from "./studio.ts";
import { kWays, readAddresses, type WayKind } from "./ways.ts";
import type { Task } from "../task.ts";

/** Of rooms without a common model. */
function schemeWords(exchange: Task["exchange"] | undefined): string {
  const { scheme = "mean", codec } = exchange ?? {};
  if (scheme === "mean") return "";
  const packed = codec === undefined || codec === "f32" ? "" : `, packed by ${codec}`;
  return `In this room neighbours agree directly (${scheme}${packed}): everybody keeps a model of their own, close to the others'.`;
}

const kModes = [
  [
    "auto",
    "Automatic",
    "Directly; else relayed by the server, which cannot read it; else the server averages.",
  ],
  [
    "decentralized",
    "With each other",
    "Directly or relayed; the server never sees what was learnt.",
  ],
  ["federated", "Through the server", "The server receives what was learnt and averages it."],
] as const;

/** <deai-together>: alone or together, the invite link, and how the bytes travel. */
export class DeaiTogether extends PageElement {
  static override properties = {
    state: { attribute: false },
    studio: { attribute: false },
  };
  declare state: StudioState;
  declare studio: Studio;
  /** The way that was asked for, whose address may lack still. */
  #asked: WayKind | undefined;

  override render(): TemplateResult {
    const { state } = this;
    const own = typeof state.source === "object";
    const locked = own || isRunning(state.session);
    const choice = (alone: boolean, title: string, text: string) => html`
      <label class="choice">
        <input
          type="radio"
          name="company"
          .checked=${state.alone === alone}
          ?disabled=${locked}
          @change=${() => this.studio.choose({ alone })}
        />
        <span><strong>${title}</strong><small>${text}</small></span>
      </label>
    `;
    return html`
      <section class="card" aria-labelledby="together-title">
        <h2 id="together-title"><span class="step" aria-hidden="true">2</span>Together or alone</h2>
        <fieldset class="choices">
          <legend class="hidden">With whom to train</legend>
          ${choice(false, "Together", "with everybody who opens your link")}
          ${choice(true, "Alone", "in this page only, nothing is sent")}
        </fieldset>
        ${own ? html`<p class="muted">For others to join, a server must have the task: put its task.json there.</p>` : nothing}
        ${
          state.alone
            ? nothing
            : html`${this.#invite()}
                ${
                  state.place.via?.kind === "byHand"
                    ? html`<deai-hand .state=${state} .studio=${this.studio}></deai-hand>`
                    : nothing
                }
                ${this.#advanced(locked)}`
        }
      </section>
    `;
  }

  #invite(): TemplateResult {
    const link = this.studio.inviteLink;
    return html`
      ${
        this.state.invited
          ? html`<p class="invited">
              You are invited to the room <b>${this.state.place.room}</b>.
            </p>`
          : nothing
      }
      <deai-share
        .field=${"invite"}
        .label=${"Invite link"}
        .text=${link}
        .copyLabel=${"Copy link"}
        .code=${link}
        .codeLabel=${"The invite link as a QR code"}
        .more=${html`
          ${
            "share" in navigator
              ? html`<button type="button" class="second" @click=${this.#share}>Share</button>`
              : nothing
          }
          <a class="button second" href=${link} target="_blank" rel="noopener">Open a second tab</a>
        `}
      ></deai-share>
      <p class="muted">
        ${
          this.state.place.secret === undefined
            ? "The link has no secret: connections are encrypted, but the server is trusted to connect you rightly."
            : "What stands behind the # is the room's secret. No server receives it: send the link only to those you want."
        }
      </p>
    `;
  }

  #advanced(locked: boolean): TemplateResult {
    const { mode, minParticipants, place } = this.state;
    return html`
      <details>
        <summary>Advanced</summary>
        ${this.#finding(locked)}
        <label>
          <span class="label">How to exchange</span>
          <select
            id="mode"
            ?disabled=${locked || (place.via !== undefined && place.via.kind !== "server")}
            @change=${(event: Event) =>
              this.studio.choose({
                mode: (event.target as HTMLSelectElement).value as StudioState["mode"],
              })}
          >
            ${kModes.map(
              ([value, text]) =>
                html`<option value=${value} ?selected=${value === mode}>${text}</option>`,
            )}
          </select>
        </label>
        <p class="muted">
          ${kModes.find(([value]) => value === mode)?.[2]} ${schemeWords(this.state.task?.exchange)}
        </p>
        <div class="row">
          <label class="grow">
            <span class="label">Room</span>
            <input
              type="text"
              maxlength="64"
              .value=${place.room ?? ""}
              ?disabled=${locked}
              @change=${this.#renamed}
            />
          </label>
          <label>
            <span class="label">A round needs at least</span>
            <input
              type="number"
              min="2"
              max="1000"
              .value=${String(minParticipants)}
              ?disabled=${locked}
              @change=${this.#quorum}
            />
          </label>
        </div>
        <p class="muted">Whoever opened the old link stays in the old room.</p>
      </details>
    `;
  }

  #finding(locked: boolean): TemplateResult {
    const { via } = this.state.place;
    const kind = this.#asked ?? via?.kind ?? "server";
    const asksAddress = kind === "server" || kind === "peerjs";
    return html`
      <label>
        <span class="label">How you find each other</span>
        <select id="via" ?disabled=${locked} @change=${this.#chooseWay}>
          ${kWays.map(
            ([value, text]) =>
              html`<option value=${value} ?selected=${value === kind}>${text}</option>`,
          )}
        </select>
      </label>
      <p class="muted">${kWays.find(([value]) => value === kind)?.[2]}</p>
      ${
        asksAddress
          ? html`<label>
              <span class="label"
                >${kind === "peerjs" ? "Its address" : "More servers of this kind, should this one fail"}</span
              >
              <input
                id="via-urls"
                type="text"
                inputmode="url"
                placeholder=${kind === "peerjs" ? "https://…" : "none"}
                .value=${kind === via?.kind ? via.urls.join(" ") : ""}
                ?disabled=${locked}
                @change=${this.#addressed}
              />
            </label>`
          : nothing
      }
    `;
  }

  readonly #chooseWay = (event: Event) => {
    const kind = (event.target as HTMLSelectElement).value as WayKind;
    this.#asked = kind;
    // A PeerJS server is chosen once its address is known.
    if (kind === "peerjs") this.requestUpdate();
    else this.studio.setPlace({ via: kind === "server" ? undefined : { kind, urls: [] } });
  };

  readonly #addressed = (event: Event) => {
    const kind = this.#asked ?? this.state.place.via?.kind ?? "server";
    const urls = readAddresses((event.target as HTMLInputElement).value);
    this.studio.setPlace({ via: urls.length === 0 ? undefined : { kind, urls } });
  };

  readonly #share = async () => {
    const title = `Train '${this.studio.task.title ?? this.studio.task.id}' with me`;
    // Rejects when the visitor closes the sheet, which is no fault.
    await navigator.share({ title, url: this.studio.inviteLink }).catch(() => undefined);
  };

  readonly #renamed = (event: Event) => {
    const input = event.target as HTMLInputElement;
    const room = input.value.trim();
    if (room !== "") this.studio.setPlace({ room });
    else input.value = this.state.place.room ?? "";
  };

  readonly #quorum = (event: Event) => {
    const input = event.target as HTMLInputElement;
    const count = Math.min(1000, Math.max(2, Math.round(input.valueAsNumber) || 2));
    input.value = String(count);
    this.studio.choose({ minParticipants: count });
  };
}

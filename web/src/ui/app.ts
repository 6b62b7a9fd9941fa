import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { followAddress, showAddress } from "./address.ts";
import { ScreenLock } from "./awake.ts";
import { loadRules, Watch } from "./pausing.ts";
import { PageElement } from "./element.ts";
import { home } from "./home.ts";
import { isRunning } from "./session.ts";
import type { Studio } from "./studio.ts";
import { taskView } from "./taskView.ts";

const kLeave = "Leave this task? What was learnt is lost unless you have downloaded the model.";
const kTitle = "DeAI – train one model together";

/** <deai-page>: the list of tasks, or one task; draws the studio's state and hands actions to it. */
export class DeaiPage extends PageElement {
  static override properties = { studio: { attribute: false } };
  declare studio: Studio;

  #ticking: ReturnType<typeof setInterval> | undefined;
  readonly #screen = new ScreenLock();
  readonly #changed = () => {
    this.requestUpdate();
    this.#tick();
    this.#screen.set(isRunning(this.studio.state.session));
  };

  override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("studio");
    if (before === this.studio) return;
    if (changed.has("studio")) {
      before?.removeEventListener("change", this.#changed);
      this.studio.addEventListener("change", this.#changed);
    }
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("beforeunload", this.#beforeUnload);
    addEventListener("popstate", this.#popped);
    addEventListener("pagehide", this.#hides);
    this.studio.setRules(loadRules(), false);
    new Watch((now) => this.studio.see(now));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.studio.removeEventListener("change", this.#changed);
    removeEventListener("beforeunload", this.#beforeUnload);
    removeEventListener("popstate", this.#popped);
    removeEventListener("pagehide", this.#hides);
    clearInterval(this.#ticking);
    this.#screen.set(false);
  }

  override updated(): void {
    showAddress(this.studio);
    const { task, session } = this.studio.state;
    const round = isRunning(session) ? `Round ${session.round} – ` : "";
    document.title = task === undefined ? kTitle : `${round}${task.title ?? task.id} – DeAI`;
  }

  override render(): TemplateResult {
    const { state } = this.studio;
    return html`
      <a class="skip" href="#main">Skip to the content</a>
      <header class="bar">
        <a class="brand" href="/" @click=${this.#toTasks}>
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <path d="M9 10 23 10 16 23Z" fill="none" stroke="currentColor" stroke-width="2" />
            <circle cx="9" cy="10" r="4.5" />
            <circle cx="23" cy="10" r="4.5" />
            <circle cx="16" cy="23" r="4.5" />
          </svg>
          DeAI
        </a>
        ${
          state.task === undefined
            ? nothing
            : html`<a class="back" href="/" @click=${this.#toTasks}>All tasks</a>`
        }
      </header>
      <main id="main" tabindex="-1">
        ${state.task === undefined ? home(state, this.studio) : taskView(state, this.studio)}
      </main>
      <footer>
        Your data stay in this page. No account, no cookies, no tracking. Free software
        (Apache-2.0).
      </footer>
    `;
  }

  readonly #toTasks = (event: Event) => {
    event.preventDefault();
    if (this.studio.state.task !== undefined && this.#mayLeave()) void this.studio.closeTask();
  };

  #mayLeave(): boolean {
    const { task, session } = this.studio.state;
    return task === undefined || session.steps === 0 || confirm(kLeave);
  }

  readonly #beforeUnload = (event: BeforeUnloadEvent) => {
    if (isRunning(this.studio.state.session)) event.preventDefault();
  };

  readonly #hides = () => void this.studio.keep(true);

  readonly #popped = () => followAddress(this.studio, () => this.#mayLeave());

  /** While a round runs its time is shown; when it stands still there is nothing to redraw. */
  #tick(): void {
    const wanted = isRunning(this.studio.state.session);
    if (wanted === (this.#ticking !== undefined)) return;
    clearInterval(this.#ticking);
    this.#ticking = wanted ? setInterval(() => this.requestUpdate(), 1000) : undefined;
  }
}

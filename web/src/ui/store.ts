import type { Spot, StudioState } from "./state.ts";

/** The state of the page, which tells of each change, and the actions that change it. */
export class Store extends EventTarget {
  #state: StudioState;

  constructor(state: StudioState) {
    super();
    this.#state = state;
  }

  get state(): StudioState {
    return this.#state;
  }

  /** For the studio and its parts; panels ask those. */
  set(change: Partial<StudioState>): void {
    this.#state = { ...this.#state, ...change };
    this.dispatchEvent(new Event("change"));
  }

  /** Runs an action of a spot: busy meanwhile; a failure is shown there and nothing is lost. */
  async guard(spot: Spot, action: () => Promise<void>): Promise<void> {
    const busy = (on: boolean) => {
      const set = new Set(this.#state.busy);
      if (on) set.add(spot);
      else set.delete(spot);
      return set;
    };
    this.set({ busy: busy(true), problems: { ...this.#state.problems, [spot]: undefined } });
    try {
      await action();
    } catch (error) {
      if (!isAbort(error)) this.problem(spot, textOf(error));
    } finally {
      this.set({ busy: busy(false) });
    }
  }

  problem(spot: Spot, text: string): void {
    this.set({ problems: { ...this.#state.problems, [spot]: text } });
  }
}

function textOf(error: unknown): string {
  // By its name: the library's class is another one than this bundle's.
  if (error instanceof Error && error.name === "DeaiError") return error.message;
  return `Something went wrong in the page itself: ${error instanceof Error ? error.message : String(error)}`;
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

/** Keeps a phone's screen on while training: a sleeping phone's page stands still. */
export class ScreenLock {
  #wanted = false;
  #lock: WakeLockSentinel | undefined;

  set(wanted: boolean): void {
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    if (wanted) {
      document.addEventListener("visibilitychange", this.#ask);
      void this.#ask();
    } else {
      document.removeEventListener("visibilitychange", this.#ask);
      void this.#lock?.release();
      this.#lock = undefined;
    }
  }

  /** The browser takes the lock back from a hidden page, so it is asked for again. */
  readonly #ask = async () => {
    if (document.visibilityState !== "visible" || !("wakeLock" in navigator)) return;
    // Refused on a low battery, for example: then the screen sleeps as always.
    const lock = await navigator.wakeLock.request("screen").catch(() => undefined);
    if (this.#wanted) this.#lock = lock;
    else void lock?.release();
  };
}

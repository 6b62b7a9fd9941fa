// When training rests by itself, as the visitor chose: in the background, on battery, on a metered line.

export interface PauseRules {
  hidden: boolean;
  battery: boolean;
  metered: boolean;
}

export const noRules: PauseRules = { hidden: false, battery: false, metered: false };

/** What the page sees of the device; undefined where the browser does not tell. */
export interface Surroundings {
  hidden: boolean;
  battery: boolean | undefined;
  metered: boolean | undefined;
}

/** Why it rests, in plain words; undefined: it does not. */
export function restReason(rules: PauseRules, now: Surroundings): string | undefined {
  if (rules.hidden && now.hidden) return "Resting while this page is in the background.";
  if (rules.battery && now.battery) return "Resting until the device is charged again.";
  if (rules.metered && now.metered) return "Resting on this metered connection.";
  return undefined;
}

interface Battery extends EventTarget {
  charging: boolean;
}
interface Connection extends EventTarget {
  saveData?: boolean;
  type?: string;
}

/** Tells the surroundings now, and whenever they change. */
export class Watch {
  #battery: Battery | undefined;
  readonly #connection: Connection | undefined;
  readonly #tell: (now: Surroundings) => void;

  constructor(tell: (now: Surroundings) => void) {
    this.#tell = tell;
    const device = navigator as Navigator & {
      getBattery?: () => Promise<Battery>;
      connection?: Connection;
    };
    this.#connection = device.connection;
    const changed = () => this.#tell(this.now);
    document.addEventListener("visibilitychange", changed);
    this.#connection?.addEventListener("change", changed);
    void device.getBattery?.().then(
      (battery) => {
        this.#battery = battery;
        battery.addEventListener("chargingchange", changed);
        changed();
      },
      () => undefined,
    );
    changed();
  }

  get now(): Surroundings {
    const { saveData, type } = this.#connection ?? {};
    const tells = saveData !== undefined || type !== undefined;
    return {
      hidden: document.visibilityState === "hidden",
      battery: this.#battery && !this.#battery.charging,
      metered: tells ? saveData === true || type === "cellular" : undefined,
    };
  }
}

const kStored = "deai pause rules";

export function loadRules(): PauseRules {
  try {
    return { ...noRules, ...(JSON.parse(localStorage.getItem(kStored) ?? "{}") as Partial<PauseRules>) };
  } catch {
    return noRules; // no storage in this window
  }
}

export function storeRules(rules: PauseRules): void {
  try {
    localStorage.setItem(kStored, JSON.stringify(rules));
  } catch {
    // Then they hold until the page is closed.
  }
}

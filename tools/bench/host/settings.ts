// Which contenders run a case: every engine in every variant, on one core and on all, isolated and not.
import type { Case } from "../shared/cases.ts";
import type { Engine, Setting } from "../shared/messages.ts";

export interface Wish {
  engines: readonly Engine[];
  variants: readonly string[];
}

/** Dozens of cases: ours alone in its fast variants, unless others are named. */
export function wishForGrowth({ engines, variants }: Wish): Wish {
  if (engines.length > 0 || variants.length > 0) return { engines, variants };
  return { engines: ["deai"], variants: ["relaxed", "threads"] };
}

/** Isolated pages have the finer clock; workers that share a batch have no profile. */
export function profileSettings({ variants }: Pick<Wish, "variants">, cores: number): Setting[] {
  const wanted = variants.length > 0 ? variants : ["relaxed", "threads"];
  return wanted.map((variant) => ({
    ...{ engine: "deai", variant, workers: 1, isolated: true },
    threads: variant === "threads" ? cores : 1,
  }));
}

interface Row extends Setting {
  /** Only where its variant is asked for. */
  onRequest?: true;
}

const setting = (engine: Engine, variant: string, more: Partial<Row> = {}): Row => ({
  engine,
  variant,
  threads: 1,
  workers: 1,
  isolated: false,
  ...more,
});

/** Threads need shared memory, hence isolation; workers with instances of their own do not. */
function rows(cores: number): Row[] {
  const all = { threads: cores, isolated: true };
  const several = cores > 1;
  return [
    setting("deai", "simd"),
    setting("deai", "relaxed"),
    setting("deai", "threads", { isolated: true }),
    ...(several
      ? [
          setting("deai", "simd", { workers: cores }),
          setting("deai", "relaxed", { workers: cores }),
          setting("deai", "threads", all),
        ]
      : []),
    setting("tfjs", "wasm"),
    ...(several ? [setting("tfjs", "wasm", all)] : []),
    setting("tfjs", "cpu"),
    setting("tfjs", "webgl", { onRequest: true }),
    setting("jax", "wasm"),
    ...(several ? [setting("jax", "wasm", all)] : []),
    setting("torch", "native"),
    ...(several ? [setting("torch", "native", { threads: cores })] : []),
  ];
}

export function settingsFor(one: Case, { engines, variants }: Wish, cores: number): Setting[] {
  return rows(cores)
    .filter(({ engine }) => engines.length === 0 || engines.includes(engine))
    .filter(({ variant, onRequest }) =>
      variants.length === 0 ? !onRequest : variants.includes(variant),
    )
    .filter(({ engine }) => runs(one, engine))
    .map(({ onRequest, ...rest }) => rest);
}

function runs(one: Case, engine: Engine): boolean {
  if (one.kind === "product") return engine !== "deai"; // the kernels program
  return one.engines?.includes(engine) ?? true;
}

import { DeaiError } from "../errors.ts";

/**
 * The builds of the core. The second needs relaxed SIMD, which Safari does not have; the third also
 * shared memory, which pages have only where they are cross-origin isolated.
 */
export type Variant = "simd" | "relaxed" | "threads";

/** A variant, and on how many threads it computes. */
export interface Build {
  variant: Variant;
  threads: number;
}

/** What is asked for: the build, and how many share each batch (then on one thread each). */
export interface Wish extends Partial<Build> {
  workers?: number;
  /** The larger module, for tasks whose exchange is not the plain mean: neighbours agree, or codecs. */
  gossip?: boolean;
}

/** core/kernels/parallel.h. */
const mostThreads = 16;
/** More are rarely worth their memory, and the machine is not ours alone. */
const usualThreads = 4;

// The shortest modules that use the instruction in question: magic, version, the type () → v128,
// one function of it, its code. Every vector is i32.const 0 (41 00), i8x16.splat (fd 0f).
const head = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 0x01, 5, 1, 0x60, 0, 1, 0x7b, 0x03, 2, 1, 0];
const zeros = [0x41, 0, 0xfd, 0x0f];
/** … returns a vector: needs 128-bit SIMD. */
const simdModule = Uint8Array.from([...head, 0x0a, 8, 1, 6, 0, ...zeros, 0x0b]);
/** … returns f32x4.relaxed_madd (fd 85 02) of three vectors: needs relaxed SIMD. */
const relaxedModule = Uint8Array.from([
  ...head,
  ...[0x0a, 19, 1, 17, 0, ...zeros, ...zeros, ...zeros, 0xfd, 0x85, 0x02, 0x0b],
]);

export function supports(variant: Variant): boolean {
  if (typeof WebAssembly !== "object") return false;
  if (variant === "simd") return WebAssembly.validate(simdModule);
  return WebAssembly.validate(relaxedModule) && (variant === "relaxed" || sharesMemory());
}

/** As much as deai-threads.mjs reserves (wasm/CMakeLists.txt), which small devices refuse. */
function sharesMemory(): boolean {
  const { SharedArrayBuffer, crossOriginIsolated } = globalThis as {
    SharedArrayBuffer?: unknown;
    crossOriginIsolated?: boolean;
  };
  if (SharedArrayBuffer === undefined || crossOriginIsolated === false) return false;
  try {
    new WebAssembly.Memory({ initial: 1, maximum: 32768, shared: true });
    return true;
  } catch {
    return false;
  }
}

/** On how many cores to compute where nobody says it. */
export function usualCores(cores: number): number {
  return Math.min(Math.max(cores, 1), usualThreads);
}

/**
 * The fastest variant that runs here, or the wished one if it does. `threads` is how many to use at
 * most: where there can be none beside the caller's, it is one.
 */
export function chooseBuild(
  wish: Wish = {},
  cores: number = navigator.hardwareConcurrency,
): Build {
  const threads = wish.workers === undefined ? (wish.threads ?? usualCores(cores)) : 1;
  if (!Number.isInteger(threads) || threads < 1 || threads > mostThreads) {
    throw new DeaiError("argument", `threads is ${threads}, expected 1 to ${mostThreads}`);
  }
  const variant = wish.variant ?? fastest(threads);
  if (!supports(variant)) throw new DeaiError(`no-${variant}`, refusals[variant]);
  return { variant, threads: variant === "threads" ? threads : 1 };
}

const refusals: Record<Variant, string> = {
  simd: 'This browser cannot run the "simd" engine.',
  relaxed: 'This browser cannot run the "relaxed" engine.',
  threads:
    'This page cannot run the "threads" engine, which needs relaxed SIMD and a cross-origin isolated page.',
};

function fastest(threads: number): Variant {
  if (threads > 1 && supports("threads")) return "threads";
  if (supports("relaxed")) return "relaxed";
  if (supports("simd")) return "simd";
  throw new DeaiError(
    "no-simd",
    "This browser lacks WebAssembly SIMD, which training needs. Chrome 91, Firefox 89, Safari 16.4 and later have it.",
  );
}

// What is asked of a contender, in a page or in a process of its own, and what it answers.
import type { Case } from "./cases.ts";

export type Engine = "deai" | "tfjs" | "jax" | "torch" | "kernels";

/** Who runs, and on how many cores. */
export interface Setting {
  engine: Engine;
  /** deai: simd, relaxed, threads; tfjs: wasm, cpu, webgl; jax: wasm; torch: native; kernels: native, simd, relaxed. */
  variant: string;
  threads: number;
  /** Instances that share a batch, each with `threads`. */
  workers: number;
  /** Whether the page is cross-origin isolated, hence may have shared memory. */
  isolated: boolean;
}

export type Request =
  | { kind: "prepare"; setting: Setting; case: Case }
  | { kind: "measure"; steps: number }
  | { kind: "memory" }
  /** Where the time of so many steps on one batch goes. */
  | { kind: "profile"; steps: number }
  /** Instead of all this: the program bench_kernels with these arguments. */
  | { kind: "kernels"; variant: string; words: string[] };

export interface Memory {
  parameterBytes: number;
  peakBytes: number;
  heldBytes: number;
  allocations: number;
}

/** Of a layer, the loss, the optimizer, or of what is none of these; of all steps together. */
export interface ProfileRow {
  name: string;
  /** Of the forward pass. */
  calls: number;
  forwardMs: number;
  backwardMs: number;
}

export type Answer =
  | { kind: "prepared"; note?: string }
  | { kind: "measured"; ms: number; loss: number }
  | { kind: "memory"; memory: Memory | undefined }
  | { kind: "profiled"; rows: ProfileRow[] }
  | { kind: "printed"; text: string }
  /** The engine cannot do this at all, in its own words. */
  | { kind: "failed"; text: string };

import type { PartReport, Share } from "../model.ts";
import type { Variant } from "../probe.ts";

// What an engine and its helpers say to each other. A helper does one message after the other; it
// answers `start` and `share`, and whatever goes wrong ends it with `failed`.

export type ToHelper =
  /** First of all: the compiled module and the URL of its glue. */
  | { kind: "start"; variant: Variant; glue: string; module: WebAssembly.Module; lock: string }
  | { kind: "load"; model: number; task: string; seed: number }
  /** All weights, where others than the trained ones changed. */
  | { kind: "weights"; model: number; weights: Float32Array }
  /** With the trained weights of now; their memory comes back with the gradient. */
  | { kind: "share"; model: number; id: number; share: Share; trained: Float32Array<ArrayBuffer> }
  | { kind: "unload"; model: number };

export type FromHelper =
  | { kind: "ready" }
  | ({ kind: "shared"; id: number; gradient: Float32Array<ArrayBuffer> } & PartReport)
  | { kind: "failed"; code: string; text: string };

/** A helper's end of the conversation. */
export interface HelperPort {
  post(message: FromHelper, moved: ArrayBuffer[]): void;
  listen(receive: (message: ToHelper) => void): void;
}

/** The engine's end. `ended`: the helper is gone, and why as far as that is known. */
export interface HelperLink {
  post(message: ToHelper, moved: ArrayBuffer[]): void;
  listen(receive: (message: FromHelper) => void, ended: (cause: string) => void): void;
  close(): void;
}

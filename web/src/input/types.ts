/** Samples as the engine takes them: decoded, not yet normalised (core/data does that). */
export type DecodedSamples =
  /** Cells as core/session/learner.h describes; the header row included. */
  | { kind: "table"; source: string; cells: Uint8Array }
  /** count × H × W × C bytes at the task's size; labels empty for prediction. */
  | { kind: "images"; source: string; pixels: Uint8Array; labels: Uint32Array }
  /** count × input size numbers as the model takes them. */
  | { kind: "dense"; source: string; inputs: Float32Array; labels: Float32Array }
  /** UTF-8, where characters are the tokens. */
  | { kind: "text"; source: string; text: Uint8Array }
  | { kind: "tokens"; source: string; tokens: Uint32Array };

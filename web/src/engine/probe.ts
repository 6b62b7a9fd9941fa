import { DeaiError } from "../errors.ts";

/** The builds of the core; the second needs relaxed SIMD, which Safari does not have. */
export type Variant = "simd" | "relaxed";

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
  return WebAssembly.validate(variant === "relaxed" ? relaxedModule : simdModule);
}

/** The fastest variant that runs here, or the wished one if it does. */
export function chooseVariant(wish?: Variant): Variant {
  if (wish !== undefined) {
    if (supports(wish)) return wish;
    throw new DeaiError(`no-${wish}`, `This browser cannot run the "${wish}" engine.`);
  }
  if (supports("relaxed")) return "relaxed";
  if (supports("simd")) return "simd";
  throw new DeaiError(
    "no-simd",
    "This browser lacks WebAssembly SIMD, which training needs. Chrome 91, Firefox 89, Safari 16.4 and later have it.",
  );
}

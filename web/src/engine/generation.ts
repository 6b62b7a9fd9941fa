import { DeaiError } from "../errors.ts";
import { copied, staged, valueOf } from "./boundary.ts";
import type { WasmModule, WasmWriter } from "./wasm.ts";

export interface GenerationOptions {
  /** The tokens' odds are taken to the power of 1 / temperature; 0: always the likeliest. 0.8 by default. */
  temperature?: number;
  /** Draws from so many of the likeliest only; from all by default. */
  topK?: number;
  /** How many tokens; 200 by default. */
  tokens?: number;
  /** Equal seeds write equal texts; random by default. */
  seed?: number;
}

const mostTokens = 1_000_000;

/** With the defaults filled in. Throws where something is no number of the right sort. */
export function generationTerms(options: GenerationOptions): Required<GenerationOptions> {
  const terms = {
    temperature: options.temperature ?? 0.8,
    topK: options.topK ?? 0,
    tokens: options.tokens ?? 200,
    seed: options.seed ?? Math.floor(Math.random() * 2 ** 32),
  };
  if (!Number.isFinite(terms.temperature)) refuse("temperature", terms.temperature, "a number");
  checkWhole("topK", terms.topK, 2 ** 31);
  checkWhole("tokens", terms.tokens, mostTokens);
  checkWhole("seed", terms.seed, Number.MAX_SAFE_INTEGER);
  return terms;
}

/** A prompt of characters becomes tokens in the core, as the texts do that are learnt from. */
export function beginGeneration(
  module: WasmModule,
  writer: WasmWriter,
  prompt: string | Uint32Array,
  { temperature, topK, seed }: Required<GenerationOptions>,
): void {
  const tokens = typeof prompt === "string" ? tokensOf(module, writer, prompt) : prompt;
  staged(module, tokens);
  valueOf(writer.beginGeneration(tokens.length, temperature, topK, seed));
}

export function tokensOf(module: WasmModule, writer: WasmWriter, text: string): Uint32Array<ArrayBuffer> {
  const bytes = new TextEncoder().encode(text);
  staged(module, bytes);
  return new Uint32Array(copied(module, valueOf(writer.tokensOf(bytes.length))).buffer);
}

function checkWhole(name: string, value: number, most: number): void {
  const fits = Number.isSafeInteger(value) && value >= 0 && value <= most;
  if (!fits) refuse(name, value, `a whole number from 0 to ${most}`);
}

function refuse(name: string, value: number, expected: string): never {
  throw new DeaiError("argument", `${name} is ${value}, expected ${expected}`);
}

import type { Task } from "../task.ts";
import { breathe, dataError, isGzip, unpackGzip } from "./bytes.ts";
import type { DecodedSamples } from "./types.ts";

export type TextTask = Task & { data: Extract<Task["data"], { kind: "text" }> };

export function isTextTask(task: Task): task is TextTask {
  return task.data.kind === "text";
}

const kMostBytes = 1 << 30; // of a text that was packed
const kWordsAtOnce = 20_000;

/** A text as UTF-8, packed by gzip or not → samples. Characters become tokens in the engine. */
export async function decodeText(
  task: TextTask,
  source: string,
  bytes: Uint8Array,
  signal?: AbortSignal,
): Promise<DecodedSamples> {
  const text = isGzip(bytes) ? await unpackGzip(source, bytes, () => kMostBytes, signal) : bytes;
  if (task.data.tokens === "characters") return { kind: "text", source, text };
  let words: string;
  try {
    words = new TextDecoder("utf-8", { fatal: true }).decode(text);
  } catch (cause) {
    throw dataError(source, "is no UTF-8 text", { cause });
  }
  return { kind: "tokens", source, tokens: await gpt2Tokens(words, signal) };
}

/** How a prompt goes to the engine: characters become tokens there. */
export async function encodePrompt(task: Task, text: string): Promise<string | Uint32Array> {
  return isTextTask(task) && task.data.tokens === "gpt2" ? gpt2Tokens(text) : text;
}

/** Tokens → text, piece by piece; a piece is empty while a character lacks some of its bytes. */
export async function* decodeTokens(
  task: Task,
  tokens: AsyncIterable<number>,
): AsyncGenerator<string, void, undefined> {
  if (!isTextTask(task) || task.data.tokens === "gpt2") {
    yield* (await gpt2()).decodeAsyncGenerator(tokens);
    return;
  }
  const characters = [...task.data.alphabet];
  for await (const token of tokens) yield characters[token] ?? "";
}

/** Words that look like the tokens of control are words like all others. */
const asTheyStand = { disallowedSpecial: new Set<string>() };

async function gpt2Tokens(text: string, signal?: AbortSignal): Promise<Uint32Array> {
  const { encodeGenerator } = await gpt2();
  const tokens: number[] = [];
  let words = 0;
  for (const word of encodeGenerator(text, asTheyStand)) {
    for (const token of word) tokens.push(token);
    if (++words % kWordsAtOnce > 0) continue;
    signal?.throwIfAborted();
    await breathe();
  }
  return Uint32Array.from(tokens);
}

/** The tables are large: only who needs them loads them. */
function gpt2() {
  return import("gpt-tokenizer/encoding/r50k_base");
}

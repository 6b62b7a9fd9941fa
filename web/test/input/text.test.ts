import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { decodeFiles, decodeTokens, encodePrompt } from "../../src/input/index.ts";
import type { Task, TextData } from "../../src/task.ts";

function taskOf(data: TextData): Task {
  return { id: "words", data } as Task;
}
const characters = taskOf({ kind: "text", tokens: "characters", context: 4, alphabet: "\n abcé" });
const bytePairs = taskOf({ kind: "text", tokens: "gpt2", context: 4 });

async function gpt2(text: string): Promise<number[]> {
  const [part] = await decodeFiles(bytePairs, [{ name: "a.txt", data: text }]);
  assert.equal(part?.kind, "tokens");
  return [...(part as { tokens: Uint32Array }).tokens];
}

async function* listed(tokens: Iterable<number>): AsyncGenerator<number> {
  yield* tokens;
}

async function joined(pieces: AsyncIterable<string>): Promise<string> {
  let text = "";
  for await (const piece of pieces) text += piece;
  return text;
}

// As GPT-2's own tokenizer gives them.
const known: [string, number[]][] = [
  ["Hello, world!", [15496, 11, 995, 0]],
  ["The quick brown fox jumps over the lazy dog.", [464, 2068, 7586, 21831, 18045, 625, 262, 16931, 3290, 13]],
  ["<|endoftext|>", [27, 91, 437, 1659, 5239, 91, 29]],
];

for (const [text, tokens] of known) {
  test(`GPT-2's tokens of ${text}`, async () => {
    assert.deepEqual(await gpt2(text), tokens);
    assert.deepEqual([...((await encodePrompt(bytePairs, text)) as Uint32Array)], tokens);
    assert.equal(await joined(decodeTokens(bytePairs, listed(tokens))), text);
  });
}

test("a character of several tokens is written when it is whole", async () => {
  const text = "zwölf 😀 x";
  assert.equal(await joined(decodeTokens(bytePairs, listed(await gpt2(text)))), text);
});

test("characters go to the engine as they are, packed or not", async () => {
  const text = Buffer.from("abé\n");
  for (const data of [text, gzipSync(text)]) {
    const [part] = await decodeFiles(characters, [{ name: "a.txt", data }]);
    assert.equal(part?.kind, "text");
    assert.deepEqual(Buffer.from((part as { text: Uint8Array }).text), text);
  }
  assert.equal(await encodePrompt(characters, "ab"), "ab");
  assert.equal(await joined(decodeTokens(characters, listed([5, 0, 2]))), "é\na");
});

test("what is no text is refused", async () => {
  const data = Uint8Array.of(0xff, 0xfe, 0x41);
  await assert.rejects(decodeFiles(bytePairs, [{ name: "a.bin", data }]), /a\.bin: is no UTF-8 text/);
  await assert.rejects(
    decodeFiles(characters, [{ name: "a.txt", data: "ab", label: "x" }]),
    /a\.txt: a text has no labels/,
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeCsv } from "../../src/input/csv.ts";
import { cellsOf, gzip, refusal } from "./support.ts";

async function rowsOf(content: string | Uint8Array): Promise<string[][]> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const samples = await decodeCsv("fruit.csv", bytes);
  assert.equal(samples.kind, "table");
  assert.equal(samples.source, "fruit.csv");
  return samples.kind === "table" ? cellsOf(samples.cells) : [];
}

test("quoted cells hold delimiters, quotes and line breaks", async () => {
  assert.deepEqual(await rowsOf('a,b\n"1,5","say ""hi"""\n"two\nlines",x\n'), [
    ["a", "b"],
    ["1,5", 'say "hi"'],
    ["two\nlines", "x"],
  ]);
});

for (const [name, delimiter] of [
  ["semicolon", ";"],
  ["tab", "\t"],
  ["bar", "|"],
] as const) {
  test(`the delimiter may be a ${name}`, async () => {
    const text = ["a,b,c", "1,x,3", "4,y,6"].join("\r\n").replaceAll(",", delimiter);
    assert.deepEqual(await rowsOf(text), [
      ["a", "b", "c"],
      ["1", "x", "3"],
      ["4", "y", "6"],
    ]);
  });
}

test("decimal commas do not mislead where semicolons separate", async () => {
  assert.deepEqual(await rowsOf("a;b\n1,5;2,5\n3,5;4\n"), [
    ["a", "b"],
    ["1,5", "2,5"],
    ["3,5", "4"],
  ]);
});

test("one column alone is a table", async () => {
  assert.deepEqual(await rowsOf("a\n1\n2\n"), [["a"], ["1"], ["2"]]);
});

test("byte order marks, white space, blank ends and superfluous delimiters go", async () => {
  assert.deepEqual(await rowsOf("\ufeffa , b\n 1,é ,\n,2\n\n , \n"), [
    ["a", "b"],
    ["1", "é"],
    ["", "2"],
  ]);
});

test("UTF-16 with its mark, and gzip, are read", async () => {
  const text = "\ufeffa,b\n1,é\n";
  const utf16 = new Uint8Array(2 * text.length);
  const view = new DataView(utf16.buffer);
  [...text].forEach((character, i) => view.setUint16(2 * i, character.charCodeAt(0), true));
  assert.deepEqual(await rowsOf(utf16), [
    ["a", "b"],
    ["1", "é"],
  ]);
  assert.deepEqual(await rowsOf(gzip(new TextEncoder().encode("a\n1\n"))), [["a"], ["1"]]);
});

test("a table of several pieces is put together without loss", async () => {
  const count = 120_000;
  const lines = Array.from({ length: count }, (_, i) => `${i},"line\n${i}, ""quoted"""`);
  const rows = await rowsOf(`a,b\n${lines.join("\n")}\n`);
  assert.equal(rows.length, count + 1);
  assert.ok(
    rows.slice(1).every((row, i) => row[0] === `${i}` && row[1] === `line\n${i}, "quoted"`),
  );
});

for (const [what, content, text] of [
  ["a short row", "a,b\n1,2\n3\n", /^fruit\.csv: row 3 has 1 cells; expected 2/],
  ["a long row", "a,b\n1,2,3\n", /^fruit\.csv: row 2 has 3 cells; expected 2/],
  ["a blank row between others", "a,b\n1,2\n\n3,4\n", /^fruit\.csv: row 3 is empty/],
  ["an open quote", 'a,b\n1,2\n"3,4\n', /^fruit\.csv: row 3: a quoted cell is not closed/],
  ["nothing", "", /^fruit\.csv: is empty/],
  ["a header alone", "a,b\n", /^fruit\.csv: has a header row only/],
  ["an empty header", ",\n1,2\n", /^fruit\.csv: row 1 is empty/],
] as const) {
  test(`${what} is refused with its place`, async () => {
    await assert.rejects(rowsOf(content), refusal(text));
  });
}

test("what is no text is refused with advice", async () => {
  await assert.rejects(rowsOf(Uint8Array.of(0x50, 0x4b, 3, 4)), refusal(/spreadsheet/));
  await assert.rejects(rowsOf(Uint8Array.of(0x61, 0xe9, 0x2c, 0x62)), refusal(/not UTF-8/));
  await assert.rejects(rowsOf(Uint8Array.of(0x61, 0, 0, 0x62)), refusal(/not a text file/));
  await assert.rejects(
    rowsOf(gzip(new Uint8Array(90)).subarray(0, 12)),
    refusal(/damaged or cut off/),
  );
});

test("an aborted signal ends the work", async () => {
  const bytes = new TextEncoder().encode("a\n1\n");
  await assert.rejects(decodeCsv("a.csv", bytes, AbortSignal.abort()), { name: "AbortError" });
});

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { encodeQR } from "qr";
import { PartCollector, splitText } from "../../src/ui/codeParts.ts";
import { openCodeReader, type Sight } from "../../src/ui/codeReader.ts";
import { isHandText } from "../../src/ui/invite.ts";
import type { Picture } from "../../src/ui/state.ts";

const nothing: Sight = { texts: [], unreadable: false };
const globals = globalThis as { BarcodeDetector?: unknown };

afterEach(() => {
  delete globals.BarcodeDetector;
});

/** The same letters every time, like those of an invitation. */
function longText(length: number): string {
  const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  return Array.from({ length }, (_, i) => letters[(i * i * 7 + i * 13) % 64]).join("");
}

/** A code on grey ground, `scale` pixels a square, of which the top rows are covered to `damage`. */
function picture(text: string, scale = 4, damage = 0): Picture {
  const side = 480;
  const rows = encodeQR(text, "raw", { ecc: "low", border: 4 });
  const data = new Uint8ClampedArray(side * side * 4).fill(255);
  const start = Math.floor((side - rows.length * scale) / 2);
  for (let y = 0; y < side; ++y) {
    for (let x = 0; x < side; ++x) {
      const [row, column] = [Math.floor((y - start) / scale), Math.floor((x - start) / scale)];
      const dark = rows[row]?.[column];
      const covered = row > 12 && row < 12 + damage * rows.length;
      data.fill(dark === undefined || covered ? 150 : dark ? 40 : 220, 4 * (y * side + x), 4 * (y * side + x) + 3);
    }
  }
  return { data, width: side, height: side, colorSpace: "srgb" } as Picture;
}

test("a short text is its own code; a long one comes together from parts in any order", () => {
  assert.deepEqual(splitText("deai-answer-x"), ["deai-answer-x"]);
  for (const length of [291, 967, 2000, 40_000]) {
    const text = longText(length);
    const parts = splitText(text);
    assert.ok(parts.length > 1 && parts.length <= 99);
    const collector = new PartCollector();
    const shuffled = parts.map((part, i) => parts[(i * 7 + 3) % parts.length] ?? part).concat(parts);
    const taken = shuffled.map((part) => collector.take(part));
    assert.deepEqual(taken.find(({ kind }) => kind === "whole"), { kind: "whole", text });
  }
});

test("parts say how far it is; those of another text begin anew", () => {
  const [one = "", two = ""] = splitText(longText(800));
  const collector = new PartCollector();
  assert.deepEqual(collector.take(one), { kind: "part", have: 1, of: 3 });
  assert.deepEqual(collector.take(one), { kind: "part", have: 1, of: 3 });
  assert.deepEqual(collector.take(two), { kind: "part", have: 2, of: 3 });
  const [other = ""] = splitText(longText(500));
  assert.deepEqual(collector.take(other), { kind: "part", have: 1, of: 2 });
  assert.deepEqual(collector.take(two), { kind: "part", have: 1, of: 3 });
});

test("parts that do not fit together are no text, and good ones are taken after them", () => {
  const text = longText(500);
  const [one = "", two = ""] = splitText(text);
  const collector = new PartCollector();
  collector.take(one);
  assert.deepEqual(collector.take(`${two.slice(0, -1)}!`), { kind: "mixed" });
  collector.take(two);
  assert.deepEqual(collector.take(one), { kind: "whole", text });
});

test("what only resembles a part is a text of its own, and none of ours", () => {
  for (const code of ["deai-part-3of2-12345678-x", "deai-part-0of2-12345678-x", "deai-part-1of2-123-x", "WIFI:S:cafe;;"]) {
    assert.deepEqual(new PartCollector().take(code), { kind: "whole", text: code });
    assert.equal(isHandText(code), false);
  }
  assert.equal(isHandText("https://host/?task=titanic#secret=x"), false);
  assert.equal(isHandText("https://host/?task=titanic#secret=x&offer=deai-offer-x"), true);
  assert.equal(isHandText("deai-answer-x"), true);
});

test("codes are read, each part of an invitation, also one of all of it", async () => {
  const read = await openCodeReader();
  const text = `https://host/#offer=deai-offer-${longText(940)}`;
  for (const code of [...splitText(text), text]) {
    assert.deepEqual(await read(picture(code)), { texts: [code], unreadable: false });
  }
});

test("a damaged code is not misread, an empty picture no code; then a good one is read", async () => {
  const read = await openCodeReader();
  const [code = ""] = splitText(longText(967));
  assert.deepEqual(await read(picture(code, 4, 0.4)), { texts: [], unreadable: true });
  assert.deepEqual(await read(picture("", 0.01)), nothing);
  assert.deepEqual(await read(picture(code)), { texts: [code], unreadable: false });
});

/** Stands in for the browser's reader, which no browser of the tests has. */
function giveDetector(formats: string[], detect: () => Promise<{ rawValue: string }[]>): void {
  globals.BarcodeDetector = class {
    static getSupportedFormats = async () => formats;
    detect = detect;
  };
}

test("the browser's own reader is asked where it knows such codes and works", async () => {
  const blank = picture("", 0.01);
  const code = picture("of the library");
  giveDetector(["qr_code"], async () => [{ rawValue: "one" }, { rawValue: "two" }]);
  assert.deepEqual(await (await openCodeReader())(blank), { texts: ["one", "two"], unreadable: false });
  giveDetector(["ean_13"], async () => [{ rawValue: "one" }]);
  assert.deepEqual((await (await openCodeReader())(code)).texts, ["of the library"]);
  giveDetector(["qr_code"], () => Promise.reject(new Error("no service")));
  assert.deepEqual((await (await openCodeReader())(code)).texts, ["of the library"]);
});

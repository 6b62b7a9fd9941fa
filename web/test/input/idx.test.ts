import assert from "node:assert/strict";
import { test } from "node:test";
import { parseIdx, readIdx } from "../../src/input/idx.ts";
import { gzip, idx, refusal } from "./support.ts";

const kFile = idx([2, 1, 3], [1, 2, 3, 4, 5, 6]);

test("IDX is read, packed or not", async () => {
  for (const file of [kFile, gzip(kFile)]) {
    const { extents, values } = await readIdx("a.idx", file);
    assert.deepEqual(extents, [2, 1, 3]);
    assert.deepEqual([...values], [1, 2, 3, 4, 5, 6]);
  }
});

test("a view into a larger buffer is read at its own place", () => {
  const whole = new Uint8Array([9, 9, ...kFile]);
  assert.deepEqual([...parseIdx("a.idx", whole.subarray(2)).values], [1, 2, 3, 4, 5, 6]);
});

test("files that lie are refused", () => {
  const changed = (place: number, value: number) =>
    kFile.map((byte, i) => (i === place ? value : byte));
  for (const [file, text] of [
    [
      kFile.subarray(0, 18),
      /^a\.idx: is cut off: 2 × 1 × 3 values and the header are 22 bytes, found 18/,
    ],
    [new Uint8Array([...kFile, 0]), /bytes behind its end/],
    [kFile.subarray(0, 10), /cut off within its IDX header/],
    [changed(0, 1), /no IDX file/],
    [changed(2, 0x0d), /IDX type 0x0d; expected 0x08/],
    [changed(4, 0xff), /more than can be held/],
    [new Uint8Array(), /no IDX file/],
  ] as const) {
    assert.throws(() => parseIdx("a.idx", file), refusal(text));
  }
});

test("a packed file may not unpack to more than it announces", async () => {
  const bomb = new Uint8Array(1 << 20);
  bomb.set(idx([4], []));
  await assert.rejects(readIdx("a.idx.gz", gzip(bomb)), refusal(/more than the 12 bytes/));
  await assert.rejects(
    readIdx("a.idx.gz", gzip(kFile).subarray(0, 25)),
    refusal(/damaged or cut off/),
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { centreCrop, pixelsOf } from "../../src/input/pixels.ts";

function grey(width: number, height: number, values: number[], opacity = 255) {
  return { width, height, data: Uint8Array.from(values.flatMap((v) => [v, v, v, opacity])) };
}

test("a picture of the right size keeps its values", () => {
  const values = [0, 1, 127, 128, 254, 255];
  assert.deepEqual([...pixelsOf(grey(3, 2, values), { width: 3, height: 2, channels: 1 })], values);
  const rgb = { width: 1, height: 1, data: Uint8Array.of(10, 20, 30, 255) };
  assert.deepEqual([...pixelsOf(rgb, { width: 1, height: 1, channels: 3 })], [10, 20, 30]);
});

test("grey weighs the colours as the eye does", () => {
  const of = (...colour: number[]) =>
    pixelsOf(
      { width: 1, height: 1, data: Uint8Array.from([...colour, 255]) },
      { width: 1, height: 1, channels: 1 },
    )[0];
  assert.equal(of(255, 0, 0), 76);
  assert.equal(of(0, 255, 0), 150);
  assert.equal(of(0, 0, 255), 29);
});

test("shrinking takes the mean over each pixel's area", () => {
  const picture = grey(4, 2, [0, 100, 200, 200, 100, 200, 0, 100]);
  assert.deepEqual([...pixelsOf(picture, { width: 2, height: 1, channels: 1 })], [100, 125]);
});

test("source pixels are shared between target pixels by area", () => {
  const picture = grey(3, 3, [0, 90, 30, 0, 90, 30, 0, 90, 30]);
  assert.deepEqual([...pixelsOf(picture, { width: 2, height: 2, channels: 1 })], [30, 50, 30, 50]);
});

test("enlarging repeats", () => {
  assert.deepEqual(
    [...pixelsOf(grey(1, 1, [7]), { width: 2, height: 2, channels: 1 })],
    [7, 7, 7, 7],
  );
});

test("the middle is kept where the aspect differs", () => {
  assert.deepEqual(centreCrop({ width: 400, height: 100 }, { width: 28, height: 28 }), {
    left: 150,
    top: 0,
    width: 100,
    height: 100,
  });
  assert.deepEqual(
    [...pixelsOf(grey(5, 1, [1, 2, 3, 4, 5]), { width: 1, height: 1, channels: 1 })],
    [3],
  );
});

test("transparent parts are white", () => {
  const format = { width: 1, height: 1, channels: 1 } as const;
  assert.deepEqual([...pixelsOf(grey(1, 1, [0], 0), format)], [255]);
  assert.deepEqual([...pixelsOf(grey(1, 1, [0], 51), format)], [204]);
});

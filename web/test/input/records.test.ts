import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeRecords } from "../../src/input/records.ts";
import { cellsOf, imageTask, refusal, tableTask } from "./support.ts";

test("objects become the rows of a table", () => {
  const inputs = [
    { weight: 1.5, colour: "red", more: 1 },
    { colour: null, weight: NaN },
  ];
  const table = decodeRecords(tableTask, inputs, ["yes", "no"]);
  assert.ok(table.kind === "table");
  assert.deepEqual(cellsOf(table.cells), [
    ["weight", "colour", "ripe"],
    ["1.5", "red", "yes"],
    ["", "", "no"],
  ]);
});

test("the label may stand in the object, or lack for prediction", () => {
  const labelled = decodeRecords(tableTask, [{ weight: 1, ripe: "yes" }]);
  assert.deepEqual(labelled.kind === "table" && cellsOf(labelled.cells)[1], ["1", "", "yes"]);
  const bare = decodeRecords(tableTask, [{ weight: 1 }]);
  assert.deepEqual(bare.kind === "table" && cellsOf(bare.cells)[0], ["weight", "colour"]);
});

test("numbers are taken as the model takes them", () => {
  const flat = decodeRecords(tableTask, Float32Array.of(1, 0, 0, 1, 2, 1, 0, 0), ["yes", 0]);
  assert.ok(flat.kind === "dense");
  assert.deepEqual([...flat.labels], [1, 0]);
  const rows = decodeRecords(tableTask, [
    [1, 0, 0, 1],
    [2, 1, 0, 0],
  ]);
  assert.ok(rows.kind === "dense");
  assert.deepEqual(rows.inputs, flat.inputs);
  assert.equal(rows.labels.length, 0);
});

test("pictures are scaled, bytes are taken as they are", () => {
  const data = new Uint8ClampedArray(4 * 6 * 4).fill(255);
  const images = decodeRecords(imageTask, [{ width: 6, height: 4, data }], ["Great ape"]);
  assert.ok(images.kind === "images");
  assert.deepEqual([...images.pixels], Array(6).fill(255));
  assert.deepEqual([...images.labels], [1]);
  const bytes = decodeRecords(imageTask, Uint8Array.of(1, 2, 3, 4, 5, 6), [7]);
  assert.deepEqual(
    bytes.kind === "images" && [...bytes.labels],
    [2],
    "a class's name goes before an index",
  );
});

test("what does not fit the task is refused with its place", () => {
  for (const [call, text] of [
    [() => decodeRecords(tableTask, []), /^inputs: holds no samples/],
    [
      () => decodeRecords(tableTask, [{ wieght: 1 }]),
      /^inputs\[0\]: has none of the task's columns; expected weight, colour, ripe/,
    ],
    [() => decodeRecords(tableTask, [{ weight: 1 }], []), /^labels: 0 were given for 1 samples/],
    [
      () => decodeRecords(tableTask, new Float32Array(5)),
      /5 numbers are no whole number of samples of 4/,
    ],
    [() => decodeRecords(tableTask, [[1, 2]]), /^inputs\[0\]: has 2 numbers; expected 4/],
    [() => decodeRecords(tableTask, new Uint8Array(6)), /learns from a table/],
    [() => decodeRecords(imageTask, [{ weight: 1 }]), /learns from images/],
    [
      () => decodeRecords(imageTask, new Uint8Array(6), ["dog"]),
      /^labels\[0\]: 'dog' is unknown; expected one of cat/,
    ],
    [() => decodeRecords(imageTask, new Uint8Array(6), [3]), /^labels\[0\]: '3' is unknown/],
    [
      () => decodeRecords(imageTask, [{ width: 2, height: 2, data: new Uint8Array(4) }]),
      /is no picture of width × height × 4/,
    ],
  ] as const) {
    assert.throws(call, refusal(text));
  }
});

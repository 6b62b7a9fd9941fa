import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeFiles, type InputFile } from "../../src/input/files.ts";
import { labelFromPath } from "../../src/input/labels.ts";
import { cellsOf, gzip, idx, imageTask, refusal, tableTask } from "./support.ts";

test("every table is decoded, hidden files are passed over", async () => {
  const files: InputFile[] = [
    { name: "a.csv", data: "x\n1\n" },
    { name: ".DS_Store", data: "\0" },
    new File(["x\n2\n"], "b.csv"),
  ];
  const tables = await decodeFiles(tableTask, files);
  assert.deepEqual(
    tables.map((table) => table.source),
    ["a.csv", "b.csv"],
  );
  assert.deepEqual(
    tables.map((table) => table.kind === "table" && cellsOf(table.cells)[1]),
    [["1"], ["2"]],
  );
});

test("a fault in one table refuses all, by its name", async () => {
  const files = [
    { name: "a.csv", data: "x\n1\n" },
    { name: "b.csv", data: "x,y\n1\n" },
  ];
  await assert.rejects(decodeFiles(tableTask, files), refusal(/^b\.csv: row 2/));
});

test("tables take no label beside their column, and no files are no data", async () => {
  await assert.rejects(
    decodeFiles(tableTask, [{ name: "a.csv", data: "x\n1\n", label: "yes" }]),
    refusal(/own column/),
  );
  await assert.rejects(decodeFiles(tableTask, []), refusal(/none was given/));
});

test("IDX images and labels are paired by their extents", async () => {
  const images = { name: "i.idx.gz", data: gzip(idx([2, 2, 3], [...Array(12).keys()])) };
  const labels = { name: "l.idx", data: idx([2], [2, 0]) };
  const [samples] = await decodeFiles(imageTask, [labels, images]);
  assert.ok(samples?.kind === "images");
  assert.deepEqual([...samples.labels], [2, 0]);
  assert.deepEqual([...samples.pixels], [...Array(12).keys()]);
  const [unlabelled] = await decodeFiles(imageTask, [images], { unlabelled: true });
  assert.ok(unlabelled?.kind === "images" && unlabelled.labels.length === 0);
});

test("IDX files that do not fit the task or each other are refused", async () => {
  const images = { name: "i.idx", data: idx([1, 2, 3], [1, 2, 3, 4, 5, 6]) };
  for (const [files, text] of [
    [[images], /found 1 of images and 0 of labels/],
    [[images, { name: "l.idx", data: idx([2], [0, 1]) }], /^l\.idx: holds 2 labels for 1 images/],
    [
      [images, { name: "l.idx", data: idx([1], [3]) }],
      /label 3 at place 1 is unknown; expected 0 to 2/,
    ],
    [
      [
        { name: "i.idx", data: idx([1, 3, 2], [1, 2, 3, 4, 5, 6]) },
        { name: "l.idx", data: idx([1], [0]) },
      ],
      /extents 1 × 3 × 2; expected images of 2 × 3/,
    ],
    [[images, { name: "a.png", data: "…" }], /^a\.png: pictures and IDX files/],
  ] as const) {
    await assert.rejects(decodeFiles(imageTask, files), refusal(text));
  }
});

test("the label of a picture comes from its folder or the beginning of its name", () => {
  for (const [path, label] of [
    ["photos/cat/1.png", 0],
    ["photos/CAT/more/1.png", 0],
    ["Great ape/1.png", 1],
    ["ape_01.png", 1],
    ["7_a.png", 2],
    ["photos/ape-3.jpg", 1],
  ] as const) {
    assert.equal(labelFromPath(imageTask, path), label, path);
  }
});

test("labels that nobody knows are refused with the known ones", async () => {
  assert.throws(
    () => labelFromPath(imageTask, "dog/1.png"),
    refusal(
      /^dog\/1\.png: label 'dog' of the folder is unknown; expected one of cat, ape \(Great ape\), 7$/,
    ),
  );
  for (const path of ["70.png", "caterpillar.png", "1.png"]) {
    assert.throws(() => labelFromPath(imageTask, path), refusal(/no label/), path);
  }
  await assert.rejects(
    decodeFiles(imageTask, [{ name: "1.png", data: "…" }], { label: "dog" }),
    refusal(/label 'dog' is unknown/),
  );
});

test("Node says that it decodes no pictures", async () => {
  await assert.rejects(
    decodeFiles(imageTask, [{ name: "1.png", data: "…", label: "cat" }]),
    refusal(/only a browser decodes/),
  );
});

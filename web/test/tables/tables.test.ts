import assert from "node:assert/strict";
import { test } from "node:test";
import { describeColumns, draftTask, inspectTable, readTable, toCsv } from "../../src/tables.ts";
import { heldOutRows } from "../../src/tables/split.ts";
import type { Task } from "../../src/task.ts";
import { tableTask } from "../input/support.ts";

function table(csv: string) {
  return readTable("fruit.csv", new TextEncoder().encode(csv));
}

/** So many rows, each made from its number. */
function rows(count: number, header: string, row: (i: number) => string) {
  return table([header, ...Array.from({ length: count }, (_, i) => row(i))].join("\n"));
}

test("kinds are inferred, and each says why", async () => {
  const found = describeColumns(
    await rows(
      40,
      "id,code,weight,class,colour,note,year,empty,mixed",
      (i) =>
        `${i + 1},x${i}y,${i * 0.7 + 0.01},${i % 3},${["red", "green"][i % 2]},some words of row ${i},2024,,${i === 7 ? "heavy" : i}`,
    ),
  );
  const kinds = Object.fromEntries(found.map(({ name, kind }) => [name, kind]));
  assert.deepEqual(kinds, {
    id: "identifier",
    code: "identifier",
    weight: "number",
    class: "category",
    colour: "category",
    note: "text",
    year: "constant",
    empty: "constant",
    mixed: "number",
  });
  assert.deepEqual(found.at(-1)?.strange, [{ row: 9, cell: "heavy" }]);
  assert.match(found[3]?.why ?? "", /3 different whole numbers/);
});

test("constants count empty cells as the median", async () => {
  const [weight] = describeColumns(await table("weight,a\n1,x\n2,x\n,x\n9,y\n12,y"));
  assert.equal(weight?.missing, 1);
  // 1, 2, 5.5, 9, 12
  assert.equal(weight?.numbers?.median, 5.5);
  assert.equal(weight?.numbers?.mean, 5.9);
  assert.ok(Math.abs((weight?.numbers?.deviation ?? 0) - Math.sqrt(17.24)) < 1e-12);
});

const fruit: Task = {
  ...tableTask,
  data: {
    kind: "table",
    columns: [
      { kind: "number", name: "weight", mean: 0, deviation: 1, missing: 5 },
      { kind: "number", name: "size", mean: 0, deviation: 1 },
      { kind: "category", name: "colour", values: ["red", "green"] },
    ],
    label_column: "kind",
    classes: ["apple", "pear", "plum"],
  },
};

test("rows that do not fit are named with their reason", async () => {
  const found = inspectTable(
    await table(
      [
        "kind,weight,size,colour",
        "apple,1,2,red",
        "apple,,2,red",
        "pear,1,,red",
        "pear,1e1000x,2,red",
        "pear,1,2,blue",
        "cherry,1,2,red",
        "pear,1,2",
        "",
        "apple,1,2,red",
      ].join("\n"),
    ),
    fruit,
  );
  assert.deepEqual(found.bad, [
    { row: 4, column: "size", reason: "is empty, and the task has nothing in its place" },
    { row: 5, column: "weight", reason: '"1e1000x" is no number' },
    { row: 6, column: "colour", reason: '"blue" is unknown; expected "red", "green"' },
    { row: 7, column: "kind", reason: '"cherry" is no class; expected "apple", "pear", "plum"' },
    { row: 8, reason: "has 3 cells; expected 4, as in the header row" },
    { row: 9, reason: "is empty" },
  ]);
  assert.deepEqual(found.classes, [
    { name: "apple", count: 3 },
    { name: "pear", count: 0 },
    { name: "plum", count: 0 },
  ]);
  assert.deepEqual(found.repeated, [10]);
  assert.deepEqual(found.constant, ["size", "colour"]);
  assert.deepEqual(found.missing, [{ column: "weight", count: 1 }]);
  assert.match(found.notes.join("\n"), /Of 9 rows 6 cannot be taken/);
  assert.match(found.notes.join("\n"), /No row is of the class "pear", "plum"/);
});

test("missing columns are named, and no row is blamed for them", async () => {
  const found = inspectTable(await table("kind,weight\napple,1"), fruit);
  assert.deepEqual(found.lacking, ["size", "colour"]);
  assert.deepEqual(found.bad, []);
});

test("a class that is rare is told", async () => {
  const found = inspectTable(
    await rows(100, "kind,weight,size,colour", (i) => `${i === 0 ? "plum" : "pear"},${i},${2 * i},red`),
    fruit,
  );
  assert.ok(found.notes.includes('Of 100 rows only 1 of the class "plum".'));
});

test("a table becomes a draft of a task", async () => {
  const source = await rows(
    60,
    "nr,sex,length,comment,kind",
    (i) => `${i},${["f", "m", ""][i % 3]},${i % 17 === 0 ? "" : i / 4},${"word ".repeat(i + 1)},${["a", "b", "c"][i % 3]}`,
  );
  const { task, notes } = draftTask(source, { label: "kind" });
  assert.equal(task.id, "fruit");
  assert.deepEqual(
    task.data.kind === "table" && task.data.columns.map(({ name, kind }) => [name, kind]),
    [
      ["sex", "category"],
      ["length", "number"],
    ],
  );
  assert.deepEqual(task.data.kind === "table" && task.data.columns[0], {
    kind: "category",
    name: "sex",
    values: ["f", "m"],
    missing: "f",
  });
  assert.deepEqual(task.data.kind === "table" && task.data.classes, ["a", "b", "c"]);
  assert.equal(task.loss.kind, "softmax_cross_entropy");
  assert.deepEqual(task.model.layers.at(-1), { kind: "dense", units: 3 });
  assert.match(notes.join("\n"), /"nr" is left out \(identifier/);
  assert.deepEqual(inspectTable(source, task).bad, []);

  const numbers = draftTask(source, { label: "length", kinds: { nr: "number" } });
  assert.equal(numbers.task.loss.kind, "mean_squared_error");
  assert.equal(numbers.bad.length, 4);
  assert.throws(() => draftTask(source, { label: "price" }), /no column "price"; it has nr, sex/);
  assert.throws(() => draftTask(source, { label: "comment" }), /60 different values/);
});

test("a table is written as it was read, without some rows", async () => {
  const source = await table('a;b\n"x;y";"he said ""no"""\n1;2\n3;4');
  const again = await table(toCsv(source, new Set([3])));
  assert.deepEqual(again.rows, [
    ["x;y", 'he said "no"'],
    ["3", "4"],
  ]);
});

test("a fifth of every class is held out, the same in every run", async () => {
  const source = await rows(100, "a,kind", (i) => `${i},${i % 4 === 0 ? "rare" : "usual"}`);
  const held = heldOutRows(source, "kind", new Set([2]));
  assert.equal(held.size, 20);
  assert.equal([...held].filter((row) => (row - 2) % 4 === 0).length, 5);
  assert.ok(!held.has(2));
  assert.deepEqual(heldOutRows(source, "kind", new Set([2])), held);
});

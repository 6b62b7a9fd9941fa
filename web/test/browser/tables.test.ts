import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { Harness } from "./harness.ts";

// Tables of one's own: what the page tells of them, and a task drafted from one.

const waitMs = 30_000;
const header = "pclass,survived,sex,age,sibsp,parch,fare,embarked";

test("the page tells what a table is like, and takes the rows that fit", { timeout: 90_000 }, async (t) => {
  const harness = await Harness.start(t);
  const page = await harness.newPage();
  await page.goto(`${harness.server.url}/?task=titanic`);
  await page.waitForSelector("#start", { timeout: waitMs });
  await page.getByText("Connect data of your own").click();
  const rows = [
    header,
    ...Array.from({ length: 30 }, (_, i) => `3,0,male,${20 + i},0,0,7.5,S`),
    "1,1,female,29,0,0,211,S",
    "1,maybe,female,30,0,0,211,S",
    "1,1,female,31,0,0,cheap,S",
    "3,0,male,20,0,0,7.5,S",
  ];
  await page.setInputFiles("#files", {
    name: "mixed.csv",
    mimeType: "text/csv",
    buffer: Buffer.from(rows.join("\n")),
  });
  const report = page.locator(".report");
  await report.getByText("Row 33, survived: \"maybe\" is no class").waitFor({ timeout: waitMs });
  const refusal = await page.locator("deai-data .problem").textContent();
  assert.match(refusal ?? "", /^\s*mixed\.csv, row 33, column "survived"/);
  const text = (await report.innerText()).replaceAll(/\s+/g, " ");
  assert.match(text, /mixed\.csv: 34 rows/);
  assert.match(text, /Row 34, fare: "cheap" is no number/);
  assert.match(text, /1 row repeats an earlier one: row 35/);
  assert.match(text, /Of 32 rows only 1 of the class "1"/);
  assert.equal(await page.locator(".added li").count(), 0, "a bad table is not taken by itself");

  await page.click("#leave-out");
  await page.locator(".added li").getByText("32 rows", { exact: true }).waitFor({ timeout: waitMs });
  await page.locator(".report", { hasText: "mixed.csv: 32 rows" }).waitFor({ timeout: waitMs });
  assert.equal(await page.locator("#leave-out").count(), 0);
  assert.equal(await page.locator("deai-data .problem").count(), 0);
  harness.checkNoErrors();
});

test("an author's table becomes a draft of a task", { timeout: 90_000 }, async (t) => {
  const harness = await Harness.start(t);
  const page = await harness.newPage();
  await page.goto(harness.server.url);
  await page.getByText("Draft one from a table").click();
  const buffer = await readFile(new URL("../../../tasks/penguins/sample/shard-1.csv", import.meta.url));
  const junk = Buffer.from("no table");
  await page.locator("#draft-file").waitFor({ state: "attached", timeout: waitMs });
  await page.setInputFiles("#draft-file", { name: "junk.csv", mimeType: "text/csv", buffer: junk });
  await page.getByText("junk.csv: has a header row only").waitFor({ timeout: waitMs });
  await page.setInputFiles("#draft-file", { name: "birds.csv", mimeType: "text/csv", buffer });
  await page.selectOption("#draft-label", "Species");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.click("#draft-download"),
  ]);
  assert.equal(download.suggestedFilename(), "task.json");
  const task = JSON.parse(await readFile(await download.path(), "utf8")) as {
    id: string;
    data: { classes: string[]; columns: { name: string; kind: string }[] };
  };
  assert.equal(task.id, "birds");
  assert.deepEqual(task.data.classes, ["Adelie", "Chinstrap", "Gentoo"]);
  assert.equal(task.data.columns.find(({ name }) => name === "Island")?.kind, "category");

  // What the page made is a task of the engine's.
  const weights = await page.evaluate(async (given) => {
    const library = "/lib/engine.js";
    const { createEngine } = (await import(library)) as typeof import("../../src/engine.ts");
    const engine = await createEngine();
    const count = engine.load(given).getWeights().length;
    engine.dispose();
    return count;
  }, JSON.stringify(task));
  assert.ok(weights > 500);

  // And one that it opens at once, with the table in it: alone, as no server has the task.
  await page.click("#draft-open");
  await page.getByRole("heading", { level: 1, name: "birds" }).waitFor({ timeout: waitMs });
  await page.locator(".added li").getByText(/^\d+ rows$/).waitFor({ timeout: waitMs });
  assert.ok(await page.getByRole("radio", { name: /Together/ }).isDisabled());
  await page.click("#start");
  await page.locator("#stop").waitFor({ timeout: waitMs });
  harness.checkNoErrors();
});

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { Harness } from "./harness.ts";

// The page as visitors use it: clicks, files, links.

const waitMs = 30_000;
const phone = { width: 360, height: 740 };

async function openTask(harness: Harness, task: string, page?: Page): Promise<Page> {
  const opened = page ?? (await harness.newPage());
  await opened.goto(`${harness.server.url}/?task=${task}`);
  await opened.waitForSelector("#start", { timeout: waitMs });
  return opened;
}

async function useSample(page: Page): Promise<void> {
  await page.click("#use-sample");
  await page.waitForSelector(".added li", { timeout: waitMs });
}

async function trainAlone(page: Page): Promise<void> {
  await useSample(page);
  await page.getByRole("radio", { name: /^Alone/ }).check();
  await page.click("#start");
  await roundReached(page, 1);
}

async function round(page: Page): Promise<number> {
  return Number(await page.locator("#round").textContent());
}

async function roundReached(page: Page, wanted: number): Promise<void> {
  await page.waitForFunction(
    (number) => Number(document.querySelector("#round")?.textContent) >= number,
    wanted,
    { timeout: waitMs },
  );
}

async function pause(page: Page): Promise<void> {
  await page.click("#stop");
  await page.waitForSelector("#start", { timeout: waitMs });
}

interface PageGlobals {
  models: Record<string, string>;
}

/** Keeps which fingerprint the page shows with which round. */
function watchModels(page: Page): Promise<void> {
  return page.evaluate(() => {
    const models: Record<string, string> = {};
    (globalThis as unknown as PageGlobals).models = models;
    const text = (id: string) => document.getElementById(id)?.textContent?.trim() ?? "";
    const look = () => {
      if (Number(text("round")) > 0) models[text("round")] = text("fingerprint");
    };
    new MutationObserver(look).observe(document.body, {
      characterData: true,
      childList: true,
      subtree: true,
    });
  });
}

function shownModels(page: Page): Promise<Record<string, string>> {
  return page.evaluate(() => (globalThis as unknown as PageGlobals).models);
}

/** How much wider the document is than the window; 0 is right. */
function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
}

test("the page lists the tasks and leads there and back", { timeout: 90_000 }, async (t) => {
  const harness = await Harness.start(t);
  const page = await harness.newPage();
  await page.goto(harness.server.url);
  await page.locator(".task").first().waitFor({ timeout: waitMs });
  const titles = await page.locator(".task strong").allTextContents();
  for (const title of ["Handwritten digits", "Penguins", "Small photos", "Titanic"]) {
    assert.ok(titles.includes(title), title);
  }
  await page.getByRole("button", { name: /Titanic/ }).click();
  await page.waitForSelector("#start", { timeout: waitMs });
  assert.equal(await page.locator("h1").textContent(), "Titanic");
  const { searchParams, hash } = new URL(page.url());
  assert.equal(searchParams.get("task"), "titanic");
  assert.match(hash, /^#secret=[\w-]{22}$/);
  assert.ok((await page.inputValue("#invite")).endsWith(hash));

  await page.goBack();
  await page.locator(".task").first().waitFor({ timeout: waitMs });
  await page.goForward();
  await page.waitForSelector("#start", { timeout: waitMs });
  assert.equal(new URL(page.url()).hash, hash);

  await page.goto(`${harness.server.url}/?task=%3Cb%3Ecake`);
  await page.getByText("There is no task '<b>cake'").waitFor({ timeout: waitMs });
  harness.checkNoErrors();
});

test("two pages train one model by an invite link", { timeout: 180_000 }, async (t) => {
  const harness = await Harness.start(t);
  // A round of mnist takes so long that both pages draw each; of titanic they draw few, and others.
  const first = await openTask(harness, "mnist");
  await useSample(first);
  await first.click("#start");
  await first.getByText("Waiting for one more participant").waitFor({ timeout: waitMs });

  const second = await harness.newPage();
  await second.goto(await first.inputValue("#invite"));
  await second.getByText("You are invited").waitFor({ timeout: waitMs });
  await useSample(second);
  assert.notEqual(
    await second.locator(".added li span").first().textContent(),
    await first.locator(".added li span").first().textContent(),
    "the second page is proposed another shard",
  );
  await second.click("#start");
  await Promise.all([watchModels(first), watchModels(second)]);
  await Promise.all([roundReached(first, 5), roundReached(second, 5)]);
  await first.getByText("direct connection", { exact: true }).waitFor({ timeout: waitMs });
  assert.equal(await second.locator(".person").count(), 2);

  // Those that both pages drew must be of one model.
  let common: string[][] = [];
  for (const end = Date.now() + waitMs; common.length < 3 && Date.now() < end;) {
    const [ours, theirs] = await Promise.all([shownModels(first), shownModels(second)]);
    common = Object.keys(ours).flatMap((at) => {
      const [a, b] = [ours[at], theirs[at]];
      return a === undefined || b === undefined ? [] : [[a, b]];
    });
    await first.waitForTimeout(100);
  }
  assert.ok(common.length >= 3, `both pages showed ${common.length} rounds`);
  for (const [ours, theirs] of common) {
    assert.match(ours ?? "", /^[0-9a-f]{4} [0-9a-f]{4}$/);
    assert.equal(ours, theirs);
  }

  // One pauses: the other waits, and no round can end. It goes on: both go on.
  await pause(first);
  await second.getByText("Waiting for one more participant").waitFor({ timeout: waitMs });
  const at = await round(second);
  await second.waitForTimeout(500);
  assert.equal(await round(second), at);
  await first.getByRole("button", { name: "Go on" }).click();
  await Promise.all([roundReached(first, at + 3), roundReached(second, at + 3)]);
  harness.checkNoErrors();
});

test("pausing keeps the model and the place", { timeout: 120_000 }, async (t) => {
  const harness = await Harness.start(t);
  const page = await openTask(harness, "titanic");
  await trainAlone(page);
  await pause(page);
  const at = await round(page);
  const model = await page.locator("#fingerprint").textContent();
  assert.ok(at >= 1);
  await page.waitForTimeout(500);
  assert.equal(await round(page), at, "nothing goes on while paused");
  await page.click("#judge");
  await page.getByText(/of 262 samples\s+right/).waitFor({ timeout: waitMs });
  assert.equal(await page.locator("#fingerprint").textContent(), model, "testing learns nothing");
  await page.getByRole("button", { name: "Go on" }).click();
  await roundReached(page, at + 2);
  harness.checkNoErrors();
});

test(
  "a bad file is refused by column and row, and nothing is lost",
  { timeout: 90_000 },
  async (t) => {
    const harness = await Harness.start(t);
    const page = await openTask(harness, "titanic");
    await useSample(page);
    await page.getByText("Connect data of your own").click();
    const add = async (name: string, content: string) =>
      page.setInputFiles("#files", { name, mimeType: "text/csv", buffer: Buffer.from(content) });
    const refusal = page.locator("deai-data .problem");

    const header = "pclass,survived,sex,age,sibsp,parch,fare,embarked";
    await add("no-age.csv", `${header.replace(",age", "")}\n1,1,female,0,0,211,S\n`);
    await refusal.filter({ hasText: "no-age.csv" }).waitFor({ timeout: waitMs });
    assert.match((await refusal.textContent()) ?? "", /age/);

    await add("short.csv", `${header}\n1,1,female,29,0,0,211,S\n1,1\n`);
    await refusal.filter({ hasText: "short.csv: row 3" }).waitFor({ timeout: waitMs });

    await add("class.csv", `${header}\n1,maybe,female,29,0,0,211,S\n`);
    await refusal.filter({ hasText: "maybe" }).waitFor({ timeout: waitMs });
    assert.match((await refusal.textContent()) ?? "", /class\.csv.*row 2/);
    assert.equal(await page.locator(".added li").count(), 1);

    await add("good.csv", `${header}\n1,1,female,29,0,0,211,S\n3,0,male,,1,0,7.5,\n`);
    await page
      .locator(".added li", { hasText: "good.csv" })
      .getByText("2 rows")
      .waitFor({ timeout: waitMs });
    assert.equal(await refusal.count(), 0);
    harness.checkNoErrors();
  },
);

test("the model is downloaded, and taken back; junk is not", { timeout: 120_000 }, async (t) => {
  const harness = await Harness.start(t);
  const page = await openTask(harness, "titanic");
  await trainAlone(page);
  await pause(page);
  const model = await page.locator("#fingerprint").textContent();
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#download")]);
  assert.match(download.suggestedFilename(), /^titanic-round-\d+\.safetensors$/);
  const file = await readFile(await download.path());
  const header = file.subarray(8, 8 + Number(file.readBigUInt64LE(0))).toString("utf8");
  const tensors = Object.values(JSON.parse(header) as Record<string, { dtype?: string }>);
  assert.ok(tensors.some((tensor) => tensor.dtype === "F32"));
  const taken = async (button: string) => {
    const [one] = await Promise.all([page.waitForEvent("download"), page.click(button)]);
    return { name: one.suggestedFilename(), bytes: await readFile(await one.path()) };
  };
  const onnx = await taken("#download-onnx");
  assert.match(onnx.name, /^titanic-round-\d+\.onnx$/);
  assert.ok(onnx.bytes.includes("predictions"));
  const training = await taken("#save-training");

  await page.getByRole("button", { name: "Start anew" }).click();
  await page.waitForFunction(
    (before) => document.querySelector("#fingerprint")?.textContent !== before,
    model,
  );
  const load = (buffer: Buffer) =>
    page.setInputFiles("#load", {
      name: "m.safetensors",
      mimeType: "application/octet-stream",
      buffer,
    });
  await load(Buffer.from("junk, and more of it"));
  await page.locator("deai-model .problem").waitFor({ timeout: waitMs });
  await load(file);
  await page.waitForFunction(
    (before) => document.querySelector("#fingerprint")?.textContent === before,
    model,
    { timeout: waitMs },
  );
  await load(training.bytes);
  await page.getByText("Training goes on from m.safetensors.").waitFor({ timeout: waitMs });
  await page.check("#load-what-fits");
  await load(file);
  await page.getByText(/tensors taken\./).waitFor({ timeout: waitMs });
  harness.checkNoErrors();
});

test("pictures are connected, drawn and tried", { timeout: 120_000 }, async (t) => {
  const harness = await Harness.start(t);
  const page = await openTask(harness, "mnist");
  await page.getByText("Connect data of your own").click();
  const png = await page.screenshot({ clip: { x: 0, y: 0, width: 40, height: 30 } });
  const add = (name: string, buffer: Buffer) =>
    page.setInputFiles("#files", { name, mimeType: "image/png", buffer });
  await add("7_a.png", Buffer.from("no picture"));
  await page.getByText("7_a.png: this picture could not be decoded").waitFor({ timeout: waitMs });
  await add("eleven.png", png);
  await page.getByText("eleven.png: no label").waitFor({ timeout: waitMs });
  await add("7_a.png", png);
  await page
    .locator(".added li", { hasText: "7_a.png" })
    .getByText("1 picture")
    .waitFor({ timeout: waitMs });

  const pad = page.locator("deai-pad canvas");
  await pad.scrollIntoViewIfNeeded();
  const box = await pad.boundingBox();
  assert.ok(box);
  await page.mouse.move(box.x + 60, box.y + 50);
  await page.mouse.down();
  await page.mouse.move(box.x + 160, box.y + 50, { steps: 5 });
  await page.mouse.move(box.x + 100, box.y + 190, { steps: 5 });
  await page.mouse.up();
  await page.locator("deai-model .answer", { hasText: "sure" }).waitFor({ timeout: waitMs });
  const shares = (await page.locator(".bars .share").allTextContents()).map(parseFloat);
  assert.equal(shares.length, 10);
  assert.ok(Math.abs(shares.reduce((sum, share) => sum + share) - 100) < 1);

  await page.setInputFiles("#try-file", { name: "mine.png", mimeType: "image/png", buffer: png });
  await page.getByAltText("The chosen picture: mine.png").waitFor({ timeout: waitMs });
  assert.equal(await page.locator("deai-model .problem").count(), 0);
  harness.checkNoErrors();
});

test(
  "a task without a sample is learnt from pictures of one's own",
  { timeout: 120_000 },
  async (t) => {
    const harness = await Harness.start(t);
    const page = await openTask(harness, "cifar10");
    await page.getByText("no sample comes with this task").waitFor({ timeout: waitMs });
    assert.equal(await page.locator("#use-sample").count(), 0);
    assert.equal(await page.locator("#judge").count(), 0);
    assert.equal(await page.locator("deai-data code").first().textContent(), "airplane");
    await page.getByRole("radio", { name: /^Alone/ }).check();
    await page.click("#start");
    await page.getByText("Connect data of your own first").waitFor({ timeout: waitMs });

    const light = await page.screenshot({ clip: { x: 0, y: 0, width: 48, height: 48 } });
    await page.emulateMedia({ colorScheme: "dark" });
    const dark = await page.screenshot({ clip: { x: 0, y: 0, width: 48, height: 48 } });
    await page.setInputFiles(
      "#files",
      [light, dark].map((buffer, i) => ({
        name: `${["ship", "cat"][i]}_1.png`,
        mimeType: "image/png",
        buffer,
      })),
    );
    await page.locator(".added li").getByText("2 pictures").waitFor({ timeout: waitMs });
    await page.click("#start");
    await roundReached(page, 1);
    await pause(page);
    await page.setInputFiles("#try-file", {
      name: "mine.png",
      mimeType: "image/png",
      buffer: light,
    });
    await page.locator("deai-model .answer", { hasText: "ship" }).waitFor({ timeout: waitMs });
    assert.equal(await page.locator(".problem").count(), 0);
    harness.checkNoErrors();
  },
);

test("nothing scrolls sideways on a phone", { timeout: 120_000 }, async (t) => {
  const harness = await Harness.start(t);
  const page = await harness.newPage();
  await page.setViewportSize(phone);
  await page.goto(harness.server.url);
  await page.locator(".task").first().waitFor({ timeout: waitMs });
  assert.equal(await overflow(page), 0);
  for (const task of ["titanic", "mnist", "penguins", "cifar10"]) {
    await openTask(harness, task, page);
    for (const summary of await page.locator("summary").all()) await summary.click();
    await page.waitForTimeout(300);
    assert.equal(await overflow(page), 0, task);
  }
  await trainAlone(await openTask(harness, "titanic", page));
  assert.equal(await overflow(page), 0, "while training");
  harness.checkNoErrors();
});

test("a text is learnt, judged and written on", { timeout: 180_000 }, async (t) => {
  const harness = await Harness.start(t);
  const page = await openTask(harness, "shakespeare");
  const play = await readFile(new URL("../../../tasks/shakespeare/sample/shard-1.txt", import.meta.url), "utf8");
  await page.setInputFiles("#files", { name: "play.txt", mimeType: "text/plain", buffer: Buffer.from(play.slice(0, 20_000)) });
  await page.getByText("312 passages").first().waitFor({ timeout: waitMs });
  await page.getByRole("radio", { name: /^Alone/ }).check();
  await page.click("#start");
  await roundReached(page, 2);
  // Written while it learns.
  await page.fill("#prompt", "ROMEO:");
  await page.click("#write");
  await page.waitForFunction(
    () => (document.querySelector("#written")?.textContent?.trim().length ?? 0) > "ROMEO:".length + 100,
    undefined,
    { timeout: waitMs },
  );
  assert.match((await page.locator("#written").textContent()) ?? "", /^\s*ROMEO:/);
  await pause(page);
  await page.waitForSelector("#written[aria-busy=false]", { timeout: waitMs });
  await page.click("#judge");
  await page.waitForSelector("#perplexity", { timeout: waitMs });
  // 65 characters: a model that has learnt nothing wavers among so many.
  assert.ok(Number(await page.locator("#perplexity").textContent()) < 40);
  assert.equal(await overflow(page), 0);
  harness.checkNoErrors();
});

test("after a reload training goes on where it was, in the same room", { timeout: 120_000 }, async (t) => {
  const harness = await Harness.start(t);
  const first = await openTask(harness, "titanic");
  await useSample(first);
  const second = await harness.newPage();
  await second.goto(await first.inputValue("#invite"));
  await second.waitForSelector("#start", { timeout: waitMs });
  await useSample(second);
  await first.click("#start");
  await second.click("#start");
  await roundReached(first, 3);
  await pause(first);
  const before = await round(first);
  const print = await first.textContent("#fingerprint");
  await second.close();
  await first.reload();
  await first.getByText(`was kept: round ${before}`).waitFor({ timeout: waitMs });
  // Alone in the room it waits for others, with the model and the round that it had.
  await first.click("#resume");
  await first.getByText("Waiting for one more").first().waitFor({ timeout: waitMs });
  assert.equal(await round(first), before);
  assert.equal(await first.textContent("#fingerprint"), print);
  assert.equal(await first.locator(".added li").count(), 1, "the sample was taken again");
  const third = await harness.newPage();
  await third.goto(await first.inputValue("#invite"));
  await third.waitForSelector("#start", { timeout: waitMs });
  assert.equal(await third.locator("#resume").count(), 0);
  await useSample(third);
  await third.click("#start");
  await roundReached(first, before + 2);
  await roundReached(third, before + 2);
  harness.checkNoErrors();
});

test("two tabs train one model by hand: by texts, without the server", { timeout: 120_000 }, async (t) => {
  const harness = await Harness.start(t);
  const first = await openTask(harness, "titanic");
  await useSample(first);
  await first.getByText("Advanced").first().click();
  await first.selectOption("#via", "byHand");
  await first.click("#start");
  await first.click("#hand-invite");
  const invitation = await first.inputValue("#hand-invitation", { timeout: waitMs });
  assert.match(invitation, /^deai-offer-/);
  const link = new URL(await first.inputValue("#invite"));
  assert.equal(link.searchParams.get("via"), "hand");
  const second = await harness.newPage();
  await second.goto(`${link.href}&offer=${invitation}`);
  await second.waitForSelector("#start", { timeout: waitMs });
  await useSample(second);
  await second.getByText("Keeping it going").click();
  await second.check("#record");
  await second.click("#start"); // it answers what came with the link
  const answer = await second.inputValue("#hand-answer", { timeout: waitMs });
  await first.fill("#hand-given", "no answer");
  await first.click("#hand-take");
  await first.getByText("This is no invitation and no answer").waitFor({ timeout: waitMs });
  await first.fill("#hand-given", answer);
  await first.click("#hand-take");
  await roundReached(first, 2);
  await roundReached(second, 2);
  await first.setViewportSize(phone);
  assert.equal(await overflow(first), 0);
  await second.getByText(/^\d+ ms away, /).waitFor({ timeout: waitMs });
  const downloading = second.waitForEvent("download");
  await second.click("#report");
  const report = await downloading;
  assert.match(report.suggestedFilename(), /^titanic-round-\d+\.deai-report$/);
  const bytes = await readFile(await report.path());
  assert.equal(bytes.subarray(0, 4).toString(), "DeFR");
  assert.ok(bytes.length > 10_000);
  harness.checkNoErrors();
});

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { Harness } from "./harness.ts";

// Pictures made in the page: by the browser's own test camera, and by drawing.

const waitMs = 30_000;

async function openTask(harness: Harness, task: string): Promise<Page> {
  const page = await harness.newPage();
  await page.goto(`${harness.server.url}/?task=${task}`);
  await page.waitForSelector("#start", { timeout: waitMs });
  return page;
}

async function stroke(page: Page, pad: string): Promise<void> {
  const canvas = page.locator(`${pad} deai-pad canvas`);
  await canvas.scrollIntoViewIfNeeded();
  const box = await canvas.boundingBox();
  assert.ok(box);
  await page.mouse.move(box.x + 60, box.y + 50);
  await page.mouse.down();
  await page.mouse.move(box.x + 150, box.y + 120, { steps: 5 });
  await page.mouse.up();
}

async function learn(page: Page, rounds: number): Promise<void> {
  await page.getByRole("radio", { name: /^Alone/ }).check();
  await page.click("#start");
  await page.waitForFunction(
    (wanted) => Number(document.querySelector("#round")?.textContent) >= wanted,
    rounds,
    { timeout: waitMs },
  );
}

test("a camera gives pictures to learn from and to try", { timeout: 120_000 }, async (t) => {
  const harness = await Harness.start(t);
  const page = await openTask(harness, "cifar10");
  await page.getByText("Take or draw pictures here").click();
  await page.selectOption("#capture-label", "ship");
  await page.locator("#take:enabled").waitFor({ timeout: waitMs });
  await page.click("#take");
  await page.getByText("ship: 1").waitFor({ timeout: waitMs });
  await page.selectOption("#capture-label", "cat");
  await page.getByRole("button", { name: "Take 20" }).click();
  await page.getByText("ship: 1, cat: 20").waitFor({ timeout: waitMs });
  await page.click("#add-taken");
  await page.locator(".added li").getByText("21 pictures", { exact: true }).waitFor();
  assert.equal(await page.locator("#add-taken").count(), 0);
  await learn(page, 1);

  await page.click("#try-camera");
  await page.locator("deai-model .answer", { hasText: "sure" }).waitFor({ timeout: waitMs });
  assert.equal(await page.locator(".bars .share").count(), 10);
  const lights = () =>
    page.evaluate(() => document.querySelectorAll<HTMLVideoElement>("video").length);
  assert.equal(await lights(), 2);
  await page.click("#try-camera");
  await page.getByText("Take or draw pictures here").click();
  await page.waitForFunction(() => document.querySelector("video") === null);
  assert.equal(await page.locator(".problem").count(), 0);
  harness.checkNoErrors();
});

test("a camera that is refused says so", { timeout: 60_000 }, async (t) => {
  const harness = await Harness.start(t);
  const page = await harness.newPage();
  await page.addInitScript(() => {
    navigator.mediaDevices.getUserMedia = () =>
      Promise.reject(new DOMException("no", "NotAllowedError"));
  });
  await page.goto(`${harness.server.url}/?task=cifar10`);
  await page.getByText("Take or draw pictures here").click();
  await page.getByText("The browser may not use the camera").waitFor({ timeout: waitMs });
  assert.equal(await page.locator("#take").isDisabled(), true);
  harness.checkNoErrors();
});

test("drawings become data, and are answered while drawn", { timeout: 120_000 }, async (t) => {
  const harness = await Harness.start(t);
  const page = await openTask(harness, "mnist");
  await page.getByText("Take or draw pictures here").click();
  for (const digit of ["7", "1"]) {
    await page.selectOption("#capture-label", digit);
    await stroke(page, "deai-capture");
    await page.click("#keep-drawing");
  }
  await page.getByText("7: 1, 1: 1").waitFor({ timeout: waitMs });
  await page.click("#keep-drawing"); // an empty pad is no picture
  await page.click("#add-taken");
  await page.locator(".added li").getByText("2 pictures", { exact: true }).waitFor();
  await learn(page, 1);

  // The answer comes before the pen is lifted, and goes with the drawing.
  await stroke(page, ".try");
  await page.mouse.down();
  await page.mouse.move(100, 100, { steps: 30 });
  await page.locator("deai-model .answer", { hasText: "sure" }).waitFor({ timeout: waitMs });
  await page.mouse.up();
  await page.locator(".try").getByRole("button", { name: "Clear" }).click();
  await page.getByText("No answer yet").waitFor({ timeout: waitMs });
  harness.checkNoErrors();
});

test("the page counts while it reads many pictures", { timeout: 120_000 }, async (t) => {
  const harness = await Harness.start(t);
  const page = await openTask(harness, "cifar10");
  const buffer = await page.screenshot({ clip: { x: 0, y: 0, width: 400, height: 400 } });
  await page.evaluate(() => {
    const seen: string[] = [];
    Object.assign(globalThis, { seen });
    new MutationObserver(() => {
      const text = document.querySelector(".added")?.textContent ?? "";
      const count = /picture (\d+) of 300/.exec(text)?.[1];
      if (count !== undefined && seen.at(-1) !== count) seen.push(count);
    }).observe(document.body, { characterData: true, childList: true, subtree: true });
  });
  const files = Array.from({ length: 300 }, (_, i) => ({
    name: `${i % 2 === 0 ? "ship" : "cat"}_${i}.png`,
    mimeType: "image/png",
    buffer,
  }));
  await page.setInputFiles("#files", files);
  await page.locator(".added li").getByText("300 pictures").waitFor({ timeout: waitMs });
  const seen = await page.evaluate(() => (globalThis as unknown as { seen: string[] }).seen);
  assert.ok(seen.length >= 3, `counts shown: ${seen.join(" ")}`);
  assert.deepEqual(
    [...seen].sort((a, b) => Number(a) - Number(b)),
    seen,
  );
  assert.equal(await page.getByText("Reading").count(), 0);
  harness.checkNoErrors();
});

test("leaving what was learnt by the browser's back button is asked first", { timeout: 120_000 }, async (t) => {
  const harness = await Harness.start(t);
  const page = await harness.newPage();
  await page.goto(harness.server.url);
  await page.getByRole("button", { name: /Titanic/ }).click();
  await page.waitForSelector("#start", { timeout: waitMs });
  const { href } = new URL(page.url());
  await page.click("#use-sample");
  await page.waitForSelector(".added li", { timeout: waitMs });
  await learn(page, 1);
  await page.click("#stop");
  await page.waitForSelector("#start", { timeout: waitMs });

  const asked: string[] = [];
  let stay = true;
  page.on("dialog", (dialog) => {
    asked.push(dialog.message());
    void (stay ? dialog.dismiss() : dialog.accept());
  });
  await page.goBack();
  await page.waitForFunction((wanted) => location.href === wanted, href);
  assert.equal(asked.length, 1);
  assert.match(asked[0] ?? "", /^Leave this task/);
  assert.equal(await page.locator("h1").textContent(), "Titanic");
  assert.ok(Number(await page.locator("#round").textContent()) >= 1, "nothing is lost");

  stay = false;
  await page.goBack();
  await page.locator(".task").first().waitFor({ timeout: waitMs });
  assert.equal(asked.length, 2);
  harness.checkNoErrors();
});

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { encodeQR } from "qr";
import type { Page } from "playwright-core";
import { filmCodes, type Squares } from "./film.ts";
import { Harness, launchChromium } from "./harness.ts";

// Two pages exchange their texts from screen to camera: each camera is shown a film of the codes that
// the other page really draws.

const waitMs = 30_000;

interface Watched {
  tracks: MediaStreamTrack[];
}

/** A page of a browser of its own, whose camera shows the file as it is when it is switched on. */
async function openPage(t: TestContext, harness: Harness, film: string): Promise<Page> {
  const page = await harness.newPage({ browser: await launchChromium(t, undefined, film) });
  await page.addInitScript(() => {
    const watched = globalThis as unknown as Watched;
    watched.tracks = [];
    const devices = navigator.mediaDevices;
    const open = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async (wanted) => {
      const stream = await open(wanted);
      watched.tracks.push(...stream.getTracks());
      return stream;
    };
  });
  await page.goto(`${harness.server.url}/?task=titanic`);
  await page.click("#use-sample", { timeout: waitMs });
  await page.waitForSelector(".added li", { timeout: waitMs });
  await page.getByText("Advanced").first().click();
  await page.selectOption("#via", "byHand");
  return page;
}

/** All codes of the series that the page shows, read off its picture. */
async function shownCodes(page: Page): Promise<Squares[]> {
  await page.getByText("Show to another page's camera").click();
  await page.locator("deai-codes path").first().waitFor({ state: "attached", timeout: waitMs });
  const paths = await page.evaluate(async (timeout) => {
    const found = new Map<string, { path: string; width: number }>();
    for (const end = performance.now() + timeout; performance.now() < end;) {
      const series = document.querySelector("deai-codes");
      const [, turn = "1", count = "1"] = /Code (\d+) of (\d+)/.exec(series?.textContent ?? "") ?? [];
      const path = series?.querySelector("path:last-child")?.getAttribute("d") ?? "";
      const width = Number(series?.querySelector("svg")?.getAttribute("viewBox")?.split(" ")[2]);
      found.set(turn, { path, width });
      if (found.size === Number(count)) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return [...found.values()];
  }, waitMs);
  return paths.map(({ path, width }) => {
    const squares: Squares = Array.from({ length: width }, () => Array<boolean>(width).fill(false));
    for (const [, x, y] of path.matchAll(/M(\d+) (\d+)h1v1h-1z/g)) {
      const row = squares[Number(y)];
      if (row) row[Number(x)] = true;
    }
    return squares;
  });
}

async function cameraIsOff(page: Page): Promise<void> {
  await page.waitForFunction(() => document.querySelector("video") === null, null, { timeout: waitMs });
  const { length, ended } = await page.evaluate(() => {
    const { tracks } = globalThis as unknown as Watched;
    return { length: tracks.length, ended: tracks.every(({ readyState }) => readyState === "ended") };
  });
  assert.ok(length > 0 && ended, "the camera was on, and is not any more");
}

test("two pages find each other from screen to camera, both ways", { timeout: 180_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "deai-film-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const [toFirst, toSecond] = [join(folder, "first.y4m"), join(folder, "second.y4m")];
  const harness = await Harness.start(t);
  const first = await openPage(t, harness, toFirst);
  await first.click("#start");
  await first.click("#hand-invite", { timeout: waitMs });
  const invitation = await shownCodes(first);
  assert.ok(invitation.length > 1, "too long for one code that any camera reads");

  // Another code is none of ours, and the camera may be switched off.
  const second = await openPage(t, harness, toSecond);
  await filmCodes(toSecond, [encodeQR("https://example.org/menu", "raw", { border: 4 })]);
  await second.click("#hand-camera");
  await second.getByText("This code is no invitation and no answer").waitFor({ timeout: waitMs });
  await second.getByRole("button", { name: "Camera off" }).click();
  await cameraIsOff(second);

  // The page that reads the invitation goes into its room, and answers once it trains.
  await filmCodes(toSecond, invitation);
  await second.click("#hand-camera");
  await second.getByText("You are invited. Connect data and start").waitFor({ timeout: waitMs });
  await cameraIsOff(second);
  assert.equal(new URL(second.url()).search, new URL(first.url()).search, "one room");
  await second.click("#start");
  await second.locator("#hand-answer").waitFor({ timeout: waitMs });

  // What draws and reads codes was fetched before: by now no server is needed.
  await harness.server.kill();
  await filmCodes(toFirst, await shownCodes(second));
  await first.click("#hand-camera");
  await first.getByText("That fits. You are being connected").waitFor({ timeout: waitMs });
  await harness.server.restart(); // the held-out sample is read from there
  await cameraIsOff(first);
  for (const page of [first, second]) {
    await page.waitForFunction(() => Number(document.querySelector("#round")?.textContent) >= 2, null, {
      timeout: waitMs,
    });
    assert.equal(await page.locator(".person").count(), 2);
  }
  harness.checkNoErrors();
});

test("a camera that is refused says so, and the texts are still there", { timeout: 90_000 }, async (t) => {
  const harness = await Harness.start(t);
  const page = await harness.newPage();
  await page.addInitScript(() => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", "NotAllowedError"));
  });
  await page.goto(`${harness.server.url}/?task=titanic&via=hand`);
  await page.click("#hand-camera", { timeout: waitMs });
  await page.getByText("The browser may not use the camera").waitFor({ timeout: waitMs });
  await page.fill("#hand-given", "no answer");
  await page.click("#hand-take");
  await page.getByText("This is no invitation: expected").waitFor({ timeout: waitMs });
  assert.equal(await page.inputValue("#hand-given"), "no answer", "nothing is lost");
  harness.checkNoErrors();
});

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import type { TestContext } from "node:test";
import puppeteer, { type Browser } from "puppeteer-core";
import type { TrainerOptions } from "../../src/trainer/types.ts";
import { type DrivenPage, type Harness, ParticipantPage, watchPeerConnections } from "./harness.ts";

// Firefox as Debian has it, over WebDriver BiDi: what drives Chromium here knows only a Firefox of its own.

const executablePath = process.env["DEAI_FIREFOX"] ?? "/usr/bin/firefox-esr";
const startMs = 60_000;

export async function launchFirefox(test: TestContext): Promise<Browser> {
  assert.ok(existsSync(executablePath), `${executablePath} is missing; run  tools/setup browsers`);
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath,
    headless: true,
    timeout: startMs,
    protocolTimeout: 300_000,
    // Everybody is on this machine, where names made up for addresses find nobody to ask.
    extraPrefsFirefox: { "media.peerconnection.ice.obfuscate_host_addresses": false },
  });
  test.after(() => browser.close());
  return browser;
}

/** One participant in a page of its own, as Harness.newParticipant makes one in Chromium. */
export async function firefoxParticipant(
  harness: Harness,
  browser: Browser,
  { task, ...options }: Partial<TrainerOptions> & { task: string },
): Promise<ParticipantPage> {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  await page.evaluateOnNewDocument("globalThis.__name = (given) => given;");
  await page.evaluateOnNewDocument(`(${String(watchPeerConnections)})("all");`);
  page.on("pageerror", (error) => harness.errors.push(String(error)));
  await page.goto(`${harness.server.url}/healthz`);
  const evaluate = (work: (given: unknown) => unknown, given?: unknown) => page.evaluate(work, given);
  const waitForFunction = (
    condition: (given: unknown) => unknown,
    given: unknown,
    { timeout, polling }: { timeout: number; polling: number },
  ) => page.waitForFunction(condition, { timeout, polling }, given);
  const driven = { evaluate, waitForFunction } as unknown as DrivenPage;
  const participant = new ParticipantPage(driven, () => context.close());
  await participant.create({ ...options, task: `/tasks/${task}/task.json` });
  return participant;
}

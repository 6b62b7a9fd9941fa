// Firefox as Debian has it, over WebDriver BiDi.
import puppeteer from "puppeteer-core";
import { type Browser, inTime, startMs } from "./browser.ts";

const executablePath = process.env["DEAI_FIREFOX"] ?? "/usr/bin/firefox-esr";

export async function startFirefox(): Promise<Browser> {
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath,
    headless: true,
    timeout: startMs,
    protocolTimeout: 600_000,
    extraPrefsFirefox: { "privacy.reduceTimerPrecision": false },
  });
  return {
    name: (await browser.version()).replace("/", " ").replace(/^firefox/, "Firefox"),
    async open(url) {
      const context = await browser.createBrowserContext();
      const page = await context.newPage();
      await page.goto(url, { timeout: startMs });
      await page.waitForFunction(() => "ask" in globalThis, { timeout: startMs });
      return {
        ask: (request, timeoutMs) =>
          inTime(
            page.evaluate((given) => globalThis.ask(given), request),
            timeoutMs,
            request.kind,
          ),
        close: () => context.close(),
      };
    },
    close: () => browser.close(),
  };
}

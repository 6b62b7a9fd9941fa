import { chromium } from "playwright-core";
import { type Browser, inTime, startMs } from "./browser.ts";

const executablePath = process.env["DEAI_CHROMIUM"] ?? "/usr/bin/chromium";
const flags = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Pages behind others run as fast as the front one.
  "--disable-background-timer-throttling",
  "--disable-renderer-backgrounding",
  "--disable-backgrounding-occluded-windows",
];

export async function startChromium(): Promise<Browser> {
  const browser = await chromium.launch({ executablePath, args: flags, timeout: startMs });
  return {
    name: `Chromium ${browser.version()}`,
    async open(url) {
      const context = await browser.newContext();
      const page = await context.newPage();
      await page.goto(url, { timeout: startMs });
      await page.waitForFunction(() => "ask" in globalThis, undefined, { timeout: startMs });
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

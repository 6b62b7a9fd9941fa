import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { LinkPath } from "../../src/net/types.ts";
import type { TrainerOptions } from "../../src/trainer/types.ts";
import { firefoxParticipant, launchFirefox } from "./firefox.ts";
import { Harness, type ParticipantPage } from "./harness.ts";
import { WebKit } from "./webkit.ts";

// Browsers of different kinds train one model. (Two Chromiums: room.test.ts.)

type Options = Partial<TrainerOptions> & { task: string };
type Enter = (options: Options) => Promise<ParticipantPage>;

async function trainTogether(
  t: TestContext,
  harness: Harness,
  entering: [Enter, Enter],
  mode: "auto" | "decentralized",
  expected: LinkPath,
): Promise<void> {
  const pages: ParticipantPage[] = [];
  for (const [at, enter] of entering.entries()) {
    const page = await enter({ task: "titanic", room: "kinds", secret: "secret", seed: at, mode });
    await page.addSamples(2 * at, 2 * at + 1);
    pages.push(page);
  }
  await Promise.all(pages.map((page) => page.run({ untilRound: 12 })));
  await Promise.all(pages.map((page) => page.finished(90_000)));
  const hashes = await Promise.all(pages.map((page) => page.modelHash()));
  assert.equal(new Set(hashes).size, 1);
  for (const page of pages) {
    const { metrics } = await page.evaluate();
    t.diagnostic(`accuracy ${String(metrics.accuracy)}`);
    assert.ok((metrics.accuracy ?? 0) >= 0.78, `accuracy ${String(metrics.accuracy)}`);
    assert.deepEqual(await page.paths(), [expected]);
  }
  harness.checkNoErrors();
}

const limits = { timeout: 240_000 };

test("Chromium and Firefox, directly", limits, async (t) => {
  const harness = await Harness.start(t);
  const firefox = await launchFirefox(t);
  const chromium: Enter = (options) => harness.newParticipant(options);
  const other: Enter = (options) => firefoxParticipant(harness, firefox, options);
  await trainTogether(t, harness, [chromium, other], "decentralized", "direct");
});

test("Firefox and Firefox, directly", limits, async (t) => {
  const harness = await Harness.start(t);
  const [one, two] = [await launchFirefox(t), await launchFirefox(t)];
  const enters = [one, two].map(
    (browser): Enter =>
      (options) =>
        firefoxParticipant(harness, browser, options),
  );
  await trainTogether(t, harness, enters as [Enter, Enter], "decentralized", "direct");
});

test("WebKitGTK, which has no WebRTC, joins Chromium through the server", limits, async (t) => {
  // Without a relay, which it could use.
  const harness = await Harness.start(t, ["--no-relay"]);
  const webkit = await WebKit.launch(t);
  const chromium: Enter = (options) => harness.newParticipant(options);
  const other: Enter = async (options) => {
    const participant = await webkit.participant(harness, options);
    assert.equal(await webkit.evaluate("() => typeof RTCPeerConnection"), "undefined");
    return participant;
  };
  await trainTogether(t, harness, [chromium, other], "auto", "coordinator");
});

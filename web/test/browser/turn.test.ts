import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { startCoturn } from "./coturn.ts";
import { Harness } from "./harness.ts";

// Pages that may use a TURN server and nothing else, with what our server tells them of it.

async function trainThrough(t: TestContext, transport: "udp" | "tcp"): Promise<void> {
  const coturn = await startCoturn(t, "127.0.0.1");
  // Without our own relay: what arrives has come by TURN.
  const given = [...coturn.serverArguments(transport), "--no-relay"];
  const harness = await Harness.start(t, given);
  const pages = [];
  for (const shard of [0, 1]) {
    const page = await harness.newParticipant({
      task: "titanic",
      room: "turn",
      mode: "decentralized",
      seed: shard,
      iceTransportPolicy: "relay",
    });
    await page.addSamples(2 * shard, 2 * shard + 1);
    pages.push(page);
  }
  await Promise.all(pages.map((page) => page.run({ untilRound: 12 })));
  await Promise.all(pages.map((page) => page.reached(3, 60_000)));
  for (const page of pages) {
    assert.deepEqual(await page.candidates(), [`relay by ${transport}`]);
    assert.deepEqual(await page.paths(), ["direct"]);
  }
  await Promise.all(pages.map((page) => page.finished(60_000)));
  const hashes = await Promise.all(pages.map((page) => page.modelHash()));
  assert.equal(new Set(hashes).size, 1);
  for (const page of pages) {
    const { metrics } = await page.evaluate();
    assert.ok((metrics.accuracy ?? 0) >= 0.78, `accuracy ${String(metrics.accuracy)}`);
  }
  harness.checkNoErrors();
}

const limits = { timeout: 200_000 };

test("forced through TURN by UDP, two pages train one model", limits, (t) => trainThrough(t, "udp"));
test("forced through TURN by TCP", limits, (t) => trainThrough(t, "tcp"));

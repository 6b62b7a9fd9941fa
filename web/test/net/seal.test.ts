import assert from "node:assert/strict";
import { test } from "node:test";
import { RelayWire } from "../../src/net/relay.ts";
import { createRelayCipher, createRelayKeyPair, type RelayCipher } from "../../src/net/seal.ts";
import { FakeClock, settle } from "./clock.ts";
import { nameOf } from "./participants.ts";

interface Differences {
  secret?: string;
  room?: string;
  answerer?: string;
}

/** The two ends of one relayed link; what the answerer believes may differ. */
async function cipherPair(differs: Differences = {}): Promise<[RelayCipher, RelayCipher]> {
  const [one, two] = [await createRelayKeyPair(crypto), await createRelayKeyPair(crypto)];
  const common = { room: "room", taskHash: "ab".repeat(32), secret: "secret" };
  const parties = { ...common, offerer: nameOf(1), answerer: nameOf(2) };
  return Promise.all([
    createRelayCipher(crypto, one, two.publicKey, true, parties),
    createRelayCipher(crypto, two, one.publicKey, false, { ...parties, ...differs }),
  ]);
}

test("both ends derive the same keys from the same facts, and only then", async () => {
  const [one, two] = await cipherPair();
  assert.deepEqual(await two.open(await one.seal(Uint8Array.of(1, 2))), {
    kind: "plain",
    bytes: Uint8Array.of(1, 2),
  });
  assert.equal((await one.open(await two.seal(Uint8Array.of(3)))).kind, "plain");
  for (const differs of [{ secret: "other" }, { room: "other" }, { answerer: nameOf(3) }]) {
    const [here, there] = await cipherPair(differs);
    assert.equal((await there.open(await here.seal(Uint8Array.of(1)))).kind, "ignored");
  }
});

test("what one end sealed is not taken for the other's", async () => {
  const [one] = await cipherPair();
  assert.equal((await one.open(await one.seal(Uint8Array.of(1)))).kind, "ignored");
});

test("a peer that breaks the relay's rules loses its link", async () => {
  const tooMuchTaken = Uint8Array.of(2, 255, 0, 0, 0);
  const rules = [Uint8Array.of(), Uint8Array.of(9), Uint8Array.of(2, 1), tooMuchTaken];
  const tooLong = new Uint8Array(2 + 16 * 1024).fill(1);
  for (const message of [...rules, tooLong]) {
    const [own, peer] = await cipherPair();
    const told: string[] = [];
    const wire = new RelayWire(new FakeClock(), own, () => undefined, {
      opened: () => told.push("opened"),
      frames: () => told.push("frames"),
      drained: () => told.push("drained"),
      failed: () => told.push("failed"),
    });
    wire.received(await peer.seal(Uint8Array.of(0)));
    wire.received(await peer.seal(message));
    wire.received(await peer.seal(Uint8Array.of(1, 7)));
    while (told.length < 2) await settle();
    await settle();
    assert.deepEqual(told, ["opened", "failed"], String(message.subarray(0, 5)));
  }
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { secretSeal } from "../../src/net/seal.ts";
import { peerjsSignalling } from "../../src/net/ways/peerjs.ts";
import { defaultWorld } from "../../src/net/world.ts";
import { startPeerjsServer } from "../peerjsServer.ts";

// The adapter against the PeerJS server itself, on loopback.

const taskHash = "ab".repeat(32);
const name = (number: number) => number.toString(16).padStart(64, "0");

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    assert.ok(tries < 500, "nothing within 10 s");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test("participants find each other by the real PeerJS server, also by an id that became free", async (t) => {
  const place = { url: await startPeerjsServer(t) };
  const sit = (number: number) => {
    const seat = { present: new Set<string>(), signals: [] as string[], told: [] as string[] };
    const way = peerjsSignalling(place)(
      defaultWorld(),
      {
        ...{ room: "test room", taskHash, peer: name(number), secret: "secret" },
        mesh: { most: 16, links: 0 },
        abilities: { direct: true, relay: true, fallback: false },
        seal: secretSeal(crypto, "secret", "test room", taskHash),
      },
      {
        connecting: () => undefined,
        joined: () => seat.told.push("joined"),
        arrived: ({ peer }) => seat.present.add(peer),
        left: (peer) => seat.present.delete(peer),
        parted: () => undefined,
        count: () => undefined,
        signal: (from, payload) => seat.signals.push(`${String(parseInt(from, 16))}: ${payload}`),
        relayed: () => undefined,
        mode: () => undefined,
        refused: (code) => seat.told.push(code),
        lost: () => seat.told.push("lost"),
      },
    );
    t.after(() => way.close());
    return { ...seat, way };
  };
  const [one, two, three] = [sit(1), sit(2), sit(3)];
  await until(() => [one, two, three].every(({ present }) => present.size === 2));
  for (let i = 0; i < 5; i++) two.way.send(name(3), `signal ${String(i)}`);
  await until(() => three.signals.length === 5);
  assert.deepEqual(three.signals, [0, 1, 2, 3, 4].map((i) => `2: signal ${String(i)}`));
  one.way.close();
  await until(() => two.present.size === 1 && three.present.size === 1);
  const four = sit(4);
  await until(() => four.present.size === 2);
  assert.deepEqual(one.told.concat(two.told, three.told, four.told), Array(4).fill("joined"));
});

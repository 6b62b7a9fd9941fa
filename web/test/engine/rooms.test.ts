import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Variant } from "../../src/engine/probe.ts";
import { entropy, load, Loopback, titanicJson, titanicRows } from "./support.ts";

async function learner(variant: Variant, number: number, mode: "decentralized" | "federated") {
  const core = await load(variant);
  const participant = core.createParticipant({
    ...{ task: titanicJson, room: "loopback", mode, minParticipants: 2 },
    ...{ seed: number, entropy: entropy(number) },
  });
  participant.addSamples("training", await titanicRows(`shard-${number}`));
  participant.addSamples("heldOut", await titanicRows("held-out"));
  return participant;
}

test("a mesh of a simd and a relaxed participant commits the same models", async () => {
  const a = await learner("simd", 1, "decentralized");
  const b = await learner("relaxed", 2, "decentralized");
  const room = new Loopback();
  room.add(a);
  room.add(b);
  room.connect(a, b);
  room.run(a, 4);
  room.run(b, 4);
  room.untilDone([a, b]);
  assert.equal(room.commits(a).length, 4);
  assert.deepEqual(room.commits(a), room.commits(b));
  assert.equal(new Set(room.commits(a).map(({ modelHash }) => modelHash)).size, 4);
  assert.deepEqual(room.commits(a)[3]?.peers.toSorted(), [a.peer, b.peer].sort());
  a.dispose();
  b.dispose();
});

test("a star around a coordinator commits the same models, and its store brings them back", async () => {
  const a = await learner("relaxed", 1, "federated");
  const b = await learner("simd", 2, "federated");
  const config = { task: titanicJson, room: "loopback", minParticipants: 2 };
  const core = await load("simd");
  const coordinator = core.createCoordinator({ ...config, entropy: entropy(9) });
  assert.equal(coordinator.taskHash, a.taskHash);
  const room = new Loopback();
  for (const node of [a, b, coordinator]) room.add(node);
  room.connect(a, coordinator);
  room.connect(b, coordinator);
  room.run(a, 3);
  room.run(b, 3);
  room.untilDone([a, b]);
  assert.deepEqual(
    room.commits(a).map(({ modelHash }) => modelHash),
    room.commits(b).map(({ modelHash }) => modelHash),
  );
  assert.equal(coordinator.round(), 3);
  assert.equal(coordinator.participantCount(), 2);
  assert.equal(coordinator.modelHash(), a.modelHash());

  const saved = coordinator.save();
  const again = core.createCoordinator(config);
  const untouched = again.modelHash();
  const damaged = saved.slice();
  damaged[damaged.length >> 1]! ^= 1;
  assert.equal(again.restore(damaged), false);
  assert.equal(again.modelHash(), untouched);
  assert.equal(again.restore(saved), true);
  assert.equal(again.modelHash(), a.modelHash());
  assert.equal(again.round(), 3);
  const other = core.createCoordinator({ ...config, room: "another" });
  assert.equal(other.restore(saved), false);
  for (const node of [a, b, coordinator, again, other]) node.dispose();
});

test("a coordinator begins with the weights that the task names", async () => {
  const folder = new URL("../../../tasks/moby_dick/", import.meta.url);
  const task = readFileSync(new URL("task.json", folder), "utf8");
  const base = readFileSync(new URL("base.safetensors", folder));
  const config = { task, room: "loopback", minParticipants: 1, entropy: entropy(9) };
  const core = await load("simd");
  const coordinator = core.createCoordinator({ ...config, base });
  const participant = core.createParticipant({ ...config, mode: "federated", seed: 1 });
  assert.notEqual(participant.modelHash(), coordinator.modelHash());
  participant.loadBase(base, 1);
  assert.equal(participant.modelHash(), coordinator.modelHash());
  assert.throws(() => core.createCoordinator(config), { code: "state" });
  assert.throws(() => core.createCoordinator({ ...config, base: base.subarray(1) }), {
    code: "file",
  });
  participant.dispose();
  coordinator.dispose();
});

test("a damaged frame is a verdict, not an exception", async () => {
  const a = await learner("simd", 1, "decentralized");
  const now = 1_700_000_000_000;
  a.linkUp(1, "peer", now);
  const outcome = a.received(
    1,
    Uint8Array.from({ length: 5000 }, (_, i) => (i * 31) & 255),
    now,
  );
  assert.ok(outcome.closes.length + outcome.notices.length >= 0);
  assert.doesNotThrow(() => a.received(1, new Uint8Array(), now));
  assert.doesNotThrow(() => a.received(77, new Uint8Array(3), now));
  assert.equal(a.facts().round, 0);
  a.dispose();
});

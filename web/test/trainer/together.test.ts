import assert from "node:assert/strict";
import { test } from "node:test";
import { startInThread } from "../../src/engine/node.ts";
import type { Network, NetworkEvent, NetworkOptions } from "../../src/net/types.ts";
import { createTrainerOn } from "../../src/trainer/create.ts";
import type { Trainer, TrainerEvent, TrainerOptions } from "../../src/trainer/types.ts";
import { titanicTask, wasmUrl } from "../engine/support.ts";
import { readFileSync } from "node:fs";

// Trainers joined by wires in memory: what the trainer makes of the network's events, and of the
// engine's. Real networks are in test/net and test/browser.

interface End {
  options: NetworkOptions;
  links: Map<number, { to: End; link: number }>;
}

/** A room in memory: everybody has a direct link to everybody. */
class MemoryRoom {
  readonly asked: NetworkOptions[] = [];
  private readonly ends: End[] = [];
  private lastLink = 0;

  readonly createNetwork = (options: NetworkOptions): Network => {
    this.asked.push(options);
    const end: End = { options, links: new Map() };
    this.tell(end, { kind: "server", state: "connected", text: "Connected." });
    for (const other of this.ends) this.join(end, other);
    this.ends.push(end);
    return {
      send: (link, frame) => this.send(end, link, frame),
      closeLink: (link) => this.cut(end, link),
      close: () => this.leave(end),
      statistics: () => Promise.resolve([]),
      byHand: () => Promise.resolve(undefined),
    };
  };

  /** All wires break, as when a cable is pulled. */
  cutAll(): void {
    for (const end of this.ends) for (const link of [...end.links.keys()]) this.cut(end, link);
  }

  joinAll(): void {
    this.ends.forEach((end, i) => this.ends.slice(0, i).forEach((other) => this.join(end, other)));
  }

  tellMode(mode: "federated"): void {
    for (const end of this.ends) this.tell(end, { kind: "mode", mode, reason: "No direct way." });
  }

  private join(a: End, b: End): void {
    const [aLink, bLink] = [++this.lastLink, ++this.lastLink];
    a.links.set(aLink, { to: b, link: bLink });
    b.links.set(bLink, { to: a, link: aLink });
    this.tell(a, { kind: "linkUp", link: aLink, path: "direct", peer: b.options.peer });
    this.tell(b, { kind: "linkUp", link: bLink, path: "direct", peer: a.options.peer });
  }

  private send(end: End, link: number, frame: Uint8Array): void {
    const other = end.links.get(link);
    if (!other) return;
    assert.ok(frame.length <= 16 * 1024);
    this.tell(other.to, { kind: "frames", link: other.link, frames: [frame.slice()] });
    this.tell(end, { kind: "drained", link, bytes: frame.length });
  }

  private cut(end: End, link: number): void {
    const other = end.links.get(link);
    if (!other) return;
    end.links.delete(link);
    other.to.links.delete(other.link);
    this.tell(end, { kind: "linkDown", link, reason: "cut" });
    this.tell(other.to, { kind: "linkDown", link: other.link, reason: "cut" });
  }

  private leave(end: End): void {
    for (const link of [...end.links.keys()]) this.cut(end, link);
    this.ends.splice(this.ends.indexOf(end), 1);
  }

  private tell(end: End, event: NetworkEvent): void {
    setImmediate(() => end.options.onEvent(event));
  }
}

async function participant(room: MemoryRoom, shard: number, options: Partial<TrainerOptions> = {}) {
  const task = structuredClone(titanicTask);
  task.exchange.local_steps = 10;
  const platform = { startEngine: startInThread, createNetwork: room.createNetwork };
  const trainer = await createTrainerOn(platform, {
    ...{ task, room: "memory", server: "http://localhost", seed: shard, engine: { wasmUrl } },
    ...options,
  });
  const file = new URL(`../../../tasks/titanic/sample/shard-${shard}.csv`, import.meta.url);
  await trainer.addSamples({ files: [{ name: file.pathname, data: readFileSync(file) }] });
  return trainer;
}

async function collect(events: AsyncIterable<TrainerEvent>): Promise<TrainerEvent[]> {
  const all = [];
  for await (const event of events) all.push(event);
  return all;
}

function rounds(events: TrainerEvent[]) {
  return events.flatMap((event) => (event.kind === "round" ? [event] : []));
}

test("two trainers commit the same models and tell of each other", async () => {
  const room = new MemoryRoom();
  const a = await participant(room, 1);
  const b = await participant(room, 2);
  assert.equal(room.asked.length, 0, "nothing is sent to anybody before run()");
  const [left, right] = await Promise.all([
    collect(a.run({ rounds: 4 })),
    collect(b.run({ untilRound: 4 })),
  ]);
  assert.deepEqual(
    rounds(left).map(({ modelHash }) => modelHash),
    rounds(right).map(({ modelHash }) => modelHash),
  );
  assert.equal(rounds(left).length, 4);
  assert.equal(await a.modelHash(), await b.modelHash());
  for (const { participants, peers, weight, sentBytes, receivedBytes } of rounds(left)) {
    assert.equal(participants, 2);
    assert.deepEqual(peers.toSorted(), [a.peer, b.peer].sort());
    assert.ok(weight > 0 && sentBytes > 0 && receivedBytes > 0);
  }
  const joined = left.find((event) => event.kind === "peer");
  assert.equal(joined?.kind === "peer" && joined.peer, b.peer);
  assert.equal(joined?.kind === "peer" && joined.path, "direct");
  const states = left.flatMap((event) => (event.kind === "status" ? [event.state] : []));
  assert.equal(states[0], "connecting");
  assert.ok(states.includes("training") && states.includes("exchanging"));
  assert.equal(left.at(-1)?.kind, "done");
  const [asked] = room.asked;
  assert.equal(asked?.mode, "auto");
  assert.equal(asked?.peer, a.peer);
  assert.equal(typeof asked?.task, "string");
  await Promise.all([a.dispose(), b.dispose()]);
});

/** All numbers of a safetensors file behind its header. */
function numbersOf(file: Uint8Array<ArrayBuffer>): Float32Array {
  const header = Number(new DataView(file.buffer).getBigUint64(0, true));
  return new Float32Array(file.slice(8 + header).buffer);
}

test("helpers follow the room's model", async () => {
  const found = [];
  for (const workers of [1, 3]) {
    const room = new MemoryRoom();
    const engine = { wasmUrl, variant: "simd", workers } as const;
    const a = await participant(room, 1, { engine });
    const b = await participant(room, 2, { engine });
    assert.equal(a.workers, workers);
    await Promise.all([collect(a.run({ rounds: 5 })), collect(b.run({ rounds: 5 }))]);
    assert.equal(await a.modelHash(), await b.modelHash());
    found.push(numbersOf(await a.exportModel()));
    await Promise.all([a.dispose(), b.dispose()]);
  }
  const [one, three] = found;
  assert.ok(one && three && one.length === three.length);
  const apart = Math.max(...one.map((weight, at) => Math.abs(weight - (three[at] ?? NaN))));
  assert.ok(apart > 0 && apart < 1e-4, `${apart} apart`);
});

test("alone in a room, a trainer says how many it waits for; a stop ends the wait", async () => {
  const room = new MemoryRoom();
  const trainer = await participant(room, 1, { minParticipants: 3 });
  const events: TrainerEvent[] = [];
  for await (const event of trainer.run({ rounds: 1 })) {
    events.push(event);
    if (event.kind === "status" && event.state === "waiting") void trainer.stop();
  }
  const waiting = events.find((event) => event.kind === "status" && event.state === "waiting");
  assert.equal(waiting?.kind === "status" && waiting.missing, 2);
  assert.equal(rounds(events).length, 0);
  assert.equal(trainer.round(), 0);
  await trainer.dispose();
});

test("trainers survive that all wires break in mid training", { timeout: 60_000 }, async () => {
  const room = new MemoryRoom();
  const a = await participant(room, 1);
  const b = await participant(room, 2);
  let cuts = 0;
  const watch = async (trainer: Trainer) => {
    const events = [];
    for await (const event of trainer.run({ untilRound: 6 })) {
      events.push(event);
      if (event.kind !== "round" || event.round !== 2 || trainer !== a) continue;
      cuts += 1;
      room.cutAll();
      setTimeout(() => room.joinAll(), 50);
    }
    return events;
  };
  await Promise.all([watch(a), watch(b)]);
  assert.equal(cuts, 1);
  assert.equal(await a.modelHash(), await b.modelHash());
  assert.ok(a.round() >= 6);
  await Promise.all([a.dispose(), b.dispose()]);
});

test("when the network says so, the room goes on in federated mode", async () => {
  const room = new MemoryRoom();
  const trainer = await participant(room, 1);
  const modes: string[] = [];
  for await (const event of trainer.run()) {
    if (event.kind !== "status") continue;
    modes.push(event.mode);
    if (event.state === "waiting" && event.mode === "decentralized") room.tellMode("federated");
    if (event.mode === "federated") break;
  }
  assert.equal(modes[0], "decentralized");
  assert.equal(modes.at(-1), "federated");
  await trainer.dispose();
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { Matchmaker, type Rematch } from "../../server/matchmaker.ts";

/** Repeatable numbers in [0, 1). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

/** What its members believe, who hear of changes only. */
class Room {
  readonly mates = new Map<string, Set<string>>();
  private readonly matchmaker: Matchmaker;

  constructor(rings: number, random: () => number) {
    this.matchmaker = new Matchmaker(rings, random);
  }

  join(name: string): Rematch {
    this.mates.set(name, new Set());
    return this.take(this.matchmaker.join(name));
  }

  leave(name: string): Rematch {
    const rematch = this.take(this.matchmaker.leave(name));
    this.mates.delete(name);
    return rematch;
  }

  check(mostLinks: number): void {
    for (const [name, mates] of this.mates) {
      assert.deepEqual([...mates].sort(), this.matchmaker.matesOf(name).sort());
      assert.ok(mates.size <= mostLinks, `${name} has ${String(mates.size)} links`);
      assert.ok(!mates.has(name));
      for (const mate of mates) assert.ok(this.matchmaker.areMates(mate, name));
    }
    assert.equal(reached(this.mates), this.mates.size, "connected");
  }

  private take(rematch: Rematch): Rematch {
    for (const [one, other] of rematch.ended) {
      assert.ok(this.mates.get(one)?.delete(other) && this.mates.get(other)?.delete(one));
    }
    for (const [one, other] of rematch.made) {
      assert.ok(!this.mates.get(one)?.has(other));
      this.mates.get(one)?.add(other);
      this.mates.get(other)?.add(one);
    }
    return rematch;
  }
}

function reached(mates: ReadonlyMap<string, ReadonlySet<string>>): number {
  const [first] = mates.keys();
  const seen = new Set(first === undefined ? [] : [first]);
  for (const name of seen) for (const mate of mates.get(name) ?? []) seen.add(mate);
  return seen.size;
}

test("whoever comes and goes, each has few links, all are connected and little changes", () => {
  for (const rings of [1, 2, 3]) {
    const random = numbers(rings);
    const room = new Room(rings, random);
    let last = 0;
    for (let step = 0; step < 600; step++) {
      const names = [...room.mates.keys()];
      // Up to about sixty, then down to nobody, and up again.
      const comes = random() < (Math.floor(step / 150) % 2 === 0 ? 0.7 : 0.3) || names.length === 0;
      const name = names[Math.floor(random() * names.length)] ?? "";
      const { made, ended } = comes ? room.join(`member ${String(++last)}`) : room.leave(name);
      assert.ok(made.length + ended.length <= 3 * rings, `${String(made.length)} and ${String(ended.length)}`);
      room.check(2 * rings);
    }
  }
});

test("two rings make a graph of small diameter", () => {
  const room = new Room(2, numbers(7));
  for (let i = 0; i < 1000; i++) room.join(String(i));
  let within = new Set(["0"]);
  for (let hops = 0; hops < 10; hops++) {
    within = new Set([...within].flatMap((name) => [name, ...(room.mates.get(name) ?? [])]));
  }
  assert.equal(within.size, 1000, "within ten hops; one ring alone would need 500");
});

test("who is in already, or is not, changes nothing", () => {
  const matchmaker = new Matchmaker(2);
  for (const name of ["a", "b", "c", "d", "e"]) matchmaker.join(name);
  const before = matchmaker.matesOf("a");
  assert.deepEqual(matchmaker.join("a"), { made: [], ended: [] });
  assert.deepEqual(matchmaker.leave("z"), { made: [], ended: [] });
  assert.deepEqual(matchmaker.matesOf("a"), before);
});

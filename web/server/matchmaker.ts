/** Two that are, or are no longer, to be linked. */
export type Match = readonly [string, string];

export interface Rematch {
  made: Match[];
  ended: Match[];
}

/**
 * Who shall be linked with whom in a room that is larger than a mesh should be: the union of some
 * random rings through everybody (Law and Siu, "Distributed construction of random expander
 * networks", 2003). So each has at most two links a ring, whatever the room's size; the whole is
 * connected and, from two rings on, an expander; who comes or goes changes at most three links a ring.
 */
export class Matchmaker {
  private readonly rings: string[][];
  /** By name: its neighbours, and in how many rings they are. */
  private readonly mates = new Map<string, Map<string, number>>();

  constructor(
    rings: number,
    private readonly random: () => number = Math.random,
  ) {
    this.rings = Array.from({ length: rings }, () => []);
  }

  /** Into each ring at a place drawn at random; who is in already stays where it is. */
  join(name: string): Rematch {
    if (this.mates.has(name)) return { made: [], ended: [] };
    this.mates.set(name, new Map());
    return this.change((ring, edge) => {
      const at = Math.floor(this.random() * (ring.length + 1));
      const before = ring.at(at - 1);
      const after = ring[at % ring.length];
      ring.splice(at, 0, name);
      if (before === undefined || after === undefined) return;
      // Two are joined once, not there and back.
      if (ring.length > 3) edge(before, after, -1);
      edge(before, name, 1);
      if (after !== before) edge(name, after, 1);
    });
  }

  leave(name: string): Rematch {
    if (!this.mates.has(name)) return { made: [], ended: [] };
    const rematch = this.change((ring, edge) => {
      const at = ring.indexOf(name);
      const before = ring.at(at - 1);
      const after = ring[(at + 1) % ring.length];
      ring.splice(at, 1);
      if (before === undefined || after === undefined || before === name) return;
      edge(before, name, -1);
      if (after === before) return;
      edge(name, after, -1);
      if (ring.length > 2) edge(before, after, 1);
    });
    this.mates.delete(name);
    return rematch;
  }

  matesOf(name: string): string[] {
    return [...(this.mates.get(name)?.keys() ?? [])];
  }

  areMates(one: string, other: string): boolean {
    return this.mates.get(one)?.has(other) === true;
  }

  /** Changes all rings; what comes of it for those who are in several of them next to each other, too. */
  private change(
    work: (ring: string[], edge: (one: string, other: string, by: 1 | -1) => void) => void,
  ): Rematch {
    const before = new Map<string, { match: Match; linked: boolean }>();
    const edge = (one: string, other: string, by: 1 | -1): void => {
      const match: Match = one < other ? [one, other] : [other, one];
      const key = match.join(" ");
      if (!before.has(key)) before.set(key, { match, linked: this.areMates(one, other) });
      this.count(one, other, by);
      this.count(other, one, by);
    };
    for (const ring of this.rings) work(ring, edge);
    const rematch: Rematch = { made: [], ended: [] };
    for (const { match, linked } of before.values()) {
      const isLinked = this.areMates(...match);
      if (isLinked && !linked) rematch.made.push(match);
      if (!isLinked && linked) rematch.ended.push(match);
    }
    return rematch;
  }

  private count(of: string, mate: string, by: 1 | -1): void {
    const mates = this.mates.get(of);
    const count = (mates?.get(mate) ?? 0) + by;
    if (count > 0) mates?.set(mate, count);
    else mates?.delete(mate);
  }
}

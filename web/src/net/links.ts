import type { Pair } from "./pair.ts";
import type { WireFacts } from "./wire.ts";
import type { LinkPath, LinkStatistics, NetworkEvent } from "./types.ts";

export interface Link {
  peer: string | undefined;
  path: LinkPath;
  sentBytes: number;
  receivedBytes: number;
  /** Sent before the path that it takes now. */
  earlierBytes: number;
  /** Undefined: the coordinator's. */
  pair: Pair | undefined;
}

/** The links that are up, by numbers that are never used again, and what is told of them. */
export class Links {
  private readonly links = new Map<number, Link>();
  private last = 0;

  constructor(private readonly tell: (event: NetworkEvent) => void) {}

  get(link: number): Link | undefined {
    return this.links.get(link);
  }

  up(path: LinkPath, pair: Pair | undefined): number {
    const link = ++this.last;
    const peer = pair?.peer;
    this.links.set(link, { peer, path, sentBytes: 0, receivedBytes: 0, earlierBytes: 0, pair });
    this.tell({ kind: "linkUp", link, path, peer });
    return link;
  }

  moved(link: number, path: LinkPath): void {
    const known = this.links.get(link);
    if (!known) return;
    known.path = path;
    known.earlierBytes = known.sentBytes;
    this.tell({ kind: "linkMoved", link, path });
  }

  down(link: number, reason: string): void {
    if (this.links.delete(link)) this.tell({ kind: "linkDown", link, reason });
  }

  received(link: number, frames: Uint8Array<ArrayBuffer>[]): void {
    const known = this.links.get(link);
    if (!known) return;
    for (const frame of frames) known.receivedBytes += frame.length;
    this.tell({ kind: "frames", link, frames });
  }

  drained(link: number, bytes: number): void {
    if (this.links.has(link)) this.tell({ kind: "drained", link, bytes });
  }

  async statistics(coordinator: WireFacts): Promise<LinkStatistics[]> {
    const rows = [...this.links].map(async ([link, known]): Promise<LinkStatistics> => {
      const { peer, path, sentBytes, receivedBytes, earlierBytes, pair } = known;
      const facts = { ...(pair ? await pair.link?.wire.facts() : coordinator) };
      if (facts.wireSentBytes !== undefined) facts.wireSentBytes += earlierBytes;
      return { link, peer, path, sentBytes, receivedBytes, ...facts };
    });
    return Promise.all(rows);
  }
}

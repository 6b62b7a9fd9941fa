import type {
  Joined,
  RoomPeer,
  Signalling,
  SignallingEvents,
  SignallingOptions,
  SignallingStrategy,
} from "../signalling.ts";
import type { World } from "../world.ts";

/** Several ways at once: whoever is found by one of them is there. */
export function severalWays(strategies: readonly SignallingStrategy[]): SignallingStrategy {
  return (world, options, events) => new SeveralWays(world, options, events, strategies);
}

interface Way {
  signalling: Signalling | undefined;
  /** Undefined while it is lost. */
  room: Joined | undefined;
  peers: Map<string, RoomPeer>;
  /** Of all that are found there. */
  count: number;
}

class SeveralWays implements Signalling {
  private readonly ways: Way[];
  /** By peer: the way by which it was heard last; it works in both directions, most likely. */
  private readonly heard = new Map<string, Way>();

  constructor(
    world: World,
    options: SignallingOptions,
    private readonly events: SignallingEvents,
    strategies: readonly SignallingStrategy[],
  ) {
    this.ways = strategies.map(() => ({ signalling: undefined, room: undefined, peers: new Map(), count: 0 }));
    for (const [index, way] of this.ways.entries()) {
      way.signalling = strategies[index]?.(world, options, this.listener(way));
    }
  }

  get byHand() {
    return this.ways.find(({ signalling }) => signalling?.byHand)?.signalling?.byHand as
      NonNullable<Signalling["byHand"]>;
  }

  send(peer: string, payload: string): void {
    this.wayTo(peer, ({ peers }) => peers.has(peer))?.signalling?.send(peer, payload);
  }

  relay(peer: string, bytes: Uint8Array<ArrayBuffer>): void {
    this.wayTo(peer, (way) => relays(way, peer))?.signalling?.relay(peer, bytes);
  }

  close(): void {
    for (const { signalling } of this.ways) signalling?.close();
  }

  hurry(): void {
    for (const { signalling } of this.ways) signalling?.hurry?.();
  }

  private listener(way: Way): SignallingEvents {
    const { events } = this;
    return {
      connecting: () => {
        if (this.ways.every(({ room }) => !room)) events.connecting();
      },
      joined: (room) => {
        way.room = room;
        way.peers = new Map(room.peers.map((peer) => [peer.peer, peer]));
        this.tellAll();
      },
      arrived: (peer) => {
        way.peers.set(peer.peer, peer);
        events.arrived(this.merged(peer));
      },
      left: (peer, gone) => {
        way.peers.delete(peer);
        if (this.ways.every(({ peers }) => !peers.has(peer))) events.left(peer, gone);
      },
      parted: (peers) => {
        for (const peer of peers) way.peers.delete(peer);
        const parted = peers.filter((peer) => this.ways.every((other) => !other.peers.has(peer)));
        if (parted.length > 0) events.parted(parted);
      },
      count: (count) => {
        way.count = count;
        events.count(Math.max(...this.ways.map((other) => other.count)));
      },
      signal: (from, payload) => {
        this.heard.set(from, way);
        events.signal(from, payload);
      },
      relayed: (from, bytes) => events.relayed(from, bytes),
      mode: (mode) => events.mode(mode),
      refused: (code, text) => events.refused(code, text),
      lost: (reason) => {
        way.room = undefined;
        way.count = 0;
        way.peers.clear();
        if (this.ways.some(({ room }) => room)) this.tellAll();
        else events.lost(reason);
      },
    };
  }

  private tellAll(): void {
    const rooms = this.ways.flatMap(({ room }) => room ?? []);
    const known = new Map(this.ways.flatMap(({ peers }) => [...peers]));
    this.events.joined({
      peers: [...known.values()].map((peer) => this.merged(peer)),
      iceServers: rooms.flatMap(({ iceServers }) => iceServers),
      relay: rooms.some(({ relay }) => relay),
      mode: rooms.some(({ mode }) => mode === "federated") ? "federated" : "decentralized",
    });
  }

  private merged(peer: RoomPeer): RoomPeer {
    return { ...peer, relay: this.ways.some((way) => relays(way, peer.peer)) };
  }

  private wayTo(peer: string, carries: (way: Way) => boolean): Way | undefined {
    const last = this.heard.get(peer);
    return last && carries(last) ? last : this.ways.find(carries);
  }
}

function relays({ room, peers }: Way, peer: string): boolean {
  return room?.relay === true && peers.get(peer)?.relay === true;
}

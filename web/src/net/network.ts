import { CoordinatorLink } from "./coordinatorLink.ts";
import { maxFrameBytes, type RoomMode } from "./messages.ts";
import { type Deadlines, Pair, type PairContext } from "./pair.ts";
import { plainSeal, secretSeal, type SignalSeal } from "./seal.ts";
import { serverSignalling } from "./serverSignalling.ts";
import type { Joined, RoomPeer, Signalling, SignallingStrategy } from "./signalling.ts";
import type { LinkPath, LinkStatistics, Network, NetworkEvent, NetworkOptions } from "./types.ts";
import { defaultWorld, type World } from "./world.ts";

/** What tests and other ways of signalling put in place of the usual. */
export interface NetworkSettings {
  world?: World;
  signalling?: SignallingStrategy;
  deadlines?: Deadlines;
}

const usualDeadlines: Deadlines = { directMs: 8000, relayMs: 8000 };

export function createNetwork(options: NetworkOptions, settings: NetworkSettings = {}): Network {
  return new RoomNetwork(options, settings);
}

type ServerState = "connecting" | "connected" | "lost";

interface Link {
  peer: string | undefined;
  path: LinkPath;
  sentBytes: number;
  receivedBytes: number;
  pair: Pair | undefined;
}

class RoomNetwork implements Network {
  private readonly world: World;
  private readonly signalling: Signalling | undefined;
  private coordinator: CoordinatorLink | undefined;
  private coordinatorLink: number | undefined;
  private readonly pairs = new Map<string, Pair>();
  private readonly links = new Map<number, Link>();
  private lastLink = 0;
  private mode: RoomMode;
  private room: Joined | undefined;
  private readonly present = new Set<string>();
  private readonly seal: Promise<SignalSeal>;
  private readonly pairContext: PairContext;
  /** Sealing and opening take turns of the event loop; what was first stays first. */
  private sealing: Promise<void> = Promise.resolve();
  private opening: Promise<void> = Promise.resolve();
  private readonly warned = new Set<string>();
  private events: NetworkEvent[] = [];
  private server: ServerState | undefined;
  private closed = false;

  constructor(
    private readonly options: NetworkOptions,
    private readonly settings: NetworkSettings,
  ) {
    this.world = settings.world ?? defaultWorld();
    const { crypto } = this.world;
    const { mode, secret, room, taskHash } = options;
    this.mode = mode === "federated" ? "federated" : "decentralized";
    this.seal =
      secret && crypto ? secretSeal(crypto, secret, room, taskHash) : Promise.resolve(plainSeal);
    this.pairContext = this.createPairContext();
    if (mode === "federated") {
      this.joinCoordinator();
      return;
    }
    const cannotSeal = secret !== undefined && !crypto;
    if (cannotSeal) {
      const text =
        "This page is not a secure context (https or localhost), so the room's secret cannot " +
        "protect connections to other participants.";
      this.warn("insecure-context", text);
      if (mode === "auto") this.goFederated(text);
      return;
    }
    this.signalling = this.startSignalling();
  }

  send(link: number, frame: Uint8Array): void {
    if (frame.length > maxFrameBytes) {
      throw new RangeError(`a frame has ${String(frame.length)} bytes, more than 16 KiB`);
    }
    const known = this.links.get(link);
    if (!known) return;
    known.sentBytes += frame.length;
    const bytes = frame as Uint8Array<ArrayBuffer>;
    if (known.pair) known.pair.link?.wire.send(bytes);
    else this.coordinator?.send(bytes);
  }

  closeLink(link: number): void {
    const known = this.links.get(link);
    if (known?.pair) known.pair.refuse();
    else if (known) this.coordinator?.drop();
  }

  close(): void {
    if (this.closed) return;
    for (const pair of this.pairs.values()) pair.close("left the room");
    this.coordinator?.close();
    this.signalling?.close();
    this.closed = true;
    this.events = [];
  }

  async statistics(): Promise<LinkStatistics[]> {
    const rows = [...this.links].map(async ([link, known]): Promise<LinkStatistics> => {
      const { peer, path, sentBytes, receivedBytes, pair } = known;
      const roundTripMs = await pair?.link?.wire.roundTripMs();
      return { link, peer, path, sentBytes, receivedBytes, roundTripMs };
    });
    return Promise.all(rows);
  }

  // --- the room as signalling tells it ---

  private startSignalling(): Signalling {
    const { server, room, taskHash, peer, mode } = this.options;
    const abilities = {
      direct: this.world.createPeerConnection !== undefined,
      relay: this.world.crypto !== undefined,
      fallback: mode === "auto",
    };
    const start = this.settings.signalling ?? serverSignalling;
    const options = { server, room, taskHash, peer, abilities };
    return start(this.world, options, {
      connecting: () => this.serverState("connecting", "Connecting to the server."),
      joined: (joined) => this.joined(joined),
      arrived: (member) => this.arrived(member),
      left: (name, gone) => this.left(name, gone),
      signal: (from, payload) => this.openSignal(from, payload),
      relayed: (from, bytes) => {
        // After the signals that came before: one of them may have brought the key.
        this.opening = this.opening.then(() => this.pairs.get(from)?.relayed(bytes));
      },
      mode: (roomMode) => this.roomMode(roomMode),
      refused: (code, text) => this.warn(code, text),
      lost: (reason) => {
        this.room = undefined;
        for (const pair of this.pairs.values()) pair.offline();
        this.serverState("lost", sentence(reason));
      },
    });
  }

  private joined(room: Joined): void {
    this.room = room;
    this.serverState("connected", "Connected to the server.");
    const names = new Set(room.peers.map(({ peer }) => peer));
    for (const name of [...this.present]) if (!names.has(name)) this.forget(name, false);
    this.roomMode(room.mode);
    for (const member of room.peers) this.meet(member);
    this.emitPresence();
  }

  private arrived(member: RoomPeer): void {
    this.meet(member);
    this.emitPresence();
  }

  private left(name: string, gone: boolean): void {
    this.forget(name, gone);
    this.emitPresence();
  }

  private meet(member: RoomPeer): void {
    if (member.peer === this.options.peer) return;
    this.present.add(member.peer);
    if (this.mode === "federated") return;
    let pair = this.pairs.get(member.peer);
    if (!pair) {
      pair = new Pair(this.pairContext, member);
      this.pairs.set(member.peer, pair);
    }
    pair.arrived(member);
  }

  private forget(name: string, gone: boolean): void {
    this.present.delete(name);
    const pair = this.pairs.get(name);
    pair?.left(gone);
    if (!pair?.link) this.pairs.delete(name);
  }

  private get canFallBack(): boolean {
    return this.options.mode === "auto";
  }

  private roomMode(mode: RoomMode): void {
    if (mode === "decentralized" || this.mode === "federated") return;
    if (this.canFallBack) {
      this.goFederated("Others of this room train through the server, so this participant does, too.");
    } else {
      const text = "Some of this room train through the server; this participant trains with peers only.";
      this.warn("room-federated", text);
    }
  }

  /** For good: from peers to the coordinator, the whole room together. */
  private goFederated(reason: string): void {
    if (this.mode === "federated") return;
    this.mode = "federated";
    this.emit({ kind: "mode", mode: "federated", reason });
    for (const pair of this.pairs.values()) pair.close("the room goes on through the server");
    this.pairs.clear();
    this.joinCoordinator();
  }

  // --- the coordinator ---

  private joinCoordinator(): void {
    const { server, room, minParticipants, mode } = this.options;
    const task = taskText(this.options.task);
    const tellsServer = mode === "federated";
    const options = { server, room, task, minParticipants };
    this.coordinator = new CoordinatorLink(this.world, options, {
      connecting: () => {
        if (tellsServer) this.serverState("connecting", "Connecting to the server.");
      },
      up: () => {
        if (tellsServer) this.serverState("connected", "Connected to the server.");
        this.coordinatorLink = this.addLink("coordinator", undefined);
      },
      down: (reason) => this.removeLink(this.coordinatorLink, reason),
      frames: (frames) => this.frames(this.coordinatorLink, frames),
      drained: (bytes) => this.drained(this.coordinatorLink, bytes),
      lost: (reason) => {
        if (tellsServer) this.serverState("lost", sentence(reason));
      },
      refused: (code, text) => this.warn(code, text),
    });
  }

  // --- pairs ---

  private createPairContext(): PairContext {
    const { peer, room, taskHash, secret } = this.options;
    return {
      world: this.world,
      deadlines: this.settings.deadlines ?? usualDeadlines,
      peer,
      room,
      taskHash,
      secret,
      iceServers: () => this.room?.iceServers ?? [],
      canRelay: () => this.world.crypto !== undefined && this.room?.relay === true,
      signal: (to, message) => this.sealSignal(to, message),
      relay: (to, bytes) => this.signalling?.relay(to, bytes),
      linkUp: (pair, path) => this.addLink(path, pair),
      linkDown: (link, reason) => this.removeLink(link, reason),
      frames: (link, frames) => this.frames(link, frames),
      drained: (link, bytes) => this.drained(link, bytes),
      unreachable: (pair, reason) => this.unreachable(pair, reason),
    };
  }

  private unreachable(pair: Pair, reason: string): void {
    if (this.canFallBack && pair.canFallBack) {
      this.goFederated(`No way to participant ${shortName(pair.peer)}: ${reason}.`);
    } else {
      this.warnOnce(`unreachable ${pair.peer}`, "unreachable", `No way to participant ${shortName(pair.peer)}: ${reason}.`);
    }
  }

  private sealSignal(to: string, message: object): void {
    this.sealing = this.sealing.then(async () => {
      const seal = await this.seal;
      this.signalling?.send(to, await seal.seal(this.options.peer, to, message));
    });
  }

  private openSignal(from: string, payload: string): void {
    this.opening = this.opening.then(async () => {
      const seal = await this.seal;
      const message = await seal.open(from, this.options.peer, payload);
      if (message) this.pairs.get(from)?.signal(message);
      else {
        const text = `Participant ${shortName(from)} does not share this room's secret; no connection was made.`;
        this.warnOnce(`secret ${from}`, "wrong-secret", text);
      }
    });
  }

  // --- links and events ---

  private addLink(path: LinkPath, pair: Pair | undefined): number {
    const link = ++this.lastLink;
    const peer = pair?.peer;
    this.links.set(link, { peer, path, sentBytes: 0, receivedBytes: 0, pair });
    this.emit({ kind: "linkUp", link, path, peer });
    return link;
  }

  private removeLink(link: number | undefined, reason: string): void {
    if (link === undefined || !this.links.delete(link)) return;
    this.emit({ kind: "linkDown", link, reason });
  }

  private frames(link: number | undefined, frames: Uint8Array<ArrayBuffer>[]): void {
    const known = link === undefined ? undefined : this.links.get(link);
    if (link === undefined || !known) return;
    for (const frame of frames) known.receivedBytes += frame.length;
    this.emit({ kind: "frames", link, frames });
  }

  private drained(link: number | undefined, bytes: number): void {
    if (link !== undefined && this.links.has(link)) this.emit({ kind: "drained", link, bytes });
  }

  /** Tries to come back are not told one by one: the server stays lost until it is there again. */
  private serverState(state: ServerState, text: string): void {
    if (this.server === state || (this.server === "lost" && state === "connecting")) return;
    this.server = state;
    this.emit({ kind: "server", state, text });
  }

  private emitPresence(): void {
    this.emit({ kind: "presence", peers: [...this.present].sort() });
  }

  private warnOnce(key: string, code: string, text: string): void {
    if (this.warned.has(key)) return;
    this.warned.add(key);
    this.warn(code, text);
  }

  private warn(code: string, text: string): void {
    this.emit({ kind: "warning", code, text });
  }

  /** Told in a turn of their own, so that no event comes from within a call of the listener's. */
  private emit(event: NetworkEvent): void {
    if (this.closed) return;
    this.events.push(event);
    if (this.events.length > 1) return;
    queueMicrotask(() => {
      for (const told of this.events.splice(0)) if (!this.closed) this.options.onEvent(told);
    });
  }
}

/** As it was written, where the caller has it so. */
function taskText(task: unknown): string {
  return typeof task === "string" ? task : JSON.stringify(task);
}

function sentence(reason: string): string {
  return `${reason.charAt(0).toUpperCase()}${reason.slice(1)}${reason.endsWith(".") ? "" : "."}`;
}

function shortName(peer: string): string {
  return peer.slice(0, 8);
}

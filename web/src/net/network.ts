import { CoordinatorLink } from "./coordinatorLink.ts";
import { Links } from "./links.ts";
import { maxFrameBytes, type RoomMode } from "./messages.ts";
import { Pair } from "./pair.ts";
import type { Deadlines, PairContext } from "./pairContext.ts";
import { plainSeal, secretSeal, type SignalSeal } from "./seal.ts";
import type { ByHand, Joined, RoomPeer, Signalling, SignallingStrategy } from "./signalling.ts";
import { Teller } from "./teller.ts";
import { Turns } from "./turns.ts";
import type { LinkStatistics, Network, NetworkOptions } from "./types.ts";
import { leadsToServer, openWays } from "./ways.ts";
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

class RoomNetwork implements Network {
  private readonly world: World;
  private signalling: Signalling | undefined;
  private started: Promise<void> | undefined;
  private coordinator: CoordinatorLink | undefined;
  private readonly pairs = new Map<string, Pair>();
  private readonly links: Links;
  private readonly teller: Teller;
  private mode: RoomMode;
  private room: Joined | undefined;
  private readonly present = new Set<string>();
  private readonly seal: Promise<SignalSeal>;
  private readonly pairContext: PairContext;
  /** Sealing and opening take turns of the event loop; what was first stays first. */
  private readonly sealing: Turns;
  private readonly opening: Turns;
  private readonly stopWaking: (() => void) | undefined;
  private closed = false;

  constructor(
    private readonly options: NetworkOptions,
    private readonly settings: NetworkSettings,
  ) {
    this.world = settings.world ?? defaultWorld();
    this.teller = new Teller((event) => options.onEvent(event));
    this.links = new Links((event) => this.teller.tell(event));
    const failed = (error: unknown) => this.teller.warn("internal", sentence(String(error)));
    this.sealing = new Turns(failed);
    this.opening = new Turns(failed);
    const { crypto } = this.world;
    const { mode, secret, room, taskHash } = options;
    this.stopWaking = this.world.onWake?.(() => this.woke());
    this.mode = mode === "federated" ? "federated" : "decentralized";
    this.seal =
      secret && crypto ? secretSeal(crypto, secret, room, taskHash) : Promise.resolve(plainSeal);
    this.pairContext = this.createPairContext();
    if (mode === "federated") {
      this.joinCoordinator();
      return;
    }
    const cannotSeal = secret && !crypto;
    if (cannotSeal) {
      const text =
        "This page is not a secure context (https or localhost), so the room's secret cannot " +
        "protect connections to other participants.";
      this.teller.warn("insecure-context", text);
      if (this.canFallBack) this.goFederated(text);
      return;
    }
    this.started = this.startSignalling().catch((error: unknown) => {
      this.teller.warn("signalling", sentence(String(error)));
    });
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
    this.stopWaking?.();
    for (const pair of this.pairs.values()) pair.close("left the room");
    this.coordinator?.close();
    this.signalling?.close();
    this.closed = true;
    this.teller.close();
  }

  statistics(): Promise<LinkStatistics[]> {
    return this.links.statistics(this.coordinator?.facts() ?? {});
  }

  async byHand(): Promise<ByHand | undefined> {
    await this.started;
    return this.signalling?.byHand;
  }

  private woke(): void {
    this.signalling?.hurry?.();
    this.coordinator?.hurry();
    for (const pair of this.pairs.values()) pair.hurry();
  }

  // --- the room as signalling tells it ---

  private async startSignalling(): Promise<void> {
    const { room, taskHash, peer, secret } = this.options;
    const abilities = {
      direct: this.world.createPeerConnection !== undefined,
      relay: this.world.crypto !== undefined,
      fallback: this.canFallBack,
    };
    const start = this.settings.signalling ?? (await openWays(this.options));
    if (this.closed) return;
    const options = { room, taskHash, peer, abilities, secret, seal: this.seal };
    this.signalling = start(this.world, options, {
      connecting: () => this.teller.server("connecting", "Connecting to the server."),
      joined: (joined) => this.joined(joined),
      arrived: (member) => this.arrived(member),
      left: (name, gone) => this.left(name, gone),
      signal: (from, payload) => this.openSignal(from, payload),
      relayed: (from, bytes) => {
        // After the signals that came before: one of them may have brought the key.
        this.opening.add(() => this.pairs.get(from)?.relayed(bytes));
      },
      mode: (roomMode) => this.roomMode(roomMode),
      refused: (code, text) => this.teller.warn(code, text),
      lost: (reason) => {
        this.room = undefined;
        for (const pair of this.pairs.values()) pair.offline();
        this.teller.server("lost", sentence(reason));
      },
    });
  }

  private joined(room: Joined): void {
    this.room = room;
    this.teller.server("connected", "Connected to the server.");
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
    return this.options.mode === "auto" && leadsToServer(this.options);
  }

  private roomMode(mode: RoomMode): void {
    if (mode === "decentralized" || this.mode === "federated") return;
    if (this.canFallBack) {
      this.goFederated("Others of this room train through the server, so this participant does, too.");
    } else {
      const text =
        "Some of this room train through the server; this participant trains with peers only.";
      this.teller.warn("room-federated", text);
    }
  }

  /** For good: from peers to the coordinator, the whole room together. */
  private goFederated(reason: string): void {
    if (this.mode === "federated") return;
    this.mode = "federated";
    this.teller.tell({ kind: "mode", mode: "federated", reason });
    for (const pair of this.pairs.values()) pair.close("the room goes on through the server");
    this.pairs.clear();
    this.joinCoordinator();
  }

  // --- the coordinator ---

  private joinCoordinator(): void {
    const { server, room, minParticipants, mode } = this.options;
    if (server === undefined) return;
    const task = taskText(this.options.task);
    const tellsServer = mode === "federated";
    const options = { server, room, task, minParticipants };
    let link = 0;
    this.coordinator = new CoordinatorLink(this.world, options, {
      connecting: () => {
        if (tellsServer) this.teller.server("connecting", "Connecting to the server.");
      },
      up: () => {
        if (tellsServer) this.teller.server("connected", "Connected to the server.");
        link = this.links.up("coordinator", undefined);
      },
      down: (reason) => this.links.down(link, reason),
      frames: (frames) => this.links.received(link, frames),
      drained: (bytes) => this.links.drained(link, bytes),
      lost: (reason) => {
        if (tellsServer) this.teller.server("lost", sentence(reason));
      },
      refused: (code, text) => this.teller.warn(code, text),
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
      linkUp: (pair, path) => this.links.up(path, pair),
      linkMoved: (link, path) => this.links.moved(link, path),
      linkDown: (link, reason) => this.links.down(link, reason),
      frames: (link, frames) => this.links.received(link, frames),
      drained: (link, bytes) => this.links.drained(link, bytes),
      suspect: () => this.signalling?.hurry?.(),
      unreachable: (pair, reason) => this.unreachable(pair, reason),
    };
  }

  private unreachable(pair: Pair, reason: string): void {
    const text = `No way to participant ${shortName(pair.peer)}: ${reason}.`;
    if (this.canFallBack && pair.canFallBack) this.goFederated(text);
    else this.teller.warnOf(pair.peer, "unreachable", text);
  }

  private sealSignal(to: string, message: object): void {
    this.sealing.add(async () => {
      const seal = await this.seal;
      this.signalling?.send(to, await seal.seal(this.options.peer, to, message));
    });
  }

  private openSignal(from: string, payload: string): void {
    this.opening.add(async () => {
      const seal = await this.seal;
      const message = await seal.open(from, this.options.peer, payload);
      if (message) this.pairs.get(from)?.signal(message);
      else {
        const who = `Participant ${shortName(from)}`;
        const text = `${who} does not share this room's secret; no connection was made.`;
        this.teller.warnOf(from, "wrong-secret", text);
      }
    });
  }

  private emitPresence(): void {
    this.teller.tell({ kind: "presence", peers: [...this.present].sort() });
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

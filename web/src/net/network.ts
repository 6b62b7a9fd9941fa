import { CoordinatorLink } from "./coordinatorLink.ts";
import { Links } from "./links.ts";
import { maxFrameBytes, type RoomMode } from "./messages.ts";
import type { Pair } from "./pair.ts";
import type { Deadlines, PairContext } from "./pairContext.ts";
import { Pairs } from "./pairs.ts";
import { plainSeal, secretSeal, type SignalSeal } from "./seal.ts";
import type { ByHand, Joined, Signalling, SignallingStrategy } from "./signalling.ts";
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
  private readonly pairs: Pairs;
  private readonly links: Links;
  private readonly teller: Teller;
  private mode: RoomMode;
  private room: Joined | undefined;
  private readonly seal: Promise<SignalSeal>;
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
    const { most } = options.mesh;
    this.pairs = new Pairs(this.createPairContext(), most - 1, (name) => {
      const text = `The mesh takes ${String(most)} participants; participant ${shortName(name)} is not linked until there is a place.`;
      this.teller.warnOf(name, "full", text);
    });
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
    this.pairs.close("left the room");
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
    this.pairs.hurry();
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
    const { mesh } = this.options;
    const options = { room, taskHash, peer, abilities, mesh, secret, seal: this.seal };
    this.signalling = start(this.world, options, {
      connecting: () => this.teller.server("connecting", "Connecting to the server."),
      joined: (joined) => this.joined(joined),
      arrived: (member) => {
        this.pairs.meet(member);
        this.emitPresence();
      },
      left: (name, gone) => {
        this.pairs.left(name, gone);
        this.emitPresence();
      },
      parted: (names) => {
        this.pairs.parted(names);
        this.emitPresence();
      },
      count: (count) => {
        if (this.pairs.counted(count)) this.emitPresence();
      },
      signal: (from, payload) => this.openSignal(from, payload),
      relayed: (from, bytes) => {
        // After the signals that came before: one of them may have brought the key.
        this.opening.add(() => this.pairs.get(from)?.relayed(bytes));
      },
      mode: (roomMode) => this.roomMode(roomMode),
      refused: (code, text) => this.teller.warn(code, text),
      lost: (reason) => {
        this.room = undefined;
        this.pairs.offline();
        this.teller.server("lost", sentence(reason));
      },
    });
  }

  private joined(room: Joined): void {
    this.room = room;
    this.teller.server("connected", "Connected to the server.");
    // First the mode: where the room goes on through the server, nobody is linked with.
    this.roomMode(room.mode);
    this.pairs.joined(room.peers);
    this.emitPresence();
  }

  private get canFallBack(): boolean {
    return this.options.mode === "auto" && leadsToServer(this.options);
  }

  private roomMode(mode: RoomMode): void {
    if (mode === "decentralized" || this.mode === "federated") return;
    if (this.canFallBack) {
      this.goFederated("This room trains through the server, so this participant does, too.");
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
    this.pairs.close("the room goes on through the server");
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
    this.teller.tell({ kind: "presence", peers: this.pairs.names, count: this.pairs.count });
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

import { hasAbilities, isHash, isRecord, isText, maxSignalBytes, parseObject } from "../messages.ts";
import { PersistentSocket } from "../persistentSocket.ts";
import { fields } from "../seal.ts";
import { socketUrl } from "../serverSignalling.ts";
import type {
  RoomPeer,
  Signalling,
  SignallingEvents,
  SignallingOptions,
  SignallingStrategy,
} from "../signalling.ts";
import { Turns } from "../turns.ts";
import type { Timer, World } from "../world.ts";

export interface PeerjsPlace {
  url: string;
  iceServers?: RTCIceServer[];
}

/** A room has so many ids on the server: more participants do not fit. */
const slotCount = 32;
const greetEveryMs = 25_000;
/** All ids are greeted every so many times, the known ones each time. */
const greetAllEvery = 3;
/** The server keeps a message so long for somebody who is not there. */
const expiryMs = 6000;
/** Hidden tabs have their timers once a minute. */
const silentAfterMs = 150_000;
/** What a PeerJS client of this version says; the server passes what is in an OFFER on, unread. */
const peerjsVersion = "1.5.5";

/** Said from id to id, sealed. */
type Greeting =
  | { kind: "hello"; member: RoomPeer; answer: boolean; slots: number[] }
  | { kind: "bye" };

interface Known {
  member: RoomPeer;
  heardMs: number;
}

/**
 * Signalling by a PeerJS server, which knows ids and no rooms. A room is a row of ids that follow
 * from its name and secret; each participant holds the first free one, and greets the others.
 */
export function peerjsSignalling(place: PeerjsPlace): SignallingStrategy {
  return (world, options, events) => new PeerjsSignalling(world, place, options, events);
}

class PeerjsSignalling implements Signalling {
  private socket: PersistentSocket | undefined;
  private ids: string[] = [];
  private slot = 0;
  /** Proves to the server that a second connection under this id is the same participant. */
  private readonly token: string;
  private isOpen = false;
  private isMoving = false;
  private closed = false;
  private readonly known = new Map<number, Known>();
  private greetings = 0;
  private timer: Timer | undefined;
  private readonly sealing = new Turns(() => undefined);
  private readonly opening = new Turns(() => undefined);

  constructor(
    private readonly world: World,
    private readonly place: PeerjsPlace,
    private readonly options: SignallingOptions,
    private readonly events: SignallingEvents,
  ) {
    events.connecting();
    const { crypto } = world;
    this.token = `${world.random().toString(36).slice(2)}${world.random().toString(36).slice(2)}`;
    if (!crypto) {
      const text = "a PeerJS server is used by secure pages only (https or localhost)";
      events.refused("insecure-context", text);
      return;
    }
    void slotIds(crypto, options).then((ids) => {
      if (this.closed) return;
      this.ids = ids;
      this.connect();
    });
  }

  send(peer: string, payload: string): void {
    const slot = this.slotOf(peer);
    // After the greeting that was sealed before it.
    if (slot !== undefined) this.sealing.add(() => this.post(slot, { deai: "signal", payload }));
  }

  relay(): void {
    // Nobody asks: joined() said that there is none.
  }

  close(): void {
    this.closed = true;
    this.timer?.cancel();
    for (const slot of this.known.keys()) this.greet(slot, { kind: "bye" });
    this.sealing.add(() => this.socket?.close());
  }

  hurry(): void {
    this.socket?.hurry();
  }

  private connect(): void {
    this.socket = new PersistentSocket(this.world, () => this.url(), {
      connecting: () => this.events.connecting(),
      opened: () => undefined,
      text: (message) => this.received(message),
      bytes: () => undefined,
      lost: (reason) => this.lost(reason),
      // The server answers no heartbeat, but passes on what one sends to oneself.
      pings: () => [{ type: "HEARTBEAT" }, { type: "CANDIDATE", dst: this.ids[this.slot], payload: {} }],
    });
    this.socket.start();
  }

  private url(): string {
    const base = new URL(this.place.url);
    const key = base.searchParams.get("key") ?? "peerjs";
    const query = { key, id: this.ids[this.slot] ?? "", token: this.token, version: peerjsVersion };
    base.search = "";
    return socketUrl(base.href, `peerjs?${new URLSearchParams(query).toString()}`);
  }

  private received(text: string): void {
    const message = parseObject(text);
    switch (message?.["type"]) {
      case "OPEN":
        this.opened();
        return;
      case "ID-TAKEN":
        this.move();
        return;
      case "INVALID-KEY":
        this.refused("key", "the PeerJS server does not know this key");
        return;
      case "ERROR": {
        const said = isRecord(message["payload"]) ? message["payload"]["msg"] : undefined;
        this.refused("busy", isText(said, 200) ? said : "the PeerJS server refused");
        return;
      }
      case "OFFER":
        this.passedOn(message);
        return;
      case "LEAVE":
      case "EXPIRE":
        this.notFound(this.slotOfId(message["src"]));
        return;
    }
  }

  private refused(code: string, text: string): void {
    this.events.refused(code, text);
    this.socket?.refused(code, text);
  }

  private opened(): void {
    this.isOpen = true;
    this.socket?.accepted();
    const iceServers = this.place.iceServers ?? [];
    this.known.clear();
    this.events.joined({ peers: [], iceServers, relay: false, mode: "decentralized" });
    this.greetings = 0;
    this.greetAll();
  }

  private lost(reason: string): void {
    this.isOpen = false;
    this.timer?.cancel();
    if (!this.isMoving) this.events.lost(reason);
  }

  /** Somebody else has this id. */
  private move(): void {
    if (this.slot + 1 < slotCount) {
      this.slot++;
      this.isMoving = true;
      this.socket?.drop("the id is taken", 0);
      this.isMoving = false;
    } else {
      this.slot = 0;
      this.refused("full", `this room has ${String(slotCount)} participants, no more fit`);
    }
  }

  // --- who is there ---

  private greetAll(): void {
    const nowMs = this.world.clock.now();
    for (const [slot, { heardMs }] of this.known) {
      if (nowMs - heardMs > silentAfterMs) this.forget(slot, false);
    }
    const all = this.greetings++ % greetAllEvery === 0;
    const slots = all ? this.ids.keys() : this.known.keys();
    for (const slot of slots) if (slot !== this.slot) this.greet(slot, this.hello(true));
    this.timer?.cancel();
    this.timer = this.world.clock.setTimeout(() => this.greetAll(), greetEveryMs);
  }

  private hello(answer: boolean): Greeting {
    const { peer, abilities } = this.options;
    return { kind: "hello", member: { peer, ...abilities }, answer, slots: [...this.known.keys()] };
  }

  private greet(slot: number, greeting: Greeting): void {
    const [from, to] = [this.ids[this.slot], this.ids[slot]];
    if (from === undefined || to === undefined) return;
    this.sealing.add(async () => {
      const seal = await this.options.seal;
      this.post(slot, { deai: "greeting", payload: await seal.seal(from, to, greeting) });
    });
  }

  private post(slot: number, payload: { deai: string; payload: string }): void {
    if (this.isOpen) this.socket?.sendText({ type: "OFFER", dst: this.ids[slot], payload });
  }

  private passedOn({ src, payload }: Record<string, unknown>): void {
    const slot = this.slotOfId(src);
    if (slot === undefined || slot === this.slot || !isRecord(payload)) return;
    const { deai, payload: text } = payload;
    if (!isText(text, maxSignalBytes)) return;
    // In the order in which they came: a signal may follow the greeting that brought the name.
    this.opening.add(async () => {
      if (deai === "signal") {
        const peer = this.known.get(slot)?.member.peer;
        if (peer === undefined) this.greet(slot, this.hello(true));
        else this.events.signal(peer, text);
      } else if (deai === "greeting") {
        const seal = await this.options.seal;
        const [from, to] = [this.ids[slot] ?? "", this.ids[this.slot] ?? ""];
        const greeting = parseGreeting(await seal.open(from, to, text));
        if (greeting && !this.closed) this.greeted(slot, greeting);
      }
    });
  }

  private greeted(slot: number, greeting: Greeting): void {
    if (greeting.kind === "bye") {
      this.forget(slot, true);
      return;
    }
    const { member, answer, slots } = greeting;
    const before = this.known.get(slot);
    if (member.peer === this.options.peer) return;
    if (before && before.member.peer !== member.peer) this.forget(slot, true);
    this.known.set(slot, { member, heardMs: this.world.clock.now() });
    if (answer) this.greet(slot, this.hello(false));
    for (const other of slots) {
      if (other !== this.slot && !this.known.has(other)) this.greet(other, this.hello(true));
    }
    if (before?.member.peer !== member.peer) this.events.arrived(member);
  }

  /** What was sent there some seconds ago has found nobody; by now somebody may have come. */
  private notFound(slot: number | undefined): void {
    const heardMs = this.known.get(slot ?? -1)?.heardMs ?? 0;
    if (this.world.clock.now() - heardMs > expiryMs) this.forget(slot, false);
  }

  private forget(slot: number | undefined, gone: boolean): void {
    const before = slot === undefined ? undefined : this.known.get(slot);
    if (slot === undefined || !before) return;
    this.known.delete(slot);
    this.events.left(before.member.peer, gone);
  }

  private slotOf(peer: string): number | undefined {
    for (const [slot, { member }] of this.known) if (member.peer === peer) return slot;
    return undefined;
  }

  private slotOfId(id: unknown): number | undefined {
    const slot = this.ids.indexOf(id as string);
    return slot < 0 ? undefined : slot;
  }
}

/** Who does not know the room's secret cannot name its ids. */
function slotIds({ subtle }: Crypto, options: SignallingOptions): Promise<string[]> {
  const { room, taskHash, secret = "" } = options;
  const ids = Array.from({ length: slotCount }, async (_, slot) => {
    const text = fields("deai peerjs 1", room, taskHash, secret, String(slot));
    const hash = new Uint8Array(await subtle.digest("SHA-256", text));
    return Array.from(hash.subarray(0, 20), (byte) => byte.toString(16).padStart(2, "0")).join("");
  });
  return Promise.all(ids);
}

function parseGreeting(message: Record<string, unknown> | undefined): Greeting | undefined {
  if (message?.["kind"] === "bye") return { kind: "bye" };
  if (message?.["kind"] !== "hello") return undefined;
  const { member, answer, slots } = message;
  if (!isRecord(member) || !isHash(member["peer"]) || !hasAbilities(member)) return undefined;
  if (!Array.isArray(slots) || slots.length > slotCount) return undefined;
  const { direct, relay, fallback } = member;
  return {
    kind: "hello",
    member: { peer: member["peer"], direct, relay, fallback },
    answer: answer === true,
    slots: slots.filter((slot): slot is number => Number.isInteger(slot) && slot >= 0 && slot < slotCount),
  };
}

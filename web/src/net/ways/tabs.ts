import { hasAbilities, isHash, isRecord, isText, maxFrameBytes, maxSignalBytes } from "../messages.ts";
import type {
  RoomPeer,
  Signalling,
  SignallingEvents,
  SignallingOptions,
  SignallingStrategy,
} from "../signalling.ts";
import type { TabChannel, World } from "../world.ts";

type TabMessage =
  /** `answer`: whoever hears it says the same of itself. */
  | { kind: "here"; member: RoomPeer; answer: boolean }
  | { kind: "bye"; from: string }
  | { kind: "signal"; from: string; payload: string }
  | { kind: "relay"; from: string; bytes: Uint8Array<ArrayBuffer> };

const maxRelayBytes = maxFrameBytes + 256;

/**
 * Signalling between the tabs of one browser, which carries relayed bytes, too: training together
 * needs neither a server nor WebRTC there. The room has a channel, and everybody an inbox.
 */
export const tabsSignalling: SignallingStrategy = (world, options, events) =>
  new TabsSignalling(world, options, events);

class TabsSignalling implements Signalling {
  private readonly room: TabChannel | undefined;
  private readonly inbox: TabChannel | undefined;
  private readonly outboxes = new Map<string, TabChannel>();
  private readonly name: string;
  private readonly end = new AbortController();

  constructor(
    private readonly world: World,
    private readonly options: SignallingOptions,
    private readonly events: SignallingEvents,
  ) {
    this.name = `deai ${options.taskHash} ${options.room}`;
    events.connecting();
    if (!world.openChannel) {
      events.refused("tabs", "this browser's tabs have no way to each other");
      return;
    }
    this.room = this.open(this.name);
    this.inbox = this.open(this.inboxOf(options.peer));
    this.holdLock(() => {
      events.joined({ peers: [], iceServers: [], relay: true, mode: "decentralized" });
      this.room?.postMessage(this.here(true));
    });
  }

  send(peer: string, payload: string): void {
    this.post(peer, { kind: "signal", from: this.options.peer, payload });
  }

  relay(peer: string, bytes: Uint8Array<ArrayBuffer>): void {
    this.post(peer, { kind: "relay", from: this.options.peer, bytes });
  }

  close(): void {
    if (this.end.signal.aborted) return;
    this.room?.postMessage({ kind: "bye", from: this.options.peer } satisfies TabMessage);
    this.end.abort();
    for (const channel of this.outboxes.values()) channel.close();
    this.room?.close();
    this.inbox?.close();
  }

  private here(answer: boolean): TabMessage {
    const { peer, abilities } = this.options;
    return { kind: "here", member: { peer, ...abilities }, answer };
  }

  private received(data: unknown): void {
    const message = parseTabMessage(data);
    if (!message || this.end.signal.aborted) return;
    switch (message.kind) {
      case "here":
        this.met(message.member, message.answer);
        return;
      case "bye":
        this.gone(message.from);
        return;
      case "signal":
        if (this.outboxes.has(message.from)) this.events.signal(message.from, message.payload);
        return;
      case "relay":
        if (this.outboxes.has(message.from)) this.events.relayed(message.from, message.bytes);
    }
  }

  private met(member: RoomPeer, answer: boolean): void {
    const { peer } = member;
    if (peer === this.options.peer) return;
    if (!this.outboxes.has(peer)) {
      const outbox = this.world.openChannel?.(this.inboxOf(peer));
      if (!outbox) return;
      this.outboxes.set(peer, outbox);
      this.watchLock(peer);
    }
    if (answer) this.post(peer, this.here(false));
    this.events.arrived(member);
  }

  private gone(peer: string): void {
    this.outboxes.get(peer)?.close();
    if (this.outboxes.delete(peer)) this.events.left(peer, true);
  }

  // A tab that crashes says nothing, but a lock that it held becomes free.

  private holdLock(held: () => void): void {
    const { signal } = this.end;
    const never = new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    const asked = this.world.locks?.request(this.inboxOf(this.options.peer), () => {
      if (signal.aborted) return undefined;
      held();
      return never;
    });
    if (!asked) queueMicrotask(() => signal.aborted || held());
  }

  private watchLock(peer: string): void {
    const { signal } = this.end;
    const asked = this.world.locks?.request(this.inboxOf(peer), { signal }, () => {
      if (!signal.aborted) this.gone(peer);
    });
    asked?.catch(() => undefined); // ended by close()
  }

  private post(peer: string, message: TabMessage): void {
    if (!this.end.signal.aborted) this.outboxes.get(peer)?.postMessage(message);
  }

  private open(name: string): TabChannel | undefined {
    const channel = this.world.openChannel?.(name);
    if (channel) channel.onmessage = ({ data }) => this.received(data);
    return channel;
  }

  private inboxOf(peer: string): string {
    return `${this.name} ${peer}`;
  }
}

/** Whatever runs in this origin may write here. */
function parseTabMessage(data: unknown): TabMessage | undefined {
  if (!isRecord(data)) return undefined;
  const { kind, from, payload, bytes, member, answer } = data;
  if (kind === "here") {
    if (!isRecord(member) || !isHash(member["peer"]) || !hasAbilities(member)) return undefined;
    const { direct, relay, fallback } = member;
    return { kind, member: { peer: member["peer"], direct, relay, fallback }, answer: answer === true };
  }
  if (!isHash(from)) return undefined;
  if (kind === "bye") return { kind, from };
  if (kind === "signal" && isText(payload, maxSignalBytes)) return { kind, from, payload };
  if (kind !== "relay" || !(bytes instanceof Uint8Array) || bytes.length > maxRelayBytes) return undefined;
  return { kind, from, bytes: bytes as Uint8Array<ArrayBuffer> };
}

import type { Page } from "playwright-core";
import type { TrainerEvent } from "../../src/trainer/types.ts";

// Misfortunes at a moment that the protocol names, to the frame: a page watches what passes its wires
// and what its trainer tells, and when the moment comes it stops its wires in the same turn of its loop. What
// happens then (a kill, a cut) takes its time, and the moment stays what it was.

/** core/protocol/packet.h */
export const packets = { proof: 2, status: 3, update: 4, commit: 5, fetch: 6, model: 8 } as const;

export type Moment =
  /**
   * A packet passes one of the page's data channels: `first`, `last`: that frame of it has just been handed to the
   * browser, or is about to be taken. `nth` of them, counted from 1: by which one and not the other has the packet.
   */
  | {
      kind: "packet";
      way: "sent" | "received";
      packet: keyof typeof packets;
      part: "first" | "last";
      nth?: number;
    }
  /** The trainer tells it. */
  | { kind: "event"; event: TrainerEvent["kind"]; state?: string }
  /** So many messages have passed its sockets, either way: what is said to find others, or relayed frames. */
  | { kind: "socket"; data: "text" | "binary"; nth: number };

/** What the wires do from then on: `dead`: nothing passes any more; `held`: it waits for release(). */
export type Then = "dead" | "held";

interface Watch {
  arm(moment: Moment, kinds: typeof packets, then: Then): void;
  disarm(): void;
  release(): void;
  told(event: TrainerEvent): void;
  came: boolean;
}

type Globals = { watch: Watch; events: TrainerEvent[] };

/** For a page's init scripts. */
export function watchMoments(): void {
  let wires: "open" | Then = "open";
  let moment: Moment | undefined;
  let wanted = 0;
  let then: Then = "dead";
  let left = 0;
  const held: (() => unknown)[] = [];
  const come = () => {
    moment = undefined;
    wires = then;
    watch.came = true;
  };
  const watch: Watch = {
    came: false,
    arm(given, numbers, whatThen) {
      moment = given;
      wanted = given.kind === "packet" ? numbers[given.packet] : 0;
      left = given.kind === "event" ? 1 : (given.nth ?? 1);
      then = whatThen;
      watch.came = false;
    },
    disarm() {
      moment = undefined;
    },
    release() {
      wires = "open";
      for (const pass of held.splice(0)) pass();
    },
    told(event) {
      if (moment?.kind !== "event" || event.kind !== moment.event) return;
      if (moment.state === undefined || (event.kind === "status" && event.state === moment.state)) come();
    },
  };
  (globalThis as unknown as Globals).watch = watch;

  // A frame is: u8 lane, u32 number, length and offset; at offset 0 follow magic "DeAI", u8 version, u8 kind.
  const kinds = new WeakMap<RTCDataChannel, Map<number, number>>();
  function saw(channel: RTCDataChannel, way: "sent" | "received", bytes: Uint8Array): void {
    if (moment?.kind !== "packet" || moment.way !== way || bytes.length < 14) return;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const [lane, length, offset] = [view.getUint8(0), view.getUint32(5, true), view.getUint32(9, true)];
    const lanes = kinds.get(channel) ?? new Map<number, number>();
    kinds.set(channel, lanes);
    const place = way === "sent" ? lane : lane + 8;
    if (offset === 0) {
      if (bytes.length < 19 || view.getUint32(13, true) !== 0x49416544) return;
      lanes.set(place, view.getUint8(18));
    }
    if (lanes.get(place) !== wanted) return;
    const isLast = offset + bytes.length - 13 === length;
    if (moment.part === "first" ? offset !== 0 : !isLast) return;
    if (--left === 0) come();
  }

  if ("RTCPeerConnection" in globalThis) watchChannels();
  watchSockets();

  function watchChannels(): void {
    const send = RTCDataChannel.prototype.send as (this: RTCDataChannel, data: unknown) => void;
    RTCDataChannel.prototype.send = function (this: RTCDataChannel, data: unknown) {
      if (wires === "dead") return;
      // Its other end may have died meanwhile.
      if (wires === "held") held.push(() => this.readyState === "open" && send.call(this, data));
      else send.call(this, data);
      if (data instanceof Uint8Array) saw(this, "sent", data);
    } as RTCDataChannel["send"];
    const passing = new WeakSet<Event>();
    const createDataChannel = RTCPeerConnection.prototype.createDataChannel;
    RTCPeerConnection.prototype.createDataChannel = function (...given) {
      const channel = createDataChannel.apply(this, given);
      // Before anybody else's listener.
      channel.addEventListener("message", (event: MessageEvent) => {
        if (passing.has(event)) return;
        if (wires === "open" && event.data instanceof ArrayBuffer) saw(channel, "received", new Uint8Array(event.data));
        if (wires === "open") return;
        event.stopImmediatePropagation();
        if (wires !== "held") return;
        held.push(() => {
          const again = new MessageEvent("message", { data: event.data as unknown });
          passing.add(again);
          channel.dispatchEvent(again);
        });
      });
      return channel;
    };
  }

  function watchSockets(): void {
    const socketSend = WebSocket.prototype.send as (this: WebSocket, data: unknown) => void;
    const piece = (data: unknown) => {
      const kind = typeof data === "string" ? "text" : "binary";
      if (moment?.kind === "socket" && moment.data === kind && --left === 0) come();
    };
    const sockets = new WeakSet<WebSocket>();
    WebSocket.prototype.send = function (this: WebSocket, data: unknown) {
      if (!sockets.has(this)) {
        sockets.add(this);
        this.addEventListener("message", ({ data: received }) => piece(received));
      }
      piece(data);
      socketSend.call(this, data);
    } as WebSocket["send"];
  }
}

/** Once the page has its trainer: its events are moments, too. */
export function watchEvents(page: Page): Promise<void> {
  return page.evaluate(() => {
    const { events, watch } = globalThis as unknown as Globals;
    const push = events.push.bind(events);
    events.push = (...told) => {
      for (const event of told) watch.told(event);
      return push(...told);
    };
  });
}

export function arm(page: Page, moment: Moment, then: Then): Promise<void> {
  return page.evaluate(
    ([given, kinds, what]) => (globalThis as unknown as Globals).watch.arm(given, kinds, what),
    [moment, packets, then] as const,
  );
}

export async function came(page: Page, timeoutMs: number): Promise<void> {
  const condition = () => (globalThis as unknown as Globals).watch.came;
  await page.waitForFunction(condition, undefined, { timeout: timeoutMs, polling: 10 });
}

export function release(page: Page): Promise<void> {
  return page.evaluate(() => (globalThis as unknown as Globals).watch.release());
}

/** It waits for nothing any more, and goes on if it had stopped. */
export function disarm(page: Page): Promise<void> {
  return page.evaluate(() => {
    const { watch } = globalThis as unknown as Globals;
    watch.disarm();
    watch.release();
  });
}

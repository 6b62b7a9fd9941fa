/**
 * All that net needs of the world outside, so that its tests can put a clock, sockets and peer
 * connections of their own in their place.
 */
export interface World {
  clock: Clock;
  /** 0 ≤ number < 1; only for jitter, never for keys. */
  random(): number;
  openSocket(url: string): Promise<Socket>;
  /** Undefined where there is no WebRTC: Node, some browsers, and pages that switched it off. */
  createPeerConnection: ((configuration: RTCConfiguration) => PeerConnection) | undefined;
  /** Undefined in pages that are no secure context; then nothing can be sealed. */
  crypto: Crypto | undefined;
  /** Tells that the page woke up or is on a network again; returns what ends that. */
  onWake?: ((woke: () => void) => () => void) | undefined;
  /** Between the tabs of one browser; undefined where there are none. */
  openChannel?: ((name: string) => TabChannel) | undefined;
  /** Ends with the page that holds them; undefined in pages that are no secure context. */
  locks?: Pick<LockManager, "request"> | undefined;
}

/** The part of BroadcastChannel that is used. */
export interface TabChannel {
  onmessage: ((event: { data: unknown }) => void) | null;
  postMessage(message: unknown): void;
  close(): void;
}

export interface Clock {
  now(): number;
  setTimeout(action: () => void, delayMs: number): Timer;
}

export interface Timer {
  cancel(): void;
}

/** The part of WebSocket that is used: what browsers and the package ws have in common. */
export interface Socket {
  binaryType: string;
  readonly readyState: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: ((event: never) => void) | null;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
}

/** The part of RTCPeerConnection that is used. */
export interface PeerConnection {
  readonly connectionState: RTCPeerConnectionState;
  readonly localDescription: RTCSessionDescription | null;
  onconnectionstatechange: ((event: never) => void) | null;
  onicecandidate: ((event: { candidate: { toJSON(): RTCIceCandidateInit } | null }) => void) | null;
  createDataChannel(label: string, options: RTCDataChannelInit): DataChannel;
  restartIce(): void;
  setLocalDescription(): Promise<void>;
  setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void>;
  addIceCandidate(candidate: RTCIceCandidateInit): Promise<void>;
  getStats(): Promise<RTCStatsReport>;
  close(): void;
}

/** The part of RTCDataChannel that is used. */
export interface DataChannel {
  binaryType: string;
  readonly bufferedAmount: number;
  bufferedAmountLowThreshold: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onbufferedamountlow: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(): void;
}

export const socketOpen = 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout(action, delayMs) {
    const timer = setTimeout(action, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};

/** The world as this page or this Node process has it. */
export function defaultWorld(): World {
  const connection = globalThis.RTCPeerConnection as typeof RTCPeerConnection | undefined;
  const crypto = globalThis.crypto as Crypto | undefined;
  const channel = globalThis.BroadcastChannel as typeof BroadcastChannel | undefined;
  const navigator = globalThis.navigator as Navigator | undefined;
  return {
    clock: systemClock,
    random: Math.random,
    openSocket,
    createPeerConnection:
      connection && ((configuration) => new connection(configuration) as PeerConnection),
    crypto: crypto?.subtle ? crypto : undefined,
    openChannel: channel && ((name) => new channel(name) as TabChannel),
    locks: navigator?.locks,
    onWake: "document" in globalThis ? onWake : undefined,
  };
}

/** A phone that slept is shown again; a network that was away is there. */
function onWake(woke: () => void): () => void {
  const end = new AbortController();
  const { signal } = end;
  addEventListener("online", woke, { signal });
  addEventListener("pageshow", woke, { signal });
  const shown = () => {
    if (document.visibilityState === "visible") woke();
  };
  document.addEventListener("visibilitychange", shown, { signal });
  return () => end.abort();
}

async function openSocket(url: string): Promise<Socket> {
  const native = globalThis.WebSocket as typeof WebSocket | undefined;
  if (native) return new native(url) as Socket;
  const { WebSocket: fromPackage } = await import("ws");
  return new fromPackage(url, { perMessageDeflate: false }) as unknown as Socket;
}

import type { SignallingChoice } from "../index.ts";

// How the participants of a room find each other, as it stands in a link (`via`), as the page's
// select shows it, and as the trainer takes it.

export type WayKind = SignallingChoice["kind"];

export const kWays: readonly (readonly [WayKind, string, string])[] = [
  ["server", "Through this server", "It brings you together, and does not learn what you send."],
  ["peerjs", "Through a PeerJS server", "A server of another kind brings you together."],
  ["tabs", "Between the tabs of this browser", "Nothing leaves this device."],
  ["byHand", "By hand", "You send or show each other two texts. No server is needed."],
];

/** Undefined: by the server that the page came from, and nothing else. */
export interface Via {
  kind: WayKind;
  /** Of the PeerJS server, or of more servers. */
  urls: string[];
}

/** `tabs`, `hand`, `peerjs URL`, `servers URL URL…`; what is none of these is the usual way. */
export function readVia(text: string | null): Via | undefined {
  const [kind, ...given] = (text ?? "").split(/\s+/);
  const urls = given.filter(isWebUrl);
  if (kind === "tabs") return { kind, urls: [] };
  if (kind === "hand") return { kind: "byHand", urls: [] };
  if (kind === "peerjs" && urls.length > 0) return { kind, urls: urls.slice(0, 1) };
  if (kind === "servers" && urls.length > 0) return { kind: "server", urls: urls.slice(0, 8) };
  return undefined;
}

export function viaText(via: Via | undefined): string | undefined {
  switch (via?.kind) {
    case "tabs":
      return "tabs";
    case "byHand":
      return "hand";
    case "peerjs":
      return via.urls[0] === undefined ? undefined : `peerjs ${via.urls[0]}`;
    case "server":
      return via.urls.length === 0 ? undefined : `servers ${via.urls.join(" ")}`;
    case undefined:
      return undefined;
  }
}

/** Undefined: the trainer's own. */
export function signallingOf(via: Via | undefined): SignallingChoice[] | undefined {
  const [url] = via?.urls ?? [];
  switch (via?.kind) {
    case "tabs":
    case "byHand":
      return [{ kind: via.kind }];
    case "peerjs":
      return url === undefined ? undefined : [{ kind: "peerjs", url }];
    case "server":
      if (url === undefined) return undefined;
      return [{ kind: "server" }, ...via.urls.map((more) => ({ kind: "server" as const, url: more }))];
    case undefined:
      return undefined;
  }
}

/** Addresses as people type them, one or several; "" of none. */
export function readAddresses(text: string): string[] {
  const addresses = text.split(/[\s,]+/).filter((word) => word !== "");
  return addresses
    .map((word) => (/^https?:\/\//.test(word) ? word : `https://${word}`))
    .filter(isWebUrl);
}

function isWebUrl(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text);
}

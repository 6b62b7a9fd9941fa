import { roomName } from "./format.ts";
import { readVia, viaText, type Via } from "./ways.ts";

/** Where a page is: which task, in which room, with which secret. */
export interface Place {
  task: string | undefined;
  room: string | undefined;
  /** From the link's #fragment: no server ever receives it. */
  secret: string | undefined;
  /** The shard of the sample that the inviting page took: another one is proposed here. */
  taken: number | undefined;
  /** How the participants of the room find each other. */
  via: Via | undefined;
  /** An invitation by hand, behind the # like the secret. */
  offer: string | undefined;
}

export const nowhere: Place = {
  task: undefined,
  room: undefined,
  secret: undefined,
  taken: undefined,
  via: undefined,
  offer: undefined,
};

export function readPlace(href: string): Place {
  const url = new URL(href);
  const taken = url.searchParams.get("taken");
  const fragment = new URLSearchParams(url.hash.slice(1));
  return {
    task: url.searchParams.get("task") || undefined,
    room: url.searchParams.get("room") || undefined,
    secret: fragment.get("secret") || undefined,
    taken: taken === null ? undefined : Number(taken),
    via: readVia(url.searchParams.get("via")),
    offer: fragment.get("offer") || undefined,
  };
}

export function placeLink(base: string, place: Place): string {
  const url = new URL("/", base);
  if (place.task !== undefined) url.searchParams.set("task", place.task);
  if (place.room !== undefined) url.searchParams.set("room", place.room);
  if (place.taken !== undefined) url.searchParams.set("taken", String(place.taken));
  const via = viaText(place.via);
  if (via !== undefined) url.searchParams.set("via", via);
  const fragment = new URLSearchParams();
  if (place.secret !== undefined) fragment.set("secret", place.secret);
  if (place.offer !== undefined) fragment.set("offer", place.offer);
  url.hash = fragment.toString();
  return url.href;
}

/** Where the link of an invitation by hand leads; undefined of any other text. */
export function readInvitation(text: string): (Place & { offer: string }) | undefined {
  const trimmed = text.trim();
  if (!/^https?:\/\//.test(trimmed) || !URL.canParse(trimmed)) return undefined;
  const place = readPlace(trimmed);
  return place.offer === undefined ? undefined : { ...place, offer: place.offer };
}

/** Whether it looks like something that people who connect by hand send each other. */
export function isHandText(text: string): boolean {
  return /^deai-(offer|answer)-/.test(text) || readInvitation(text) !== undefined;
}

export function isSameRoom(one: Place, other: Place): boolean {
  return one.task === other.task && one.room === other.room && one.secret === other.secret;
}

/** A room of one's own with a secret of 128 random bits. */
export function newRoom(): { room: string; secret: string } {
  return {
    room: roomName(crypto.getRandomValues(new Uint8Array(4))),
    secret: base64Url(crypto.getRandomValues(new Uint8Array(16))),
  };
}

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

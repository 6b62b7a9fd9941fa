import { DeaiError } from "../../errors.ts";
import { hasAbilities, isHash, isRecord, isText, maxSignalBytes, parseObject } from "../messages.ts";
import { fromBase64, type SignalSeal, toBase64 } from "../seal.ts";
import type { RoomPeer } from "../signalling.ts";

/** What people carry from one to the other. */
export interface HandText {
  kind: "offer" | "answer";
  /** Of the invitation, which the answer names. */
  id: string;
  member: RoomPeer;
  sdp: string;
}

/** `deai-offer-` or `deai-answer-`, then base64url of the sealed, packed JSON. */
const form = /^deai-(offer|answer)-([\w-]+)$/;
const maxTextLength = 64 * 1024;

export async function writeHandText(seal: SignalSeal, text: HandText): Promise<string> {
  const plain = new TextEncoder().encode(JSON.stringify(text));
  const packed = await through(new CompressionStream("deflate-raw"), plain, maxSignalBytes);
  const sealed = await seal.sealBytes("by hand", text.kind, packed);
  const url = toBase64(sealed).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return `deai-${text.kind}-${url}`;
}

/** Throws a DeaiError that says what is wrong with it. */
export async function readHandText(seal: SignalSeal, given: string): Promise<HandText> {
  const [, kind, url = ""] = form.exec(given.replace(/\s/g, "").slice(0, maxTextLength)) ?? [];
  const sealed = fromBase64(url.replaceAll("-", "+").replaceAll("_", "/"));
  if ((kind !== "offer" && kind !== "answer") || !sealed) {
    const text = "This is no invitation and no answer: expected a text that begins with deai-offer- or deai-answer-, all of it.";
    throw new DeaiError("by-hand", text);
  }
  try {
    const packed = await seal.openBytes("by hand", kind, sealed);
    if (packed) return checked(kind, await through(new DecompressionStream("deflate-raw"), packed, maxSignalBytes));
  } catch {
    // Said below: where nothing is sealed, other bytes are just no packed JSON.
  }
  throw new DeaiError("by-hand", "This text is damaged, or of a room with another secret.");
}

function checked(kind: HandText["kind"], plain: Uint8Array): HandText {
  const { id, member, sdp, kind: said } = parseObject(new TextDecoder().decode(plain)) ?? {};
  if (said !== kind || !isText(id, 64) || !isText(sdp, maxSignalBytes)) throw new Error("fields");
  if (!isRecord(member) || !isHash(member["peer"]) || !hasAbilities(member)) throw new Error("member");
  const { direct, relay, fallback } = member;
  return { kind, id, member: { peer: member["peer"], direct, relay, fallback }, sdp };
}

/** Few bytes of a stranger may unpack to very many: then it is none of ours. */
async function through(
  stream: GenericTransformStream,
  bytes: Uint8Array<ArrayBuffer>,
  most: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = new Blob([bytes]).stream().pipeThrough(stream as TransformStream<Uint8Array, Uint8Array>).getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    size += value.length;
    if (size > most) {
      await reader.cancel();
      throw new Error("too long");
    }
  }
  return new Uint8Array(await new Blob(parts as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}

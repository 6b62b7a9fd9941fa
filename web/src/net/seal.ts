/**
 * What is sealed between peers, with WebCrypto alone. Two things:
 *
 * Signals (offers, answers, candidates, relay keys). With a room secret: AES-256-GCM under
 * HKDF-SHA-256(secret), a random nonce each, the two names as additional data, so that the server
 * can neither read nor alter nor redirect them. Without one they travel as plain JSON.
 *
 * Relayed frames, always. ECDH on P-256 with fresh keys per link; HKDF-SHA-256 with the room secret
 * as salt and both names and keys as info gives one AES-256-GCM key per direction and a tag that
 * tells this link's frames from those of an earlier one. The nonce is a counter, and the receiver
 * takes exactly the next one: nothing is replayed, reordered or left out unnoticed.
 */
import { parseObject } from "./messages.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const nonceBytes = 12;

export interface SignalSeal {
  seal(from: string, to: string, message: object): Promise<string>;
  /** Undefined: not sealed with this room's secret (or, without one: not JSON). */
  open(from: string, to: string, payload: string): Promise<Record<string, unknown> | undefined>;
  /** The same of bytes, which stand as they are where there is no secret. */
  sealBytes(from: string, to: string, plain: Bytes): Promise<Bytes>;
  openBytes(from: string, to: string, sealed: Bytes): Promise<Bytes | undefined>;
}

/** Signals of a room without a secret: the server is trusted. */
export const plainSeal: SignalSeal = {
  seal: (_from, _to, message) => Promise.resolve(JSON.stringify(message)),
  open: (_from, _to, payload) => Promise.resolve(parseObject(payload)),
  sealBytes: (_from, _to, plain) => Promise.resolve(plain),
  openBytes: (_from, _to, sealed) => Promise.resolve(sealed),
};

export async function secretSeal(
  crypto: Crypto,
  secret: string,
  room: string,
  taskHash: string,
): Promise<SignalSeal> {
  const material = await crypto.subtle.importKey("raw", utf8(secret), "HKDF", false, ["deriveKey"]);
  const key = await crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: utf8("deai signals 1"), info: fields(room, taskHash) },
    material,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt", "decrypt"],
  );
  const sealBytes = async (from: string, to: string, plain: Bytes): Promise<Bytes> => {
    const iv = crypto.getRandomValues(new Uint8Array(nonceBytes));
    const parameters = { name: "AES-GCM", iv, additionalData: fields(from, to) };
    return join(iv, new Uint8Array(await crypto.subtle.encrypt(parameters, key, plain)));
  };
  const openBytes = async (from: string, to: string, sealed: Bytes): Promise<Bytes | undefined> => {
    const iv = sealed.subarray(0, nonceBytes);
    const parameters = { name: "AES-GCM", iv, additionalData: fields(from, to) };
    try {
      const plain = await crypto.subtle.decrypt(parameters, key, sealed.subarray(nonceBytes));
      return new Uint8Array(plain);
    } catch {
      return undefined;
    }
  };
  return {
    sealBytes,
    openBytes,
    async seal(from, to, message) {
      return toBase64(await sealBytes(from, to, utf8(JSON.stringify(message))));
    },
    async open(from, to, payload) {
      const sealed = fromBase64(payload);
      const plain = sealed && (await openBytes(from, to, sealed));
      return plain && parseObject(new TextDecoder().decode(plain));
    },
  };
}

/** What both ends of a relayed link know of it before its keys are made. */
export interface RelayParties {
  room: string;
  taskHash: string;
  secret: string | undefined;
  offerer: string;
  answerer: string;
}

export interface RelayKeyPair {
  /** The public key, base64. */
  publicKey: string;
  privateKey: CryptoKey;
}

export async function createRelayKeyPair(crypto: Crypto): Promise<RelayKeyPair> {
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const pair = await crypto.subtle.generateKey(curve, false, ["deriveBits"]);
  const raw = await crypto.subtle.exportKey("raw", pair.publicKey);
  return { publicKey: toBase64(new Uint8Array(raw)), privateKey: pair.privateKey };
}

/** Throws when `otherPublicKey` is no point of the curve. */
export async function createRelayCipher(
  crypto: Crypto,
  own: RelayKeyPair,
  otherPublicKey: string,
  isOfferer: boolean,
  parties: RelayParties,
): Promise<RelayCipher> {
  const { subtle } = crypto;
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const otherBytes = fromBase64(otherPublicKey) ?? new Uint8Array();
  const other = await subtle.importKey("raw", otherBytes, curve, false, []);
  const shared = await subtle.deriveBits({ name: "ECDH", public: other }, own.privateKey, 256);
  const material = await subtle.importKey("raw", shared, "HKDF", false, ["deriveBits"]);
  const offererKey = isOfferer ? own.publicKey : otherPublicKey;
  const answererKey = isOfferer ? otherPublicKey : own.publicKey;
  const info = fields(
    "deai relay 2",
    parties.room,
    parties.taskHash,
    parties.offerer,
    parties.answerer,
    offererKey,
    answererKey,
  );
  const salt = utf8(parties.secret ?? "");
  const derived = await subtle.deriveBits(
    { name: "HKDF", hash: "SHA-256", salt, info },
    material,
    8 * (32 + 32 + tagBytes),
  );
  const importKey = (from: number, usage: KeyUsage) =>
    subtle.importKey("raw", derived.slice(from, from + 32), "AES-GCM", false, [usage]);
  const [sealFrom, openFrom] = isOfferer ? [0, 32] : [32, 0];
  const sealKey = await importKey(sealFrom, "encrypt");
  const openKey = await importKey(openFrom, "decrypt");
  return new RelayCipher(subtle, sealKey, openKey, new Uint8Array(derived.slice(64)));
}

const tagBytes = 8;
const counterBytes = 8;
const headerBytes = tagBytes + counterBytes;

export type Opened =
  | { kind: "plain"; bytes: Bytes }
  /** Of another link, forged, damaged or seen before: no word of the peer's, to be ignored. */
  | { kind: "ignored" }
  /** The peer's, but one before it is missing: this link cannot go on. */
  | { kind: "gap" };

/** tag (8) · counter (8, little-endian) · AES-GCM ciphertext; one object per link and end. */
export class RelayCipher {
  private sealed = 0;
  private opened = 0;

  constructor(
    private readonly subtle: SubtleCrypto,
    private readonly sealKey: CryptoKey,
    private readonly openKey: CryptoKey,
    private readonly tag: Bytes,
  ) {}

  /** Calls must be awaited one after the other. */
  async seal(plain: Bytes): Promise<Bytes> {
    const header = new Uint8Array(headerBytes);
    header.set(this.tag);
    new DataView(header.buffer).setBigUint64(tagBytes, BigInt(this.sealed++), true);
    const sealed = await this.subtle.encrypt(this.parameters(header), this.sealKey, plain);
    return join(header, new Uint8Array(sealed));
  }

  /** Calls must be awaited one after the other. */
  async open(bytes: Bytes): Promise<Opened> {
    if (bytes.length < headerBytes) return { kind: "ignored" };
    const header = bytes.slice(0, headerBytes);
    if (!this.tag.every((byte, i) => byte === header[i])) return { kind: "ignored" };
    const counter = new DataView(header.buffer).getBigUint64(tagBytes, true);
    if (counter < this.opened) return { kind: "ignored" };
    let plain: ArrayBuffer;
    try {
      const sealed = bytes.subarray(headerBytes);
      plain = await this.subtle.decrypt(this.parameters(header), this.openKey, sealed);
    } catch {
      return { kind: "ignored" };
    }
    if (counter > this.opened) return { kind: "gap" };
    this.opened++;
    return { kind: "plain", bytes: new Uint8Array(plain) };
  }

  private parameters(header: Bytes): AesGcmParams {
    const iv = new Uint8Array(nonceBytes);
    iv.set(header.subarray(tagBytes), nonceBytes - counterBytes);
    return { name: "AES-GCM", iv, additionalData: header };
  }
}

/** Texts as one byte string that no other list of texts gives. */
export function fields(...texts: string[]): Bytes {
  return utf8(JSON.stringify(texts));
}

function utf8(text: string): Bytes {
  return new TextEncoder().encode(text);
}

function join(first: Bytes, second: Bytes): Bytes {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}

export function toBase64(bytes: Bytes): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** Undefined: no base64. */
export function fromBase64(text: string): Bytes | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

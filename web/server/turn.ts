import { createHmac } from "node:crypto";

/** A TURN server that shares a secret with this one. */
export interface TurnOptions {
  /** turn:host:port?transport=udp, …?transport=tcp, turns:… */
  urls: string[];
  /** The same as coturn's static-auth-secret. */
  secret: string;
  /** How long credentials are good for: 12 hours. */
  lifetimeSeconds?: number;
}

const usualLifetimeSeconds = 12 * 3600;

export function turnLifetimeSeconds(options: TurnOptions | undefined): number {
  return options?.lifetimeSeconds ?? usualLifetimeSeconds;
}

/**
 * Credentials that end by themselves, by the scheme of "A REST API For Access To TURN Services"
 * (draft-uberti-behave-turn-rest): the name is `expiry:participant`, the password its HMAC-SHA1. The TURN
 * server computes the same and needs no list of users.
 */
export function turnServer(options: TurnOptions, peer: string, nowMs: number): RTCIceServer {
  const { urls, secret } = options;
  const expiry = Math.floor(nowMs / 1000) + turnLifetimeSeconds(options);
  const username = `${String(expiry)}:${peer.slice(0, 16)}`;
  const credential = createHmac("sha1", secret).update(username).digest("base64");
  return { urls, username, credential };
}

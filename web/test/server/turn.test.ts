import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { afterEach, test } from "node:test";
import { turnServer } from "../../server/turn.ts";
import { joinRoom, peerName, startServer, stopServer, type TestServer } from "./support.ts";

let server: TestServer | undefined;
afterEach(async () => {
  if (server) await stopServer(server);
  server = undefined;
});

const turn = { urls: ["turn:127.0.0.1:3478?transport=udp"], secret: "north" };

function credentialOf(username: string): string {
  return createHmac("sha1", "north").update(username).digest("base64");
}

test("a credential is what coturn computes of the name and the secret", () => {
  const made = turnServer({ ...turn, lifetimeSeconds: 60 }, peerName(10), 1_700_000_000_999);
  assert.equal(made.username, "1700000060:0000000000000000");
  // printf 1700000060:0000000000000000 | openssl dgst -sha1 -hmac north -binary | base64
  assert.equal(made.credential, "VApYyJLiZnBcbGbPIfaevqj659o=");
});

test("each participant gets its own with the room, and new ones before they end", async () => {
  const stun = { urls: "stun:127.0.0.1:3478" };
  server = await startServer({ iceServers: [stun], turn: { ...turn, lifetimeSeconds: 2 } });
  const { client, joined } = await joinRoom(server, 5);
  const first = (joined["iceServers"] as RTCIceServer[])[1];
  assert.deepEqual((joined["iceServers"] as RTCIceServer[])[0], stun);
  assert.deepEqual(first?.urls, turn.urls);
  assert.equal(first?.credential, credentialOf(String(first?.username)));
  const again = await client.nextText();
  assert.deepEqual({ ...again, iceServers: 0 }, { ...joined, iceServers: 0 });
  const second = (again["iceServers"] as RTCIceServer[])[1];
  assert.ok(Number.parseInt(second?.username ?? "") > Number.parseInt(first?.username ?? ""));
  assert.equal(second?.credential, credentialOf(String(second?.username)));
});

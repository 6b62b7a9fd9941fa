import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bytes,
  counted,
  decimal,
  fingerprint,
  percent,
  personHue,
  personName,
  roomName,
} from "../../src/ui/format.ts";
import { newRoom, nowhere, placeLink, readPlace } from "../../src/ui/invite.ts";

test("numbers are written for people", () => {
  assert.equal(percent(0.7849), "78.5 %");
  assert.deepEqual([0.12345, 1.2345, 12.345, 123.45, NaN].map(decimal), [
    "0.123",
    "1.23",
    "12.3",
    "123",
    "–",
  ]);
  assert.deepEqual([0, 999, 1000, 45_678, 999_600, 3.2e9].map(bytes), [
    "0 B",
    "999 B",
    "1.0 kB",
    "46 kB",
    "1.0 MB",
    "3.2 GB",
  ]);
  assert.equal(counted(1, "row"), "1 row");
  assert.equal(counted(6000, "picture"), "6,000 pictures");
  assert.equal(fingerprint("0123456789ab"), "0123 4567");
});

test("a key always has the same name and colour", () => {
  const key = "00017fff".padEnd(64, "0");
  assert.equal(personName(key), personName(key));
  assert.match(personName(key), /^[a-z]+ [a-z]+$/);
  assert.notEqual(personName(key), personName("0001".padEnd(64, "0").replace("01", "02")));
  assert.equal(personHue(key), 180);
  assert.match(roomName(Uint8Array.of(255, 255, 255, 255)), /^[a-z]+-[a-z]+-\d{3}$/);
});

test("an invite link holds task, room and, behind the #, the secret", () => {
  const { room, secret } = newRoom();
  assert.match(secret, /^[A-Za-z0-9_-]{22}$/);
  assert.notEqual(newRoom().secret, secret);
  const place = { ...nowhere, task: "titanic", room, secret, taken: 2 };
  const link = placeLink("http://host:8080/x?y=1#z", place);
  assert.deepEqual(readPlace(link), place);
  const url = new URL(link);
  assert.equal(url.pathname, "/");
  assert.ok(!url.search.includes(secret));
  assert.equal(url.hash, `#secret=${secret}`);
});

test("a link says how the room's participants find each other", () => {
  const ways = [
    { kind: "tabs", urls: [] },
    { kind: "byHand", urls: [] },
    { kind: "peerjs", urls: ["https://peers.test/x?key=y"] },
    { kind: "server", urls: ["https://a.test/", "https://b.test/"] },
  ] as const;
  for (const { kind, urls } of ways) {
    const via = { kind, urls: [...urls] };
    assert.deepEqual(readPlace(placeLink("http://host/", { ...nowhere, via })).via, via);
  }
  for (const junk of ["", "x", "peerjs", "peerjs javascript:alert(1)", "servers nothing"]) {
    assert.equal(readPlace(`http://host/?via=${encodeURIComponent(junk)}`).via, undefined, junk);
  }
  const offer = "deai-offer-abc";
  const link = placeLink("http://host/", { ...nowhere, secret: "s", offer });
  assert.equal(new URL(link).hash, "#secret=s&offer=deai-offer-abc");
  assert.equal(readPlace(link).offer, offer);
});

test("strange addresses are taken as they are, or not at all", () => {
  const none = nowhere;
  assert.deepEqual(readPlace("http://host/"), none);
  assert.deepEqual(readPlace("http://host/?task=&room=#secret="), none);
  const room = "a&b#c <i>";
  assert.equal(readPlace(placeLink("http://host/", { ...none, room })).room, room);
});

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { afterEach, test } from "node:test";
import { createNetwork } from "../../src/net/network.ts";
import { isFinalRefusal } from "../../src/net/messages.ts";
import type { Network, NetworkEvent, NetworkOptions } from "../../src/net/types.ts";
import { peerName, startServer, stopServer, taskHash, type TestServer } from "./support.ts";

// The page's wires and the real server together, in Node: no WebRTC, so that links are relayed.

let server: TestServer;
let networks: Network[] = [];
afterEach(async () => {
  for (const network of networks.splice(0)) network.close();
  await stopServer(server);
});

interface Participant {
  network: Network;
  events: NetworkEvent[];
  link(): number | undefined;
  frames(): Uint8Array[];
}

function enter(peer: number, options: Partial<NetworkOptions> = {}): Participant {
  const events: NetworkEvent[] = [];
  const network = createNetwork({
    server: server.url,
    room: "test room",
    secret: "secret",
    peer: peerName(peer),
    mode: "auto",
    task: '{"deai":1}',
    taskHash,
    minParticipants: 2,
    mesh: { most: 16, links: 0 },
    onEvent: (event) => events.push(event),
    ...options,
  });
  networks.push(network);
  return {
    network,
    events,
    link() {
      const down = new Set(events.map((event) => event.kind === "linkDown" && event.link));
      const up = events.findLast((event) => event.kind === "linkUp");
      return up && !down.has(up.link) ? up.link : undefined;
    },
    frames: () => events.flatMap((event) => (event.kind === "frames" ? event.frames : [])),
  };
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, "it did not come about within 10 s");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test("ten megabytes go through the sealed relay unharmed", async () => {
  server = await startServer();
  const one = enter(1);
  const two = enter(2);
  await until(() => one.link() !== undefined && two.link() !== undefined);
  const sent = createHash("sha256");
  for (let i = 0; i < 640; i++) {
    const frame = Uint8Array.from({ length: 16 * 1024 }, (_, k) => (i * 31 + k) & 0xff);
    sent.update(frame);
    one.network.send(one.link() ?? 0, frame);
  }
  await until(() => two.frames().length === 640);
  const received = createHash("sha256");
  for (const frame of two.frames()) received.update(frame);
  assert.equal(received.digest("hex"), sent.digest("hex"));
  const drained = () =>
    one.events.reduce((sum, event) => sum + (event.kind === "drained" ? event.bytes : 0), 0);
  await until(() => drained() === 640 * 16 * 1024);
});

test("after a restart of the server the relayed link comes back", async () => {
  server = await startServer();
  const one = enter(1);
  const two = enter(2);
  await until(() => one.link() !== undefined && two.link() !== undefined);
  const { folder, url } = server;
  await server.close();
  await until(() => one.link() === undefined && two.link() === undefined);
  server = await startServer({ port: Number(new URL(url).port) }, folder);
  await until(() => one.link() !== undefined && two.link() !== undefined);
  one.network.send(one.link() ?? 0, Uint8Array.of(1, 2));
  await until(() => two.frames().length === 1);
  assert.deepEqual(two.frames()[0], Uint8Array.of(1, 2));
});

test("without a relay the room goes federated, and late ones follow", async () => {
  server = await startServer({ relay: false });
  const hash = createHash("sha256").update('{"deai":1}').digest("hex");
  const [one, two] = [enter(1, { taskHash: hash }), enter(2, { taskHash: hash })];
  const path = ({ events }: Participant) => {
    const up = events.findLast((event) => event.kind === "linkUp");
    return up?.path;
  };
  await until(() => path(one) === "coordinator" && path(two) === "coordinator");
  const three = enter(3, { taskHash: hash });
  await until(() => path(three) === "coordinator");
  assert.ok(three.events.some((event) => event.kind === "mode" && event.mode === "federated"));
  one.network.send(one.link() ?? 0, Uint8Array.of(7));
  await until(() => three.frames().some((frame) => frame.length === 1 && frame[0] === 7));
});

test("one more than the mesh takes: the room goes on through the coordinator", async () => {
  server = await startServer();
  const hash = createHash("sha256").update('{"deai":1}').digest("hex");
  const options = { taskHash: hash, mesh: { most: 2, links: 0 } };
  const [one, two] = [enter(1, options), enter(2, options)];
  await until(() => one.link() !== undefined && two.link() !== undefined);
  const three = enter(3, options);
  const through = ({ events }: Participant) =>
    events.some((event) => event.kind === "linkUp" && event.path === "coordinator");
  await until(() => [one, two, three].every(through));
  three.network.send(three.link() ?? 0, Uint8Array.of(9));
  await until(() => one.frames().some((frame) => frame.length === 1 && frame[0] === 9));
});

test("one more than the mesh takes, with peers only: a refusal in words, and nobody else is hurt", async () => {
  server = await startServer();
  const options = { mode: "decentralized" as const, mesh: { most: 2, links: 0 } };
  const [one, two] = [enter(1, options), enter(2, options)];
  await until(() => one.link() !== undefined && two.link() !== undefined);
  const three = enter(3, options);
  await until(() => three.events.some((event) => event.kind === "warning"));
  const warning = three.events.find((event) => event.kind === "warning");
  assert.equal(warning?.code, "full");
  assert.match(warning.text, /mesh takes 2 participants/);
  assert.ok(!isFinalRefusal(warning.code), "it is tried again");
  one.network.send(one.link() ?? 0, Uint8Array.of(5));
  await until(() => two.frames().length === 1);
});

test("a large room that gossips: each has a few links, also after some left and others came", async () => {
  server = await startServer({ limits: { countMs: 50 } });
  const options = { mode: "decentralized" as const, mesh: { most: 6, links: 4 } };
  const people = Array.from({ length: 14 }, (_, index) => enter(index + 1, options));
  const linksOf = ({ events }: Participant) => {
    const links = new Map<number, string>();
    for (const event of events) {
      if (event.kind === "linkUp" && event.peer !== undefined) links.set(event.link, event.peer);
      if (event.kind === "linkDown") links.delete(event.link);
    }
    return new Set(links.values());
  };
  const wanted = ({ events }: Participant) =>
    events.findLast((event) => event.kind === "presence") ?? { peers: [] as string[], count: 0 };
  const isReady = (room: Participant[]) =>
    room.every((participant) => {
      const [links, { peers, count }] = [linksOf(participant), wanted(participant)];
      const isLinked = links.size === peers.length && peers.every((peer) => links.has(peer));
      return count === room.length && isLinked && peers.length >= 2 && peers.length <= 4;
    });
  await until(() => isReady(people));
  for (const { network } of people.splice(2, 4)) network.close();
  people.push(...[21, 22, 23].map((number) => enter(number, options)));
  await until(() => isReady(people));
  const refused = people.flatMap(({ events }) => events.filter(({ kind }) => kind === "warning"));
  assert.deepEqual(refused, []);
});

test("a final refusal reaches the page as a warning", async () => {
  server = await startServer();
  const one = enter(1, { room: "bad\nroom" });
  await until(() => one.events.some((event) => event.kind === "warning"));
  const warning = one.events.find((event) => event.kind === "warning");
  assert.equal(warning?.code, "message");
});

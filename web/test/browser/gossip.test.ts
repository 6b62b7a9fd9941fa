import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test, type TestContext } from "node:test";
import type { Exchange, Task } from "../../src/task.ts";
import { Harness, ParticipantPage } from "./harness.ts";

// Three pages whose models are their own: neighbours agree by a scheme of task.json. One page leaves,
// and another joins. What crossed the wires is read from the data channels' own statistics.
//
//   DEAI_SCHEMES=all npm run test:browser -- gossip   every scheme (about a minute each); otherwise CHOCO

const roundMs = 180_000;

interface Counted {
  connections: RTCPeerConnection[];
  /** By connection: what its channels say they sent. */
  sent: Map<RTCPeerConnection, number>;
}

/** Keeps what each data channel of the page sent, also of those that are closed since. */
function countChannels(): void {
  const counted: Counted = { connections: [], sent: new Map() };
  (globalThis as unknown as { counted: Counted }).counted = counted;
  const Original = RTCPeerConnection;
  globalThis.RTCPeerConnection = class extends Original {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      counted.connections.push(this);
    }
  };
  setInterval(() => {
    for (const connection of counted.connections) {
      if (connection.connectionState === "closed") continue;
      void connection.getStats().then((report) => {
        let bytes = 0;
        report.forEach((entry: { type: string; bytesSent?: number }) => {
          if (entry.type === "data-channel") bytes += entry.bytesSent ?? 0;
        });
        counted.sent.set(connection, Math.max(bytes, counted.sent.get(connection) ?? 0));
      });
    }
  }, 100);
}

function channelBytes(page: ParticipantPage): Promise<number> {
  return page.page.evaluate(async () => {
    await new Promise((later) => setTimeout(later, 300));
    const { sent } = (globalThis as unknown as { counted: Counted }).counted;
    return [...sent.values()].reduce((sum, bytes) => sum + bytes, 0);
  });
}

async function mnistWith(exchange: Partial<Exchange>): Promise<Task> {
  const url = new URL("../../../tasks/mnist/task.json", import.meta.url);
  const task = JSON.parse(await readFile(url, "utf8")) as Task;
  return { ...task, exchange: { ...task.exchange, ...exchange } };
}

async function join(
  harness: Harness,
  task: Task,
  seed: number,
  shards: number[],
): Promise<ParticipantPage> {
  const page = await harness.newPage();
  await page.addInitScript(countChannels);
  await harness.openBlank(page);
  const participant = new ParticipantPage(page, () => page.context().close());
  await participant.create({
    ...{ task, taskUrl: `${harness.server.url}/tasks/mnist/task.json`, mode: "decentralized" },
    ...{ room: "neighbours", secret: "secret", seed, minParticipants: 2 },
  });
  await participant.addSamples(...shards);
  return participant;
}

/** Until each has done so many rounds of its own: a slow machine's page counts for less otherwise. */
async function train(t: TestContext, exchange: Partial<Exchange>, rounds: number): Promise<void> {
  const harness = await Harness.start(t);
  const task = await mnistWith(exchange);
  const shards = [[0, 1, 2, 3], [4, 5, 6], [7, 8, 9]] as const;
  const pages: ParticipantPage[] = [];
  for (const [index, own] of shards.entries()) {
    pages.push(await join(harness, task, index + 1, [...own]));
  }
  const [first, second, leaver] = pages as [ParticipantPage, ParticipantPage, ParticipantPage];
  await Promise.all(pages.map((page) => page.run({})));
  const third = Math.ceil(rounds / 3);
  await Promise.all(pages.map((page) => page.reached(third, roundMs)));
  const left = { bytes: await channelBytes(leaver), facts: await leaver.statistics() };
  await leaver.close();
  const joiner = await join(harness, task, 4, [7, 8, 9]);
  await joiner.run({});
  await Promise.all([first, second].map((page) => page.reached(2 * third, roundMs)));
  await joiner.reached(2 * third, roundMs);
  const stayed = [first, second, joiner];
  await Promise.all(stayed.map((page) => page.reached(rounds, roundMs)));
  await Promise.all(stayed.map((page) => page.stop()));

  let [measured, counted, full] = [left.bytes, left.facts.payloadBytes, left.facts.fullBytes];
  for (const page of stayed) {
    const [bytes, facts, evaluation] = [
      await channelBytes(page),
      await page.statistics(),
      await page.evaluate(),
    ];
    measured += bytes;
    counted += facts.payloadBytes;
    full += facts.fullBytes;
    const lastRounds = await page.events("round");
    assert.ok(lastRounds.some(({ participants }) => participants === 3));
    const { accuracy = 0 } = evaluation.metrics;
    const { consensusDistance } = facts;
    t.diagnostic(
      `accuracy ${String(accuracy)}, ${String(await page.round())} rounds, models ${consensusDistance.toFixed(4)} apart`,
    );
    assert.ok(accuracy >= 0.97, `accuracy ${String(accuracy)}`);
    assert.ok(consensusDistance > 0 && consensusDistance < 0.2, String(consensusDistance));
    // The models that newcomers were given, in full floats.
    for (const { text } of await page.events("status")) {
      if (text.startsWith("Took over the room's model")) counted += 4 * facts.weightCount;
    }
  }
  t.diagnostic(
    `channels ${String(measured)} bytes, codec ${String(counted)} (${(measured / counted).toFixed(4)}), full floats ${String(full)} (${(full / measured).toFixed(1)} times)`,
  );
  assert.ok(measured >= counted && measured <= 1.05 * counted, `${String(measured / counted)}`);
  harness.checkNoErrors();
}

const limits = { timeout: 600_000 };
const all = process.env["DEAI_SCHEMES"] === "all";

test("mnist by CHOCO with signs, while one leaves and one joins", limits, (t) =>
  train(t, { scheme: "choco", local_steps: 5 }, 120),
);

test("mnist by PowerGossip", { ...limits, skip: !all }, (t) =>
  train(t, { scheme: "power", iterations: 2, local_steps: 10 }, 60),
);

test("mnist by SwarmSGD", { ...limits, skip: !all }, (t) =>
  train(t, { scheme: "swarm", local_steps: 10 }, 90),
);

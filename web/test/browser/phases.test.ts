import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test, type TestContext } from "node:test";
import type { Page } from "playwright-core";
import type { Task } from "../../src/task.ts";
import { Harness, ParticipantPage } from "./harness.ts";
import { arm, came, disarm, type Moment, release, watchEvents, watchMoments } from "./moments.ts";

// Decentralized rooms of real pages: a page dies and is opened again, with what it kept or without, and the server
// is killed and started again, at every moment of a round that the protocol knows (moments.ts).
//
//   DEAI_PHASES=all node --import tsx --test test/browser/phases.test.ts
//
// has every moment by every end (4 minutes); otherwise every other one (70 s).

const waitMs = 60_000;
const all = process.env["DEAI_PHASES"] === "all";
const limits = { timeout: all ? 1_200_000 : 240_000 };

const everyday = <T>(whole: T[]) => whole.filter((_, at) => all || at % 2 === 0);

type Named = readonly [name: string, moment: Moment];

const inRounds: Named[] = [
  ["a round begins", { kind: "event", event: "status", state: "training" }],
  ["in its local steps", { kind: "event", event: "step" }],
  ["a part of its update has left", { kind: "packet", way: "sent", packet: "update", part: "first" }],
  ["its update has left for one", { kind: "packet", way: "sent", packet: "update", part: "last" }],
  ["its update has left for all", { kind: "packet", way: "sent", packet: "update", part: "last", nth: 2 }],
  ["others' updates come", { kind: "packet", way: "received", packet: "update", part: "first" }],
  ["the last of others' updates is there", { kind: "packet", way: "received", packet: "update", part: "last", nth: 2 }],
  ["it has told one of the commit", { kind: "packet", way: "sent", packet: "commit", part: "last" }],
  ["it has told all of the commit", { kind: "packet", way: "sent", packet: "commit", part: "last", nth: 2 }],
  ["it hears of a commit", { kind: "packet", way: "received", packet: "commit", part: "last" }],
];
/** Of a page that joins. */
const inJoining: Named[] = [
  ["it looks for the others", { kind: "socket", data: "text", nth: 3 }],
  ["it has said who it is", { kind: "packet", way: "sent", packet: "proof", part: "last" }],
  ["it has asked for the model", { kind: "packet", way: "sent", packet: "fetch", part: "last" }],
  ["a part of the model is there", { kind: "packet", way: "received", packet: "model", part: "first" }],
];

/** Of some frames an update, and of steps enough that one can die between them. */
async function longerTitanic(): Promise<Task> {
  const url = new URL("../../../tasks/titanic/task.json", import.meta.url);
  const task = JSON.parse(await readFile(url, "utf8")) as Task;
  const layers = task.model.layers.map((layer) =>
    layer.kind === "dense" && layer.units === 32 ? { ...layer, units: 512 } : layer,
  );
  return { ...task, model: { ...task.model, layers }, exchange: { ...task.exchange, local_steps: 60 } };
}

interface Life {
  page: Page;
  participant: ParticipantPage;
}

class Room {
  private constructor(
    readonly harness: Harness,
    private readonly task: Task,
    private readonly webRtc: boolean,
  ) {}

  static async open(t: TestContext, webRtc = true): Promise<Room> {
    return new Room(await Harness.start(t), await longerTitanic(), webRtc);
  }

  /** Somebody new, or, `beside` a page, what is opened again in its browser. Does not train yet. */
  async enter(shard: number, beside?: Page): Promise<Life> {
    const page = await this.harness.newPage({ webRtc: this.webRtc, ...(beside && { beside }) });
    if (!beside) await page.context().addInitScript(watchMoments);
    await this.harness.openBlank(page);
    const participant = new ParticipantPage(page, () => page.close());
    const { url } = this.harness.server;
    await participant.create({
      ...{ task: this.task, taskUrl: `${url}/tasks/titanic/task.json`, mode: "decentralized" },
      ...{ room: "phases", secret: "secret", seed: shard },
    });
    await participant.addSamples(shard);
    await watchEvents(page);
    return { page, participant };
  }
}

/** Into the browser's own files, as the page does. */
function keep({ page }: Life): Promise<number> {
  return page.evaluate(async () => {
    const { trainer } = globalThis as unknown as { trainer: import("../../src/index.ts").Trainer };
    const round = trainer.round();
    const folder = await navigator.storage.getDirectory();
    const writable = await (await folder.getFileHandle("kept", { create: true })).createWritable();
    await writable.write(await trainer.save());
    await writable.close();
    return round;
  });
}

function restore({ page }: Life): Promise<void> {
  return page.evaluate(async () => {
    const { trainer } = globalThis as unknown as { trainer: import("../../src/index.ts").Trainer };
    const folder = await navigator.storage.getDirectory();
    const file = await (await folder.getFileHandle("kept")).getFile();
    await trainer.restore(new Uint8Array(await file.arrayBuffer()));
  });
}

type End = "closed" | "crashed";

/** Its context stays, and with it what it kept. */
async function die({ page }: Life, end: End): Promise<void> {
  if (end === "crashed") {
    const crashed = page.waitForEvent("crash");
    const session = await page.context().newCDPSession(page);
    void session.send("Page.crash").catch(() => undefined);
    await crashed;
  }
  await page.close();
}

const each = (lives: Life[], act: (participant: ParticipantPage) => Promise<unknown>) =>
  Promise.all(lives.map(({ participant }) => act(participant)));
const highest = async (lives: Life[]) =>
  Math.max(...(await Promise.all(lives.map(({ participant }) => participant.round()))));

/** They go on: so many rounds more than any of them has now. */
async function goOn(lives: Life[], rounds = 3): Promise<void> {
  const end = (await highest(lives)) + rounds;
  await each(lives, (participant) => participant.reached(end, waitMs));
}

/** All end at one round with one model, and to nobody a round came twice or backwards. */
async function endAlike(lives: Life[]): Promise<void> {
  await each(lives, (participant) => participant.stop());
  const end = (await highest(lives)) + 3;
  await each(lives, (participant) => participant.run({ untilRound: end }));
  await each(lives, (participant) => participant.finished(waitMs));
  const ends = await Promise.all(
    lives.map(async ({ participant }) => `${String(await participant.round())} ${await participant.modelHash()}`),
  );
  assert.equal(new Set(ends).size, 1, ends.join("\n"));
  for (const { participant } of lives) {
    const rounds = (await participant.events("round")).map(({ round }) => round);
    assert.deepEqual(rounds, [...new Set(rounds)].sort((a, b) => a - b));
    const { metrics } = await participant.evaluate();
    assert.ok((metrics.accuracy ?? 0) >= 0.75, `accuracy ${String(metrics.accuracy)}`);
  }
}

async function joined(life: Life, participants: number): Promise<void> {
  await life.participant.run({});
  await life.participant.sawRoundOf(participants, waitMs);
}

test("a page dies at every moment of a round, and comes back", limits, async (t) => {
  const room = await Room.open(t);
  const others = [await room.enter(0), await room.enter(1)];
  let victim = await room.enter(2);
  for (const life of [...others, victim]) await life.participant.run({});
  await goOn([...others, victim]);
  const ends = ["closed", "crashed"] as const;
  const cases = everyday(inRounds).flatMap(([name, moment], at) =>
    [0, 1, 2, 3]
      .filter((way) => all || way === at % 4)
      .map((way) => ({ name, moment, end: ends[way % 2] ?? "closed", keeps: way < 2 })),
  );
  for (const { name, moment, end, keeps } of cases) {
    const began = Date.now();
    const kept = await keep(victim);
    await arm(victim.page, moment, "dead");
    await came(victim.page, waitMs);
    await die(victim, end);
    await goOn(others);
    const before = await highest(others);
    const next = await room.enter(2, keeps ? victim.page : undefined);
    if (!keeps) await victim.page.context().close();
    if (keeps) await restore(next);
    await joined(next, 3);
    const [first] = await next.participant.events("round");
    assert.ok((first?.round ?? 0) > Math.max(kept, before), `${name}: it took up the room's round`);
    victim = next;
    t.diagnostic(`${name}: ${end}, ${keeps ? "kept" : "fresh"}, ${String(Date.now() - began)} ms`);
  }
  await endAlike([...others, victim]);
  room.harness.checkNoErrors();
});

test("a page dies before the first round, and while it joins", limits, async (t) => {
  const room = await Room.open(t);
  let lives = [await room.enter(0)];
  await lives[0]?.participant.run({});
  const enterAndDie = async (moment: Moment, end: End) => {
    const page = await room.enter(1);
    await arm(page.page, moment, "dead");
    await page.participant.run({});
    await came(page.page, waitMs);
    await die(page, end);
    await page.page.context().close();
  };
  // One waits; who was to be the second one goes again, ever further on the way to the first round.
  for (const [, moment] of inJoining.slice(0, 2)) await enterAndDie(moment, all ? "crashed" : "closed");
  await enterAndDie({ kind: "event", event: "status", state: "training" }, "crashed");
  lives.push(await room.enter(1));
  await lives[1]?.participant.run({});
  await goOn(lives);
  for (const [at, [name, moment]] of inJoining.entries()) {
    for (const end of ["closed", "crashed"] as const) {
      if (!all && (end === "crashed") !== at % 2 > 0) continue;
      await enterAndDie(moment, end);
      await goOn(lives);
      t.diagnostic(`${name}: ${end}`);
    }
  }
  // Whoever gives a newcomer the model dies over it: the other one gives it.
  for (const part of ["first", "last"] as const) {
    const moment: Moment = { kind: "packet", way: "sent", packet: "model", part };
    await Promise.all(lives.map(({ page }) => arm(page, moment, "held")));
    const joiner = await room.enter(2);
    await joiner.participant.run({});
    const giver = await Promise.race(lives.map((life) => came(life.page, waitMs).then(() => life)));
    await die(giver, "crashed");
    lives = [...lives.filter((life) => life !== giver), joiner];
    await disarm(lives[0]?.page as Page);
    await goOn(lives);
    t.diagnostic(`a model's ${part} part has left: crashed`);
  }
  await endAlike(lives);
  room.harness.checkNoErrors();
});

test("the server is killed and started again at every moment of a round", limits, async (t) => {
  const room = await Room.open(t);
  let lives = [await room.enter(0), await room.enter(1)];
  for (const life of lives) await life.participant.run({});
  await goOn(lives);
  const killAt = async (moment: Moment, { page }: Life) => {
    await arm(page, moment, "held");
    await came(page, waitMs);
    await room.harness.server.kill();
    await release(page);
  };
  const armed = lives[0] as Life;
  const ofTwo = inRounds.filter(([, moment]) => moment.kind !== "packet" || moment.nth === undefined);
  for (const [name, moment] of everyday(ofTwo)) {
    await killAt(moment, armed);
    await goOn(lives);
    await room.harness.server.restart();
    t.diagnostic(name);
  }
  // While somebody joins: once two know each other's addresses, they need no server.
  for (const [name, moment] of everyday(inJoining)) {
    const joiner = await room.enter(2);
    const killed = killAt(moment, joiner);
    await joiner.participant.run({});
    await killed;
    await goOn(lives);
    if (moment.kind === "socket") await room.harness.server.restart();
    await joiner.participant.sawRoundOf(3, waitMs);
    if (moment.kind !== "socket") await room.harness.server.restart();
    lives = [...lives, joiner];
    await goOn(lives);
    await die(lives.pop() as Life, "closed");
    t.diagnostic(`a newcomer: ${name}`);
  }
  await endAlike(lives);
  room.harness.checkNoErrors();
});

test("relayed: the server is killed and started again at every moment of a round", limits, async (t) => {
  const room = await Room.open(t, false);
  const lives = [await room.enter(0), await room.enter(1)];
  for (const life of lives) await life.participant.run({});
  await goOn(lives);
  // More frames than a round has.
  for (let nth = 1; nth <= 20; nth += all ? 1 : 7) {
    const moment: Moment = { kind: "socket", data: "binary", nth };
    const { page } = lives[0] as Life;
    await arm(page, moment, "held");
    await came(page, waitMs);
    await room.harness.server.kill();
    await release(page);
    await room.harness.server.restart();
    await goOn(lives);
    t.diagnostic(`frame ${String(nth)}`);
  }
  await endAlike(lives);
  room.harness.checkNoErrors();
});

import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import type { Page } from "playwright-core";
import { Harness } from "./harness.ts";
import { arm, came, disarm, type Moment, release } from "./moments.ts";
import {
  all,
  endAlike,
  enter,
  everyday,
  goOn,
  highest,
  inJoining,
  inRounds,
  inRoundsOfTwo,
  type Life,
} from "./phases.ts";

// Decentralized rooms of real pages: a page dies and is opened again, with what it kept or without, and the server
// is killed and started again, at every moment of a round that the protocol knows (moments.ts).
//
//   DEAI_PHASES=all node --import tsx --test test/browser/phases.test.ts
//
// has every moment by every end (168 s on two busy cores); otherwise every other one (48 s).

const waitMs = 60_000;
const limits = { timeout: all ? 1_200_000 : 240_000 };

class Room {
  private constructor(
    readonly harness: Harness,
    private readonly webRtc: boolean,
  ) {}

  static async open(t: TestContext, webRtc = true): Promise<Room> {
    return new Room(await Harness.start(t), webRtc);
  }

  enter(shard: number, beside?: Page): Promise<Life> {
    return enter(this.harness, shard, { webRtc: this.webRtc, ...(beside && { beside }) });
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

async function joined(life: Life, participants: number): Promise<void> {
  await life.participant.run({});
  await life.participant.sawRoundOf(participants, waitMs);
}

// Two at once: most of the time is that until a death is noticed.
describe("decentralized rooms of real pages", { concurrency: 2 }, () => {
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
    for (const [name, moment] of everyday(inRoundsOfTwo)) {
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
});

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { createTrainer, type Trainer } from "../../src/index.node.ts";
import { titanicTaskUrl, wasmUrl } from "../engine/support.ts";
import { launch, newFolder, type ServerProcess } from "./process.ts";
import { Proxy } from "./proxy.ts";

// Misfortunes at every moment of a round: the server, a participant and the network go at the first piece that
// passes between a participant and the server, at the second one, and so on over more than a whole round of
// titanic (an update up, its receipt, the commit and what it brings down). Real core, built server.

const moments = Array.from({ length: 10 }, (_, at) => at);
const waitMs = 60_000;
const limits = { timeout: 240_000 };

/** A participant by a proxy of its own that trains until it is stopped. */
class Runner {
  readonly rounds: number[] = [];
  private running: Promise<void> = Promise.resolve();

  private constructor(
    readonly trainer: Trainer,
    readonly proxy: Proxy,
  ) {}

  static async enter(t: TestContext, server: ServerProcess, room: string, seed: number): Promise<Runner> {
    const proxy = await Proxy.start(server.url);
    const trainer = await createTrainer({
      task: titanicTaskUrl,
      server: proxy.url,
      mode: "federated",
      room,
      seed,
      engine: { wasmUrl },
    });
    t.after(async () => {
      proxy.close();
      await trainer.dispose();
    });
    await trainer.addSamples({ sample: seed % 4 });
    return new Runner(trainer, proxy);
  }

  run(untilRound?: number): void {
    this.running = (async () => {
      const target = untilRound === undefined ? {} : { untilRound };
      for await (const event of this.trainer.run(target)) {
        if (event.kind === "round") this.rounds.push(event.round);
      }
    })();
  }

  async reached(round: number): Promise<void> {
    const untilMs = Date.now() + waitMs;
    while (this.trainer.round() < round) {
      assert.ok(Date.now() < untilMs, `round ${String(round)} was not reached from ${String(this.trainer.round())}`);
      await pause(5);
    }
  }

  async ended(): Promise<void> {
    await Promise.race([this.running, pause(waitMs, undefined, { ref: false }).then(() => assert.fail("it hangs"))]);
  }
}

const all = (runners: Runner[], act: (runner: Runner) => Promise<unknown>) => Promise.all(runners.map(act));
const highest = (runners: Runner[]) => Math.max(...runners.map(({ trainer }) => trainer.round()));

async function start(t: TestContext, server: ServerProcess, room: string, count: number): Promise<Runner[]> {
  const seeds = Array.from({ length: count }, (_, at) => at);
  const runners = await Promise.all(seeds.map((seed) => Runner.enter(t, server, room, seed)));
  for (const runner of runners) runner.run();
  await all(runners, (runner) => runner.reached(3));
  return runners;
}

/** Does something to the first one's way at that moment from now on. */
function at(moment: number, [first]: Runner[], act: (proxy: Proxy) => void): Promise<void> {
  const proxy = first?.proxy;
  assert.ok(proxy);
  return new Promise((resolve) => {
    proxy.after(moment, () => {
      act(proxy);
      resolve();
    });
  });
}

/** All end at one round with one model, and none has heard of a round twice. */
async function endAlike(runners: Runner[], what: string): Promise<void> {
  await all(runners, (runner) => runner.trainer.stop());
  await all(runners, (runner) => runner.ended());
  const end = highest(runners) + 2;
  for (const runner of runners) runner.run(end);
  await all(runners, (runner) => runner.ended());
  const models = await all(runners, async ({ trainer }) => `${String(trainer.round())} ${await trainer.modelHash()}`);
  assert.equal(new Set(models).size, 1, `${what}: ${models.join()}`);
  for (const { rounds } of runners) {
    assert.deepEqual(rounds, [...new Set(rounds)].sort((a, b) => a - b), what);
  }
}

test("the server is killed and started again at any moment of a round", limits, async (t) => {
  const folder = await newFolder(t);
  let server = await launch(t, folder);
  const { port } = new URL(server.url);
  const runners = await start(t, server, "room", 2);
  for (const moment of moments) {
    let killed: Promise<void> | undefined;
    await at(moment, runners, () => (killed = server.close()));
    await killed;
    const before = highest(runners);
    server = await launch(t, folder, ["--port", port]);
    await all(runners, (runner) => runner.reached(before + 2));
  }
  await endAlike(runners, "killed");
});

test("a participant vanishes at any moment of a round; the others go on, and a new one joins", limits, async (t) => {
  const server = await launch(t, await newFolder(t));
  const rooms = moments.map(async (moment) => {
    const runners = await start(t, server, `room ${String(moment)}`, 3);
    const [, ...others] = runners;
    await at(moment, runners, (proxy) => proxy.break());
    const before = highest(others);
    await all(others, (runner) => runner.reached(before + 3));
    const late = await Runner.enter(t, server, `room ${String(moment)}`, 3);
    late.run();
    await late.reached(highest(others) + 1);
    await endAlike([...others, late], `moment ${String(moment)}`);
    await runners[0]?.trainer.stop();
    await runners[0]?.ended();
  });
  await Promise.all(rooms);
});

test("the network is away for 30 s from any moment of a round on", limits, async (t) => {
  const server = await launch(t, await newFolder(t));
  const rooms = moments.map(async (moment) => {
    const runners = await start(t, server, `room ${String(moment)}`, 2);
    await at(moment, runners, (proxy) => proxy.hold());
    await pause(30_000);
    const before = highest(runners);
    runners[0]?.proxy.release();
    await all(runners, (runner) => runner.reached(before + 3));
    await endAlike(runners, `moment ${String(moment)}`);
  });
  await Promise.all(rooms);
});

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { createTrainer, type Trainer } from "../../src/index.node.ts";
import { titanicTaskUrl, wasmUrl } from "../engine/support.ts";
import { launch, newFolder, serverScript } from "./process.ts";
import { bounded, Client, joinMessage } from "./support.ts";

// The built server as a process of its own.

async function enter(server: string, seed: number): Promise<Trainer> {
  const trainer = await createTrainer({
    task: titanicTaskUrl,
    server,
    mode: "federated",
    room: "test room",
    seed,
    engine: { wasmUrl },
  });
  await trainer.addSamples({ sample: seed });
  return trainer;
}

/** Trains until the round is reached, or as long as it goes. */
async function rounds(trainer: Trainer, until: number, reached: () => void): Promise<number[]> {
  const seen: number[] = [];
  for await (const event of trainer.run()) {
    if (event.kind !== "round") continue;
    seen.push(event.round);
    if (event.round >= until) reached();
  }
  return seen;
}

test("SIGTERM: everybody is told, the model is stored, the process ends; nothing is lost", async (t) => {
  const folder = await newFolder(t);
  const first = await launch(t, folder, ["--threads", "2"]);
  const watcher = await Client.open(first, "/signal");
  watcher.send(joinMessage(1));
  await watcher.nextText();
  const trainers = await Promise.all([0, 1].map((seed) => enter(first.url, seed)));
  t.after(() => Promise.all(trainers.map((trainer) => trainer.dispose())));
  const ended = once(first.child, "exit");
  let stopped = false;
  const stop = () => {
    if (!stopped) first.child.kill("SIGTERM");
    stopped = true;
  };
  const runs = trainers.map((trainer) => rounds(trainer, 25, stop));
  assert.deepEqual(await bounded(ended, 30_000), [0, null]);
  assert.equal((await watcher.closed).code, 1001);
  await Promise.all(trainers.map((trainer) => trainer.stop()));
  const seen = await Promise.all(runs);
  const last = Math.max(...seen.flat());
  assert.ok(last >= 25);

  const second = await launch(t, folder, ["--threads", "1"]);
  const late = await Promise.all([2, 3].map((seed) => enter(second.url, seed)));
  t.after(() => Promise.all(late.map((trainer) => trainer.dispose())));
  const [next] = late.map(async (trainer) => {
    for await (const event of trainer.run({ rounds: 1 })) if (event.kind === "round") return event.round;
    return undefined;
  });
  assert.ok(((await next) ?? 0) > last, `after round ${String(last)}`);
});

test("wrong options are told and end the program", async (t) => {
  const folder = await newFolder(t);
  const secret = join(folder, "secret");
  await writeFile(secret, "north\n");
  for (const [given, expected] of [
    [["--port", "x"], /--port x/],
    [["--threads", "-1"], /./],
    [["--limit", "nothing=3"], /expected one of connections, sockets/],
    [["--limit", "sockets=many"], /--limit sockets many/],
    [["--turn", "http://x"], /--turn: expected addresses/],
    [["--turn", "turn:x:1"], /--turn-secret-file/],
    [["--turn", "turn:x:1", "--turn-secret-file", `${secret}.none`], /ENOENT/],
  ] as const) {
    const child = spawn(process.execPath, [serverScript, ...given], { stdio: ["ignore", "ignore", "pipe"] });
    let told = "";
    child.stderr.on("data", (data: Buffer) => (told += data.toString()));
    assert.deepEqual(await bounded(once(child, "close"), 20_000), [1, null]);
    assert.match(told, expected);
  }
});

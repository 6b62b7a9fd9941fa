import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { DeaiError } from "../../src/errors.ts";
import type {
  ImportReport,
  SampleSource,
  Trainer,
  TrainerEvent,
  TrainerOptions,
} from "../../src/index.ts";
import { Studio } from "../../src/ui/studio.ts";
import { tableTask } from "../input/support.ts";

/** Its header names the state of a training. */
const checkpoint = Uint8Array.from([
  ...[40, 0, 0, 0, 0, 0, 0, 0],
  ...new TextEncoder().encode('{"training_state.progress":{}}'.padEnd(40)),
]);

/** A trainer that does what the test says; only what the studio calls. */
class Script {
  static made: Script[] = [];
  readonly task = tableTask;
  readonly peer = "ab".repeat(32);
  readonly added: SampleSource[] = [];
  hash = "fresh";
  disposed = false;
  imported: Uint8Array | undefined;
  resumed: Uint8Array | undefined;
  #end: (() => void) | undefined;

  constructor(readonly options: TrainerOptions) {
    Script.made.push(this);
  }

  round = () => 3;

  async addSamples(source: SampleSource): Promise<number> {
    if ("files" in source && source.files[0]?.name === "bad.csv") {
      throw new DeaiError("data", "bad.csv: column 'weight' is missing");
    }
    this.added.push(source);
    return 10;
  }

  async clearSamples(): Promise<void> {
    this.added.length = 0;
  }

  async *run(): AsyncGenerator<TrainerEvent> {
    this.hash = "learnt";
    yield { kind: "status", state: "training", mode: "local", text: "" };
    yield { kind: "step", round: 1, epoch: 1, loss: 1, accuracy: 1, count: 1, steps: 1, stepMs: 1 };
    await new Promise<void>((resolve) => (this.#end = resolve));
    yield { kind: "status", state: "stopped", mode: "local", text: "Stopped." };
  }

  async stop(): Promise<void> {
    this.#end?.();
  }

  readonly given: string[] = [];
  invite = async () => `invitation ${this.given.length}`;
  async answer(text: string): Promise<string | undefined> {
    if (text === "junk") throw new DeaiError("by-hand", "This is no invitation");
    this.given.push(text);
    return text.startsWith("deai-offer-") ? "answer" : undefined;
  }

  evaluate = async () => ({ loss: 0.5, metrics: { accuracy: 0.8 }, count: 4 });
  modelHash = async () => this.hash;
  exportModel = async () => Uint8Array.of(1, 2, 3);

  async importModel(file: Uint8Array): Promise<ImportReport> {
    if (file.length < 2) throw new DeaiError("file", "cut off");
    this.imported = file;
    return { read: ["0.weight", "0.bias"], kept: ["1.weight"], left: [] };
  }

  exportOnnx = async () => Uint8Array.of(4);
  save = async () => Uint8Array.of(5);
  saveCheckpoint = async () => checkpoint;
  async loadCheckpoint(file: Uint8Array): Promise<void> {
    this.resumed = file;
  }

  async dispose(): Promise<void> {
    this.disposed = true;
  }
}

const create = async (options: TrainerOptions) => new Script(options) as unknown as Trainer;
const realFetch = globalThis.fetch;
let studio: Studio;

beforeEach(async () => {
  Script.made = [];
  const tasks = [{ id: "fruit", title: "Fruit", summary: "", url: "/tasks/fruit/task.json" }];
  globalThis.fetch = async () => new Response(JSON.stringify(tasks));
  studio = new Studio(create, "http://host/?task=fruit", false);
  await studio.start();
});
afterEach(() => {
  globalThis.fetch = realFetch;
});

function latest(): Script {
  const script = Script.made.at(-1);
  assert.ok(script);
  return script;
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !condition(); ++i) await new Promise((done) => setTimeout(done, 5));
  assert.ok(condition());
}

test("a task opens into a room of its own", () => {
  assert.equal(studio.state.task?.id, "fruit");
  const { room, secret, mode, task } = latest().options;
  assert.ok(room && secret);
  assert.equal(mode, "auto");
  assert.equal(task, "http://host/tasks/fruit/task.json");
  assert.ok(
    studio.inviteLink.includes(`room=${room}`) && studio.inviteLink.endsWith(`#secret=${secret}`),
  );
});

test("an unknown task is named and the list stays", async () => {
  const other = new Studio(create, "http://host/?task=cheese", false);
  await other.start();
  assert.equal(other.state.task, undefined);
  assert.match(other.state.problems.task ?? "", /no task 'cheese'/);
  assert.equal(other.state.tasks?.length, 1);
});

test("a drafted task opens alone, with its table, and leaves no trace in the address", async () => {
  const other = new Studio(create, "http://host/", false);
  await other.start();
  await other.openOwn(tableTask, [{ name: "good.csv", data: "x" }]);
  const { options, added } = latest();
  assert.deepEqual([options.task, options.mode, options.room], [tableTask, "local", undefined]);
  assert.equal(added.length, 1);
  assert.deepEqual([other.state.data[0]?.name, other.address], ["good.csv", "http://host/"]);
  await other.closeTask();
  assert.deepEqual([other.state.source, other.state.alone], [undefined, false]);
});

test("bad data is told beside the data, and what was there stays", async () => {
  await studio.addShard(0);
  await studio.addFiles([{ name: "bad.csv", data: "x" }]);
  assert.equal(studio.state.problems.data, "bad.csv: column 'weight' is missing");
  assert.deepEqual(
    studio.state.data.map(({ name, count }) => [name, count]),
    [["One", 10]],
  );
  await studio.addFiles([{ name: "good.csv", data: "x" }]);
  assert.equal(studio.state.problems.data, undefined);
  assert.equal(latest().added.length, 2, "nothing is added twice");
  assert.ok(studio.inviteLink.includes("taken=0"));
});

test("removed data are forgotten, the others added again", async () => {
  await studio.addShard(0);
  await studio.addFiles([{ name: "good.csv", data: "x" }]);
  await studio.removeData(studio.state.data[0]?.id ?? 0);
  assert.equal(latest().added.length, 1);
  assert.ok("files" in (latest().added[0] ?? {}));
});

test("training without data says what lacks", async () => {
  await studio.train();
  assert.match(studio.state.problems.data ?? "", /nothing to learn from/);
  assert.equal(studio.state.session.phase, "idle");
});

test("stop keeps the model; going alone takes it and the data along", async () => {
  await studio.addShard(0);
  const together = latest();
  const training = studio.train();
  await until(() => studio.state.session.steps === 1);
  assert.equal(studio.state.session.phase, "training");
  await studio.stop();
  await training;
  assert.equal(studio.state.session.phase, "paused");

  studio.choose({ alone: true });
  await studio.judge();
  assert.equal(Script.made.length, 2);
  assert.equal(latest().options.mode, "local");
  assert.equal(latest().options.room, undefined);
  assert.deepEqual([...(latest().imported ?? [])], [1, 2, 3]);
  assert.equal(latest().added.length, 1);
  assert.ok(together.disposed);
  assert.equal(studio.state.session.judged?.accuracy, 0.8);
  assert.equal(studio.state.session.judged?.round, 3);
});

test("a model file is refused where it was chosen; the download bears task and round", async () => {
  await studio.importFile(new File(["x"], "m.safetensors"));
  assert.equal(studio.state.problems.model, "cut off");
  const loaded = () => studio.state.model?.name;
  assert.equal(loaded(), undefined);
  await studio.importFile(new File(["xyz"], "m.safetensors"));
  assert.equal(loaded(), "m.safetensors");
  assert.equal((await studio.exportFile("model"))?.name, "fruit-round-3.safetensors");
  assert.equal((await studio.exportFile("onnx"))?.name, "fruit-round-3.onnx");
});

test("a saved training is known by what it holds, and gone on with", async () => {
  const file = await studio.exportFile("checkpoint");
  assert.equal(file?.name, "fruit-round-3.checkpoint.safetensors");
  assert.ok(file);
  await studio.importFile(file);
  assert.deepEqual(latest().resumed, checkpoint);
  assert.equal(latest().imported, undefined);
  assert.match(studio.state.model?.text ?? "", /goes on from fruit/);
});

test("of another task's model what fits is taken, and said", async () => {
  await studio.importFile(new File(["xyz"], "m.safetensors"), false);
  assert.equal(
    studio.state.model?.text,
    "From m.safetensors: 2 tensors taken, 1 of the model stayed as they were.",
  );
});

test("closing the task leaves nothing behind", async () => {
  await studio.addShard(0);
  const training = studio.train();
  await until(() => studio.state.session.phase === "training");
  await studio.closeTask();
  await training;
  assert.equal(studio.state.task, undefined);
  assert.equal(studio.state.data.length, 0);
  assert.equal(studio.address, "http://host/");
  assert.ok(latest().disposed);
});

test("by hand: texts are made, used and complained of; the one of a link is answered once", async () => {
  await studio.addShard(0);
  studio.setPlace({ via: { kind: "byHand", urls: [] }, offer: "deai-offer-of-the-link" });
  const training = studio.train();
  await until(() => studio.state.hand.answer !== undefined);
  assert.deepEqual(latest().options.signalling, [{ kind: "byHand" }]);
  assert.deepEqual(latest().given, ["deai-offer-of-the-link"]);
  assert.equal(studio.state.hand.answer, "answer");
  assert.ok(!studio.address.includes("offer="), "a reload does not answer again");
  await studio.hand.invite();
  assert.ok(studio.hand.link?.includes("offer=invitation+1"));
  assert.equal(await studio.hand.takeText("junk"), false);
  assert.equal(studio.state.problems.hand, "This is no invitation");
  assert.equal(await studio.hand.takeText("deai-answer-x"), true);
  assert.equal(studio.state.hand.invitation, undefined, "it was answered");
  await studio.stop();
  await training;
  assert.deepEqual(studio.state.hand, {});
});

test("by hand: an invitation's link leads to its room before training, and nowhere else while it goes on", async () => {
  await studio.addShard(0);
  const { task, room } = studio.state.place;
  const link = `http://other/?task=${task}&room=theirs&taken=1&via=hand#secret=s&offer=deai-offer-1`;
  assert.equal(await studio.hand.takeText("deai-answer-x"), false);
  assert.match(studio.state.problems.hand ?? "", /^This is no invitation/);
  assert.equal(await studio.hand.takeText(link.replace(`task=${task}`, "task=else")), false);
  assert.match(studio.state.problems.hand ?? "", /^This invites to another task/);
  assert.equal(studio.state.place.room, room, "nothing is lost");
  assert.equal(await studio.hand.takeText(` ${link}\n`), true);
  const { place, invited, hand } = studio.state;
  assert.deepEqual([place.room, place.secret, place.via?.kind, invited], ["theirs", "s", "byHand", true]);
  assert.match(hand.note ?? "", /^You are invited/);
  assert.equal(studio.state.problems.hand, undefined);

  const training = studio.train();
  await until(() => studio.state.hand.answer !== undefined);
  assert.deepEqual(latest().given, ["deai-offer-1"]);
  assert.equal(latest().options.room, "theirs");
  assert.equal(await studio.hand.takeText(link.replace("theirs", "third")), false);
  assert.match(studio.state.problems.hand ?? "", /^This invites to another room/);
  assert.equal(studio.state.hand.answer, "answer", "nothing is lost");
  assert.equal(await studio.hand.takeText(link.replace("offer-1", "offer-2")), true);
  assert.deepEqual(latest().given, ["deai-offer-1", "deai-offer-2"]);
  await studio.stop();
  await training;
});

test("training rests by a rule and goes on by itself; a visitor's pause does not", async () => {
  await studio.addShard(0);
  studio.setRules({ hidden: true }, false);
  const shown = { hidden: false, battery: undefined, metered: undefined };
  void studio.train();
  await until(() => studio.state.session.phase === "training");
  studio.see({ ...shown, hidden: true });
  await until(() => studio.state.resting !== undefined);
  assert.equal(studio.state.session.phase, "paused");
  studio.see(shown);
  await until(() => studio.state.session.phase === "training");
  assert.equal(studio.state.resting, undefined);
  await studio.stop();
  studio.see({ ...shown, hidden: true });
  studio.see(shown);
  await new Promise((done) => setTimeout(done, 20));
  assert.equal(studio.state.session.phase, "paused");
});

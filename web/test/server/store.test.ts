import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { ModelStore } from "../../server/store.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

async function newFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "deai-store-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function open(folder: string, lines: string[] = []): ModelStore {
  return new ModelStore({ folder, maxRooms: 10, maxModels: 3, log: (line) => lines.push(line) });
}

async function read(store: ModelStore, key: string): Promise<string[]> {
  const texts: string[] = [];
  for await (const { bytes } of store.models(key)) texts.push(new TextDecoder().decode(bytes));
  return texts;
}

test("the newest models come first, and older ones than three are gone", async (t) => {
  const folder = await newFolder(t);
  const store = open(folder);
  for (let i = 1; i <= 12; i++) await store.write("room", bytesOf(String(i)));
  await store.write("other", bytesOf("x"));
  assert.deepEqual(await read(store, "room"), ["12", "11", "10"]);
  assert.equal((await readdir(folder)).length, 4);
  const again = open(folder);
  assert.deepEqual(await read(again, "room"), ["12", "11", "10"]);
  await again.write("room", bytesOf("13"));
  assert.deepEqual(await read(again, "room"), ["13", "12", "11"]);
});

test("a model that was set aside makes way for the one before it", async (t) => {
  const folder = await newFolder(t);
  const store = open(folder);
  for (const text of ["good", "better", "best"]) await store.write("room", bytesOf(text));
  const spoilt = (await readdir(folder)).sort().at(-1) ?? "";
  await truncate(join(folder, spoilt), 1);
  const seen: string[] = [];
  for await (const { bytes, setAside } of store.models("room")) {
    seen.push(new TextDecoder().decode(bytes));
    if (bytes.length > 1) break;
    assert.match(await setAside(), /damaged/);
  }
  assert.deepEqual(seen, ["b", "better"]);
  await store.write("room", bytesOf("new"));
  assert.deepEqual(await read(store, "room"), ["new", "better", "good"]);
  assert.ok((await readdir(folder)).some((name) => name.includes("damaged")));
});

test("what a crash left half-written is removed and never read", async (t) => {
  const folder = await newFolder(t);
  await open(folder).write("room", bytesOf("whole"));
  const [name = ""] = await readdir(folder);
  await writeFile(join(folder, `${name.replace("-1.", "-2.")}.99-1.new`), "ha");
  assert.deepEqual(await read(open(folder), "room"), ["whole"]);
  assert.deepEqual(await readdir(folder), [name]);
});

test("a disk that takes nothing is told of and harms nobody", async (t) => {
  const folder = await newFolder(t);
  await writeFile(join(folder, "file"), "");
  const lines: string[] = [];
  const store = open(join(folder, "file", "rooms"), lines);
  await store.write("room", bytesOf("x"));
  assert.match(lines.join(), /could not be stored/);
  assert.deepEqual(await read(store, "room"), []);
});

import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { loadSample } from "../../src/input/sample.ts";
import { cellsOf, gzip, idx, imageTask, refusal, tableTask } from "./support.ts";

const kFiles: Record<string, string | Uint8Array> = {
  "/tasks/a/sample/one.csv": "weight,colour,ripe\n1,red,yes\n",
  "/tasks/a/sample/images.idx.gz": gzip(idx([1, 2, 3], [1, 2, 3, 4, 5, 6])),
  "/tasks/a/sample/labels.idx.gz": gzip(idx([1], [2])),
};

const server = createServer((request, response) => {
  const file = kFiles[request.url ?? ""];
  response.statusCode = file === undefined ? 404 : 200;
  response.end(file);
});
let base = "";
before(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/tasks/a/task.json`;
});
after(() => server.close());

test("shards are found beside task.json", async () => {
  const table = await loadSample(tableTask, base, 0);
  assert.deepEqual(table.kind === "table" && cellsOf(table.cells)[1], ["1", "red", "yes"]);
  const images = await loadSample(imageTask, base, 0);
  assert.deepEqual(images.kind === "images" && [...images.labels], [2]);
});

test("another way to read may be given", async () => {
  const table = await loadSample(tableTask, "file:///a/task.json", 0, undefined, (url) =>
    Promise.resolve(new TextEncoder().encode(`url\n${url.href}\n`)),
  );
  assert.deepEqual(table.kind === "table" && cellsOf(table.cells)[1], ["file:///a/sample/one.csv"]);
});

test("what lacks is named", async () => {
  await assert.rejects(
    loadSample(tableTask, base, 1),
    refusal(/^task fruit: has no sample shard 1; expected 0 to 0/),
  );
  await assert.rejects(loadSample(tableTask, base, "heldOut"), refusal(/no held-out part/));
  await assert.rejects(
    loadSample(imageTask, base, "heldOut"),
    refusal(/tasks\/a\/sample\/missing\.idx\.gz: the server answered 404/, "network"),
  );
  const { sample: _, ...bare } = tableTask;
  await assert.rejects(loadSample(bare, base, 0), refusal(/no sample comes/));
  await assert.rejects(
    loadSample(tableTask, "http://127.0.0.1:1/task.json", 0),
    refusal(/could not be fetched/, "network"),
  );
});

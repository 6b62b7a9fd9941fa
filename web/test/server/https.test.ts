import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { get } from "node:https";
import { join } from "node:path";
import { test } from "node:test";
import { bounded, startServer, stopServer } from "./support.ts";

test("https with a certificate of its own, which is kept", async () => {
  const first = await startServer({ https: true });
  const path = join(first.folder, "data/https-certificate.pem");
  const certificate = await readFile(path, "utf8");
  assert.match(first.url, /^https:/);
  const status = await bounded(
    new Promise((resolve, reject) => {
      const sent = get(`${first.url}/healthz`, { ca: certificate }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.on("error", reject);
    }),
  );
  assert.equal(status, 200);
  await first.close();
  const second = await startServer({ https: true }, first.folder);
  assert.equal(await readFile(path, "utf8"), certificate);
  await stopServer(second);
});

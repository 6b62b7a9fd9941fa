import assert from "node:assert/strict";
import { request } from "node:http";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { bounded, health, startServer, stopServer, type TestServer } from "./support.ts";

let server: TestServer;
before(async () => (server = await startServer()));
after(() => stopServer(server));

/** fetch() would clean the path before it is sent. */
function getRaw(
  path: string,
  method = "GET",
  headers: Record<string, string> = {},
): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(server.url);
  return bounded(
    new Promise((resolve, reject) => {
      const sent = request({ hostname, port, path, method, headers }, (response) => {
        let body = "";
        response.on("data", (data: Buffer) => (body += data.toString()));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      });
      sent.on("error", reject);
      sent.end();
    }),
  );
}

/** Bytes as they are on a connection; what comes back until it is closed. */
function talk(bytes: string | Uint8Array): Promise<string> {
  const { hostname, port } = new URL(server.url);
  return bounded(
    new Promise((resolve) => {
      let answer = "";
      const socket = connect(Number(port), hostname, () => socket.end(bytes));
      socket.on("data", (data) => (answer += data.toString()));
      socket.on("error", () => undefined);
      socket.on("close", () => resolve(answer));
    }),
  );
}

test("page, package and tasks have the right media types and headers", async () => {
  const types: Record<string, string> = {
    "/": "text/html; charset=utf-8",
    "/main.js": "text/javascript; charset=utf-8",
    "/lib/deai.js": "text/javascript; charset=utf-8",
    "/lib/deai-simd.wasm": "application/wasm",
    "/tasks/titanic/task.json": "application/json; charset=utf-8",
    "/tasks/titanic/sample/a.gz": "application/gzip",
    "/tasks/index.json": "application/json; charset=utf-8",
  };
  for (const [path, type] of Object.entries(types)) {
    const response = await fetch(server.url + path);
    await response.arrayBuffer();
    assert.equal(response.status, 200, path);
    assert.equal(response.headers.get("content-type"), type, path);
    assert.equal(response.headers.get("x-content-type-options"), "nosniff", path);
    assert.equal(response.headers.get("content-encoding"), null, path);
    const policy = response.headers.get("content-security-policy") ?? "";
    assert.match(policy, /script-src 'self' 'wasm-unsafe-eval'/, path);
    const shared = path.startsWith("/lib/") || path.startsWith("/tasks/");
    assert.equal(response.headers.get("access-control-allow-origin"), shared ? "*" : null, path);
  }
});

test("an unchanged file is answered by 304", async () => {
  const first = await fetch(`${server.url}/main.js`);
  await first.arrayBuffer();
  const etag = first.headers.get("etag");
  assert.ok(etag);
  const second = await getRaw("/main.js", "GET", { "If-None-Match": etag });
  assert.deepEqual(second, { status: 304, body: "" });
});

test("the list of tasks leaves out what is none", async () => {
  const response = await fetch(`${server.url}/tasks/index.json`);
  assert.deepEqual(await response.json(), [
    { id: "titanic", title: "Titanic", summary: "Who survived?", url: "/tasks/titanic/task.json" },
  ]);
  assert.ok(server.lines.some((line) => line.includes("broken")));
});

test("no path leads out of the served folders", async () => {
  const paths = [
    "/../secret.txt",
    "/lib/../../secret.txt",
    "/lib/..%2f..%2fsecret.txt",
    "/tasks/%2e%2e/%2e%2e/secret.txt",
    "/tasks/..%5c..%5csecret.txt",
    "/lib/....//....//secret.txt",
    "//secret.txt",
    "/%00",
    "/lib/%",
    "/.hidden",
    "/lib",
    "/tasks/titanic",
    "/tasks/titanic/",
    "/nothing",
    "/nothing?../secret.txt",
  ];
  for (const path of paths) {
    const { status, body } = await getRaw(path);
    assert.ok(status >= 400 && status < 500, `${path} gave ${String(status)}`);
    assert.ok(!body.includes("outside"), path);
  }
});

test("other methods are refused", async () => {
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
    assert.equal((await getRaw("/", method)).status, 405);
  }
});

test("junk instead of HTTP gets an error and the server goes on", async () => {
  const junk = [
    Uint8Array.of(0xc1),
    "\r\n\r\n\r\n",
    "GET\r\n\r\n",
    "GET / HTTP/9.9\r\n\r\n",
    "GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET * HTTP/1.1\r\nHost: x\r\n\r\n",
    `GET /${"a".repeat(40_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\nRange: bytes=9-1,-,a-b\r\nConnection: close\r\n\r\n",
    ...randomBytes(40),
  ];
  for (const bytes of junk) await talk(bytes);
  assert.equal((await health(server))["status"], "ok");
});

test("upgrades to unknown paths and broken upgrades are refused", async () => {
  const upgrade = (path: string, key: string) =>
    `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
    `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`;
  const goodKey = Buffer.alloc(16).toString("base64");
  assert.match(await talk(upgrade("/", goodKey)), /^HTTP\/1.1 404/);
  assert.match(await talk(upgrade("/signal/x", goodKey)), /^HTTP\/1.1 404/);
  assert.match(await talk(upgrade("/__proto__", goodKey)), /^HTTP\/1.1 404/);
  assert.match(await talk(upgrade("/toString", goodKey)), /^HTTP\/1.1 404/);
  assert.match(await talk(upgrade("/signal", "short")), /^HTTP\/1.1 400/);
  assert.equal((await health(server))["status"], "ok");
});

/** The same in every run. */
function randomBytes(count: number): Uint8Array[] {
  let state = 1;
  const next = () => (state = (state * 48271) % 2147483647) & 0xff;
  return Array.from({ length: count }, (_, i) => Uint8Array.from({ length: 1 + i * 7 }, next));
}

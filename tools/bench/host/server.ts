// A server on loopback: the same page under /isolated/, with the headers of cross-origin isolation, and under /plain/.
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { built, library, tfjsWasm } from "./places.ts";

const types: { [suffix: string]: string } = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};
const isolation = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
};
const pageHtml =
  '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>bench</title><script type="module" src="page.js"></script>';

export class PageServer {
  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  /** `scripts` and `data` are folders. */
  static async start(scripts: string, data: string): Promise<PageServer> {
    const folders: { [name: string]: string } = {
      data,
      lib: library,
      tfjs: tfjsWasm,
      "kernels-simd": path.join(built, "wasm-simd/bin"),
      "kernels-relaxed": path.join(built, "wasm-relaxed/bin"),
    };
    const server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? "/", "http://localhost");
      const [, mode, ...rest] = pathname.split("/");
      const name = rest.join("/");
      if (mode !== "isolated" && mode !== "plain") return refuse(response);
      const headers = mode === "isolated" ? isolation : {};
      if (name === "") {
        response.writeHead(200, { "content-type": "text/html", ...headers }).end(pageHtml);
        return undefined;
      }
      const folder = rest.length > 1 ? folders[rest[0] ?? ""] : scripts;
      if (!folder || rest.includes("..")) return refuse(response);
      const file = path.join(folder, ...(rest.length > 1 ? rest.slice(1) : rest));
      return void sendFile(response, file, headers);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new PageServer(server, (server.address() as AddressInfo).port);
  }

  url(isolated: boolean): string {
    return `http://127.0.0.1:${String(this.port)}/${isolated ? "isolated" : "plain"}/`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

async function sendFile(response: ServerResponse, file: string, headers: object): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) return refuse(response);
  const type = types[path.extname(file)] ?? "application/octet-stream";
  response.writeHead(200, { "content-type": type, "content-length": found.size, ...headers });
  createReadStream(file).pipe(response);
}

function refuse(response: ServerResponse): void {
  response.writeHead(404).end();
}

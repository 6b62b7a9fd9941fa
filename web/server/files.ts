import type { IncomingMessage, ServerResponse } from "node:http";
import send from "send";
import { listTasks } from "./tasks.ts";

export interface FileOptions {
  appFolder: string;
  libFolder: string;
  tasksFolder: string;
  log: (line: string) => void;
  /** What /healthz says. */
  health(): object;
}

/** Scripts and the engine from here alone, no inline code; connections also to other servers. */
const contentSecurityPolicy = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self' http: https: ws: wss:",
  "worker-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'self'",
].join("; ");

const commonHeaders: Record<string, string> = {
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Content-Security-Policy": contentSecurityPolicy,
  // Together they isolate the page, which gives its engine shared memory and so threads. Everything
  // that the page loads is from here, or asked for by CORS. "credentialless" Safari does not know.
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
  // Names do not change with contents, so browsers ask each time and get 304.
  "Cache-Control": "no-cache",
};

/** The package and the tasks may be used by pages of other origins. */
const sharedHeaders: Record<string, string> = {
  "Access-Control-Allow-Origin": "*",
  "Cross-Origin-Resource-Policy": "cross-origin",
};

/** Every HTTP request: page, package, tasks, health. */
export function handleRequest(
  request: IncomingMessage,
  response: ServerResponse,
  options: FileOptions,
): void {
  response.on("error", () => undefined); // the reader went away
  setHeaders(response, commonHeaders);
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("Allow", "GET, HEAD");
    answer(response, 405, "Only GET and HEAD are answered here.");
    return;
  }
  const path = pathOf(request.url);
  if (path === undefined) answer(response, 400, "This is no path.");
  else if (path === "/healthz") answerJson(response, options.health());
  else if (path === "/tasks/index.json") void answerTasks(response, options);
  else sendFile(request, response, path, options);
}

function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  { appFolder, libFolder, tasksFolder, log }: FileOptions,
): void {
  const [, first] = path.split("/");
  const shared = first === "lib" || first === "tasks";
  const root = first === "lib" ? libFolder : first === "tasks" ? tasksFolder : appFolder;
  const inside = shared ? path.slice(first.length + 1) : path;
  if (shared) setHeaders(response, sharedHeaders);
  const index = shared ? false : "index.html";
  send(request, inside || "/", { root, index, dotfiles: "ignore", cacheControl: false })
    .on("error", (error: Error & { status?: number }) => {
      const status = error.status ?? 500;
      if (status >= 500) log(`${path} could not be read: ${error.message}`);
      answer(response, status, status === 404 ? "There is nothing here." : "This was not possible.");
    })
    .on("directory", () => answer(response, 404, "There is nothing here."))
    .pipe(response);
}

async function answerTasks(response: ServerResponse, options: FileOptions): Promise<void> {
  setHeaders(response, sharedHeaders);
  try {
    answerJson(response, await listTasks(options.tasksFolder, options.log));
  } catch (error) {
    options.log(`the tasks cannot be listed: ${String(error)}`);
    answer(response, 500, "The tasks cannot be listed.");
  }
}

/** Undefined for what is no path at all; the path stays encoded as it came. */
function pathOf(url: string | undefined): string | undefined {
  if (!url?.startsWith("/")) return undefined;
  const end = url.search(/[?#]/);
  return end < 0 ? url : url.slice(0, end);
}

function setHeaders(response: ServerResponse, headers: Record<string, string>): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}

function answerJson(response: ServerResponse, value: object): void {
  response.setHeader("Content-Type", "application/json; charset=utf-8");
  response.end(JSON.stringify(value));
}

function answer(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.statusCode = status;
  response.setHeader("Content-Type", "text/plain; charset=utf-8");
  response.end(`${text}\n`);
}

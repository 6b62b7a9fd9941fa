// The page around the worker: passes on what the bench asks, one request at a time.
import type { Answer, Request } from "../shared/messages.ts";

declare global {
  var ask: (request: Request) => Promise<Answer>;
}

const worker = new Worker("worker.js", { type: "module" });

globalThis.ask = (request) =>
  new Promise((resolve) => {
    worker.onmessage = ({ data }: MessageEvent<Answer>) => resolve(data);
    worker.onerror = ({ message }) => resolve({ kind: "failed", text: message });
    worker.postMessage(request);
  });

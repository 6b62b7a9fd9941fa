/// <reference lib="webworker" />
import type { FromHelper, ToHelper } from "./messages.ts";
import { serveHelper } from "./serve.ts";

// The script of a helper's dedicated worker.

declare const self: DedicatedWorkerGlobalScope;

serveHelper({
  post: (message: FromHelper, moved) => self.postMessage(message, moved),
  listen: (receive) => {
    self.onmessage = ({ data }: MessageEvent<ToHelper>) => receive(data);
  },
});

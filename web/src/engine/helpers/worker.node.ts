import { parentPort } from "node:worker_threads";
import type { ToHelper } from "./messages.ts";
import { serveHelper } from "./serve.ts";

// The script of a helper's thread in Node.

serveHelper({
  post: (message, moved) => parentPort?.postMessage(message, moved),
  listen: (receive) => {
    parentPort?.on("message", (message: ToHelper) => receive(message));
  },
});

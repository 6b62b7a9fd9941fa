import { Worker } from "node:worker_threads";
import type { FromHelper, HelperLink } from "./messages.ts";

/** A helper in a thread of Node; `folder`: where helper.node.js is when not beside this script. */
export function openHelper(folder: string | undefined): HelperLink {
  const base = folder === undefined || folder.endsWith("/") ? folder : `${folder}/`;
  const worker = new Worker(new URL("helper.node.js", base ?? import.meta.url));
  return {
    post: (message, moved) => {
      // It keeps the process alive only while an answer is awaited.
      if (message.kind === "start" || message.kind === "share") worker.ref();
      worker.postMessage(message, moved);
    },
    listen: (receive, ended) => {
      worker.on("message", (message: FromHelper) => {
        worker.unref();
        receive(message);
      });
      worker.on("error", (error) => ended(String(error)));
      worker.on("exit", () => ended("it ended"));
    },
    close: () => void worker.terminate(),
  };
}

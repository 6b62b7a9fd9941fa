import { openModule } from "../browser.ts";
import type { FromHelper, HelperLink } from "./messages.ts";

/** A helper in a dedicated worker; `folder`: where helper.js is when not beside this script. */
export function openHelper(folder: string | undefined, lock: string): HelperLink {
  const worker =
    folder === undefined
      ? openModule(new URL("./helper.js", import.meta.url), "deai-helper")
      : openModule(new URL("helper.js", folder.endsWith("/") ? folder : `${folder}/`), "deai-helper");
  return {
    post: (message, moved) => worker.postMessage(message, moved),
    listen: (receive, ended) => {
      worker.onmessage = ({ data }: MessageEvent<FromHelper>) => {
        receive(data);
        // From now on it holds the lock; whoever gets it knows that the worker is gone.
        if (data.kind === "ready") void globalThis.navigator.locks?.request(lock, () => ended("it ended"));
      };
      worker.onerror = (event) => {
        event.preventDefault();
        ended(event.message || "is helper.js where it should be?");
      };
    },
    close: () => worker.terminate(),
  };
}

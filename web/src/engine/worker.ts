/// <reference lib="webworker" />
import { browserFiles } from "./browser.ts";
import { Core } from "./core.ts";
import type { FromHost, ToHost } from "./messages.ts";
import { chooseBuild } from "./probe.ts";
import { serve } from "./serve.ts";
import { byMessage, threadWorld } from "./world.ts";

// The script of the engine's dedicated worker.

declare const self: DedicatedWorkerGlobalScope;

serve(
  {
    post: (message: FromHost, moved) => self.postMessage(message, moved),
    listen: (receive) => {
      self.onmessage = ({ data }: MessageEvent<ToHost>) => receive(data);
    },
  },
  async (wish, folder) => {
    const build = chooseBuild(wish);
    return Core.load(build, browserFiles(build.variant, folder));
  },
  threadWorld(byMessage()),
);

/// <reference lib="webworker" />
import { browserFiles } from "./browser.ts";
import { Core } from "./core.ts";
import { openHelper } from "./helpers/open.ts";
import type { FromHost, ToHost } from "./messages.ts";
import { chooseBuild } from "./probe.ts";
import { compiledOnce } from "./wasm.ts";
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
    const files = compiledOnce(browserFiles(build.variant, folder, wish.gossip));
    const open = (lock: string) => openHelper(folder, lock);
    return Core.load(build, files, { wish, cores: navigator.hardwareConcurrency, open });
  },
  threadWorld(byMessage()),
);

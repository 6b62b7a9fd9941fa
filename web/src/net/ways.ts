import { serverSignalling } from "./serverSignalling.ts";
import type { SignallingChoice, SignallingStrategy } from "./signalling.ts";
import type { NetworkOptions } from "./types.ts";

type Chosen = Pick<NetworkOptions, "server" | "signalling">;

const usual: readonly SignallingChoice[] = [{ kind: "server" }];

/** The chosen ways as one. All but the server's are loaded when they are chosen. */
export async function openWays({ server, signalling = usual }: Chosen): Promise<SignallingStrategy> {
  const ways = await Promise.all(signalling.map((choice) => openWay(choice, server)));
  const [only] = ways;
  if (!only) throw new Error("no way to find the others was chosen");
  if (ways.length === 1) return only;
  const { severalWays } = await import("./ways/several.ts");
  return severalWays(ways);
}

/** Whether all of the room, which find each other so, can go on through the server's coordinator. */
export function leadsToServer({ server, signalling = usual }: Chosen): boolean {
  return signalling.some((choice) => choice.kind === "server" && isOwn(choice, server));
}

async function openWay(
  choice: SignallingChoice,
  server: string | undefined,
): Promise<SignallingStrategy> {
  switch (choice.kind) {
    case "server": {
      const url = choice.url ?? server;
      if (url === undefined) throw new Error("the server's address is missing");
      return isOwn(choice, server) ? serverSignalling(url) : withoutMode(serverSignalling(url));
    }
    case "peerjs":
      return (await import("./ways/peerjs.ts")).peerjsSignalling(choice);
    case "tabs":
      return (await import("./ways/tabs.ts")).tabsSignalling;
    case "byHand":
      return (await import("./ways/byHand.ts")).byHandSignalling(choice);
  }
}

function isOwn({ url }: { url?: string }, server: string | undefined): boolean {
  return server !== undefined && (url === undefined || new URL(url).href === new URL(server).href);
}

/** Of another server only its signalling is used: that rooms there train through it is not ours. */
function withoutMode(start: SignallingStrategy): SignallingStrategy {
  return (world, options, events) =>
    start(world, options, {
      ...events,
      joined: (room) => events.joined({ ...room, mode: "decentralized" }),
      mode: () => undefined,
    });
}

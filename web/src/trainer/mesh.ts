import type { MeshBounds } from "../net/messages.ts";
import type { Exchange } from "../task.ts";

const usualParticipants = 16;
/** Of graphs that say nothing of a number. */
const usualLinks = 4;
/** Each has at least two neighbours in a ring, however few there are in all. */
const fewestSeen = 3;
/** Schemes whose neighbours may be any. */
const sparse: readonly Exchange["scheme"][] = ["plain", "choco", "power", "swarm"];

/**
 * How many the mesh of a task takes all linked with all, and with how many each is linked in a larger
 * room: none where the scheme is not one that gossips, where its graph is of a shape that needs
 * everybody, or where more have to be here than a participant may see there.
 */
export function meshBounds(exchange: Exchange | undefined, minParticipants: number): MeshBounds {
  const { scheme = "mean", topology = "random_regular/4", max_participants } = exchange ?? {};
  const most = max_participants ?? usualParticipants;
  const fits = sparse.includes(scheme) && minParticipants <= fewestSeen;
  return { most, links: fits ? linksOf(topology) : 0 };
}

/** Rings make two links each. */
function linksOf(topology: string): number {
  if (topology === "full") return usualLinks;
  if (topology === "ring") return 2;
  const degree = Number(/^random_regular\/([2-7])$/.exec(topology)?.[1] ?? 0);
  return 2 * Math.ceil(degree / 2);
}

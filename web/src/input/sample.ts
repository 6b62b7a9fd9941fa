import { DeaiError } from "../errors.ts";
import type { Task } from "../task.ts";
import { dataError } from "./bytes.ts";
import { decodeCsv } from "./csv.ts";
import { readIdx } from "./idx.ts";
import { idxSamples, isImageTask } from "./images.ts";
import { decodeText, isTextTask } from "./text.ts";
import type { DecodedSamples } from "./types.ts";

/** Reads what is at a URL; fetch by default. */
export type ReadBytes = (url: URL, signal: AbortSignal | undefined) => Promise<Uint8Array>;

/**
 * One part of the sample that comes with a task: shard k (counted from 0) or what is held out.
 * `baseUrl` is the URL of task.json.
 */
export async function loadSample(
  task: Task,
  baseUrl: string | URL,
  which: number | "heldOut",
  signal?: AbortSignal,
  read: ReadBytes = fetchBytes,
): Promise<DecodedSamples> {
  const files = filesOf(task, which);
  const fetched = (path: string) => read(new URL(path, baseUrl), signal);
  if ("table" in files) {
    return decodeCsv(files.table, await fetched(files.table), signal);
  }
  if ("text" in files) {
    if (!isTextTask(task)) throw dataError(`task ${task.id}`, "its sample is a text, its data are none");
    return decodeText(task, files.text, await fetched(files.text), signal);
  }
  if (!isImageTask(task))
    throw dataError(`task ${task.id}`, "its sample holds images, its data none");
  const idxOf = async (name: string) => ({
    name,
    idx: await readIdx(name, await fetched(name), signal),
  });
  const [images, labels] = await Promise.all([idxOf(files.images), idxOf(files.labels)]);
  return idxSamples(task, images, labels);
}

function filesOf(task: Task, which: number | "heldOut") {
  const where = `task ${task.id}`;
  if (task.sample === undefined)
    throw dataError(where, "no sample comes with it; add data of your own");
  if (which === "heldOut") {
    if (task.sample.held_out !== undefined) return task.sample.held_out;
    throw dataError(where, "its sample has no held-out part; hand in data to evaluate on");
  }
  const files = task.sample.shards[which];
  if (files !== undefined) return files;
  throw dataError(
    where,
    `has no sample shard ${which}; expected 0 to ${task.sample.shards.length - 1}`,
  );
}

export async function fetchBytes(url: URL, signal: AbortSignal | undefined): Promise<Uint8Array> {
  let response: Response;
  try {
    response = await fetch(url, { signal: signal ?? null });
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    signal?.throwIfAborted();
    throw new DeaiError("network", `${url}: could not be fetched`, { cause });
  }
  await response.body?.cancel();
  throw new DeaiError("network", `${url}: the server answered ${response.status}`);
}

import type { Task } from "../task.ts";
import { breathe, dataError, isGzip } from "./bytes.ts";
import { decodeCsv } from "./csv.ts";
import { looksLikeIdx, readIdx } from "./idx.ts";
import { idxSamples, isImageTask, type ImageTask, type NamedIdx } from "./images.ts";
import { labelFromPath, labelIndex } from "./labels.ts";
import { decodePicture } from "./picture.ts";
import { decodeText, isTextTask } from "./text.ts";
import type { DecodedSamples } from "./types.ts";

/** A file of the browser, or a name (a path, where folders are the labels) and its content. */
export type InputFile =
  File | { name: string; data: Blob | ArrayBuffer | Uint8Array | string; label?: string };

export interface FileOptions {
  /** The class of all these pictures, unless a file says its own. */
  label?: string;
  /** For prediction: pictures need no label. */
  unlabelled?: boolean;
  /** Told now and then how many files were read, of how many. */
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

const kBreathMs = 30; // decoded between two breaths

interface Entry {
  path: string;
  blob: Blob;
  label: string | undefined;
}

/**
 * Files → samples, all or none: CSV for a task with a table, texts for one of texts (one result per
 * file), picture files or an IDX pair for a task with images (one result).
 */
export async function decodeFiles(
  task: Task,
  files: readonly InputFile[],
  options: FileOptions = {},
): Promise<DecodedSamples[]> {
  const entries = files.map((file) => entryOf(file, options.label)).filter(isWanted);
  if (entries.length === 0) throw dataError("files", "none was given, or only hidden ones");
  if (isImageTask(task)) return [await decodeImageFiles(task, entries, options)];
  const labelled = entries.find((entry) => entry.label !== undefined);
  if (labelled !== undefined) {
    throw dataError(
      labelled.path,
      isTextTask(task)
        ? "a text has no labels: each token's is the one that follows"
        : "the labels of a table stand in its own column; none can be given beside it",
    );
  }
  const parts: DecodedSamples[] = [];
  for (const entry of entries) {
    const bytes = await bytesOf(entry);
    parts.push(
      isTextTask(task)
        ? await decodeText(task, entry.path, bytes, options.signal)
        : await decodeCsv(entry.path, bytes, options.signal),
    );
  }
  return parts;
}

async function decodeImageFiles(
  task: ImageTask,
  entries: Entry[],
  options: FileOptions,
): Promise<DecodedSamples> {
  const idx: Entry[] = [];
  for (const entry of entries) {
    if (await isIdx(entry)) idx.push(entry);
  }
  const [first] = idx;
  if (first === undefined) return decodePictures(task, entries, options);
  const other = entries.find((entry) => !idx.includes(entry));
  if (other !== undefined) {
    throw dataError(other.path, `pictures and IDX files (${first.path}) cannot be added together`);
  }
  return decodeIdxFiles(task, idx, options);
}

async function decodePictures(
  task: ImageTask,
  entries: Entry[],
  { unlabelled = false, onProgress, signal }: FileOptions,
): Promise<DecodedSamples> {
  const { height, width, channels } = task.data;
  const labels = new Uint32Array(unlabelled ? 0 : entries.length);
  if (!unlabelled) {
    entries.forEach((entry, i) => {
      labels[i] =
        entry.label === undefined
          ? labelFromPath(task, entry.path)
          : labelIndex(task, entry.path, entry.label);
    });
  }
  const size = height * width * channels;
  const pixels = new Uint8Array(entries.length * size);
  let breath = performance.now();
  for (const [i, entry] of entries.entries()) {
    pixels.set(await decodePicture(entry.path, entry.blob, task.data), i * size);
    if (performance.now() - breath < kBreathMs) continue;
    onProgress?.(i + 1, entries.length);
    await breathe();
    signal?.throwIfAborted();
    breath = performance.now();
  }
  return { kind: "images", source: sourceOf(entries), pixels, labels };
}

async function decodeIdxFiles(
  task: ImageTask,
  entries: Entry[],
  { unlabelled = false, signal }: FileOptions,
): Promise<DecodedSamples> {
  const parts: NamedIdx[] = [];
  for (const entry of entries) {
    parts.push({ name: entry.path, idx: await readIdx(entry.path, await bytesOf(entry), signal) });
  }
  const images = parts.filter(({ idx }) => idx.extents.length > 1);
  const labels = parts.filter(({ idx }) => idx.extents.length === 1);
  const [pixels] = images;
  if (pixels === undefined || images.length > 1 || labels.length !== (unlabelled ? 0 : 1)) {
    const wanted = unlabelled
      ? "one IDX file of images"
      : "one IDX file of images and one of their labels";
    throw dataError(
      sourceOf(entries),
      `found ${images.length} of images and ${labels.length} of labels; expected ${wanted}`,
    );
  }
  return idxSamples(task, pixels, labels[0]);
}

async function isIdx(entry: Entry): Promise<boolean> {
  const start = new Uint8Array(await readBlob(entry, entry.blob.slice(0, 4)));
  return looksLikeIdx(start) || isGzip(start);
}

async function bytesOf(entry: Entry): Promise<Uint8Array> {
  return new Uint8Array(await readBlob(entry, entry.blob));
}

async function readBlob(entry: Entry, blob: Blob): Promise<ArrayBuffer> {
  try {
    return await blob.arrayBuffer();
  } catch (error) {
    throw dataError(entry.path, "this file could not be read; it may have been moved or changed", {
      cause: error,
    });
  }
}

function entryOf(file: InputFile, label: string | undefined): Entry {
  if ("data" in file) {
    const { data } = file;
    const blob = data instanceof Blob ? data : new Blob([data as ArrayBuffer | string]);
    return { path: file.name, blob, label: file.label ?? label };
  }
  return { path: file.webkitRelativePath || file.name, blob: file, label };
}

/** Files that systems leave in folders are no one's data. */
function isWanted(entry: Entry): boolean {
  const name = entry.path.split("/").at(-1) ?? "";
  return !name.startsWith(".") && name !== "Thumbs.db" && name !== "desktop.ini";
}

function sourceOf(entries: Entry[]): string {
  const [first] = entries;
  return entries.length === 1 && first !== undefined ? first.path : `${entries.length} files`;
}

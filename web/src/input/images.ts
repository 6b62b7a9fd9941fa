import type { Task } from "../task.ts";
import { dataError } from "./bytes.ts";
import type { Idx } from "./idx.ts";
import type { PixelFormat } from "./pixels.ts";
import type { DecodedSamples } from "./types.ts";

export type ImageTask = Task & { data: Extract<Task["data"], { kind: "image" }> };

export function isImageTask(task: Task): task is ImageTask {
  return task.data.kind === "image";
}

export interface NamedIdx {
  name: string;
  idx: Idx;
}

/** Images in IDX form, with their labels where there are any → samples. */
export function idxSamples(
  task: ImageTask,
  images: NamedIdx,
  labels: NamedIdx | undefined,
): DecodedSamples {
  checkExtents(images.name, images.idx, task.data);
  const count = images.idx.extents[0] ?? 0;
  if (count === 0) throw dataError(images.name, "holds no images");
  const indices = labels === undefined ? new Uint32Array() : idxLabels(task, labels, count);
  return { kind: "images", source: images.name, pixels: images.idx.values, labels: indices };
}

function checkExtents(name: string, idx: Idx, format: PixelFormat): void {
  const [, height, width, channels = 1] = idx.extents;
  const fits = height === format.height && width === format.width && channels === format.channels;
  if (idx.extents.length >= 3 && fits) return;
  const expected = `${format.height} × ${format.width}${format.channels === 1 ? "" : ` × ${format.channels}`}`;
  throw dataError(
    name,
    `holds values of extents ${idx.extents.join(" × ")}; expected images of ${expected}`,
  );
}

function idxLabels(task: ImageTask, { name, idx }: NamedIdx, count: number): Uint32Array {
  if (idx.extents.length !== 1) {
    throw dataError(name, `has extents ${idx.extents.join(" × ")}; expected one label per image`);
  }
  if (idx.values.length !== count) {
    throw dataError(name, `holds ${idx.values.length} labels for ${count} images`);
  }
  const classes = task.data.classes.length;
  const wrong = idx.values.findIndex((label) => label >= classes);
  if (wrong >= 0) {
    throw dataError(
      name,
      `label ${idx.values[wrong]} at place ${wrong + 1} is unknown; expected 0 to ${classes - 1}`,
    );
  }
  return Uint32Array.from(idx.values);
}

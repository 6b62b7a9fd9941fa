import type { Task } from "../index.ts";

// What a task's pictures are like, as far as its constants tell.

/** Small grey pictures that are almost all black are taken for light strokes, as one draws them. */
export function isDrawable(task: Task): boolean {
  const { data } = task;
  return (
    isOnDark(task) && data.kind === "image" && data.height <= 64 && (data.mean[0] ?? 1) < 0.2
  );
}

/** Grey pictures that are mostly black show light things on a dark ground; photos seldom do. */
export function isOnDark({ data }: Task): boolean {
  return data.kind === "image" && data.channels === 1 && (data.mean[0] ?? 1) < 0.3;
}

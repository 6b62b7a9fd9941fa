import type { Task } from "../task.ts";
import { dataError } from "./bytes.ts";

/** The class that a text names: by its name in the data or its display name, whatever the case. */
export function classIndex(task: Task, text: string): number | undefined {
  const wanted = fold(text);
  for (const names of [task.data.classes ?? [], task.class_names ?? []]) {
    const index = names.findIndex((name) => fold(name) === wanted);
    if (index >= 0) return index;
  }
  return undefined;
}

/** The class of a given label; `where` names the file or record in the refusal. */
export function labelIndex(task: Task, where: string, label: string): number {
  const index = classIndex(task, label);
  if (index === undefined)
    throw dataError(where, `label '${label}' is unknown; expected ${classList(task)}`);
  return index;
}

/**
 * The class that a picture's path tells: the innermost folder named after a class, else the
 * beginning of the file's name ("cat_01.png").
 */
export function labelFromPath(task: Task, path: string): number {
  const parts = path.split("/");
  const name = parts.pop() ?? path;
  for (const folder of [...parts].reverse()) {
    const index = classIndex(task, folder);
    if (index !== undefined) return index;
  }
  const index = classOfPrefix(task, name);
  if (index !== undefined) return index;
  const folder = parts.at(-1);
  if (folder !== undefined) {
    throw dataError(
      path,
      `label '${folder}' of the folder is unknown; expected ${classList(task)}`,
    );
  }
  throw dataError(
    path,
    `no label: choose one, put the picture into a folder named after it, or let the file's name begin with it; expected ${classList(task)}`,
  );
}

/** The longest class name that the file's name begins with and that ends there ("7_a", not "70"). */
function classOfPrefix(task: Task, fileName: string): number | undefined {
  const text = fold(fileName);
  let best: { index: number; length: number } | undefined;
  for (const names of [task.data.classes ?? [], task.class_names ?? []]) {
    names.forEach((name, index) => {
      const prefix = fold(name);
      if (!text.startsWith(prefix) || prefix.length <= (best?.length ?? 0)) return;
      if (!goesOn(text.charAt(prefix.length - 1), text.charAt(prefix.length))) {
        best = { index, length: prefix.length };
      }
    });
  }
  return best?.index;
}

function goesOn(last: string, next: string): boolean {
  return (/\p{L}/u.test(last) && /\p{L}/u.test(next)) || (/\d/.test(last) && /\d/.test(next));
}

/** "one of cat, dog", with display names where they say more. */
export function classList(task: Task): string {
  const classes = task.data.classes ?? [];
  const shown = classes.slice(0, 20).map((name, index) => {
    const title = task.class_names?.[index];
    return title === undefined || fold(title) === fold(name) ? name : `${name} (${title})`;
  });
  const more = classes.length - shown.length;
  return `one of ${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function fold(text: string): string {
  return text.trim().normalize("NFC").toLowerCase();
}

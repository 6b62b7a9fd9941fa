import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseObject } from "../src/net/messages.ts";

export interface TaskEntry {
  id: string;
  title: string;
  summary: string;
  url: string;
}

/** What /tasks/index.json says: one entry per folder with a task.json, in the order of names. */
export async function listTasks(
  folder: string,
  log: (line: string) => void,
): Promise<TaskEntry[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const tasks = await Promise.all(names.sort().map((name) => readTask(folder, name, log)));
  return tasks.filter((task) => task !== undefined);
}

async function readTask(
  folder: string,
  name: string,
  log: (line: string) => void,
): Promise<TaskEntry | undefined> {
  const path = join(folder, name, "task.json");
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch {
    return undefined; // a folder of something else
  }
  const task = parseObject(text);
  if (!task) {
    log(`${path} is no JSON object; the task is not offered`);
    return undefined;
  }
  const { title, summary } = task;
  return {
    id: name,
    title: typeof title === "string" ? title : name,
    summary: typeof summary === "string" ? summary : "",
    url: `/tasks/${encodeURIComponent(name)}/task.json`,
  };
}

/**
 * The weights that a task begins with, where it is one of these folders and its file is there. task: a
 * stranger's; whether the bytes are those that it wants, the core looks.
 */
export async function readBase(folder: string, task: string): Promise<Uint8Array | undefined> {
  const { id, model } = (parseObject(task) ?? {}) as { id?: unknown; model?: unknown };
  const { weights } = (model ?? {}) as { weights?: { file?: unknown } | null };
  const path = weights?.file;
  if (typeof id !== "string" || !/^[a-z0-9_-]+$/.test(id) || typeof path !== "string") return undefined;
  if (!path.split("/").every((part) => /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(part))) return undefined;
  try {
    return await readFile(join(folder, id, path));
  } catch {
    return undefined;
  }
}

// What a reload goes on from, in the browser's own files (OPFS): one file a room and tab, the newest few.
//   u32 length (little-endian) · JSON of what it is · the trainer's save()

import type { StudioState } from "./state.ts";

export interface Kept {
  /** When, in ms since 1970. */
  atMs: number;
  round: number;
  /** Of the sample; what came from files has to be connected again. */
  shards: number[];
  ownData: string[];
  alone: boolean;
  mode: StudioState["mode"];
  minParticipants: number;
}

const prefix = "deai-";
const mostFiles = 4;
/** Older than this it is most likely forgotten. */
const oldestMs = 14 * 24 * 3600 * 1000;

/** Of one room of one task; does nothing where the browser keeps no files. */
export class Keeper {
  readonly #room: string;
  readonly #name: string;
  #writing: Promise<void> = Promise.resolve();

  constructor(task: string, room: string) {
    this.#room = `${prefix}${encodeURIComponent(`${task} ${room}`)} `;
    this.#name = this.#room + tabName();
  }

  /** One after the other; a failure (a full disk, a private window) keeps what was there. */
  write(kept: Kept, saved: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write(kept, saved)).catch(() => undefined);
    return this.#writing;
  }

  /** What is kept, without its bytes. */
  async find(): Promise<Kept | undefined> {
    return (await this.#read())?.kept;
  }

  async read(): Promise<{ kept: Kept; saved: Uint8Array<ArrayBuffer> } | undefined> {
    const found = await this.#read();
    return found && { kept: found.kept, saved: new Uint8Array(await found.rest.arrayBuffer()) };
  }

  /** All that is kept of this room, but what other tabs keep that are open. */
  async forget(): Promise<void> {
    await this.#writing;
    const folder = await openFolder();
    for (const { name } of await this.#own(folder)) await folder?.removeEntry(name);
  }

  /** This tab's own, or of one that was closed. */
  async #newest(): Promise<File | undefined> {
    const files = await this.#own(await openFolder());
    return files.sort((a, b) => b.file.lastModified - a.file.lastModified)[0]?.file;
  }

  async #own(folder: FileSystemDirectoryHandle | undefined): Promise<KeptFile[]> {
    if (!folder) return [];
    const held = (await navigator.locks?.query())?.held?.map(({ name }) => name) ?? [];
    const files = await filesIn(folder, this.#room);
    return files.filter(({ name }) => name === this.#name || !held.includes(tabLock(name)));
  }

  async #write(kept: Kept, saved: Uint8Array<ArrayBuffer>): Promise<void> {
    const folder = await openFolder();
    const file = await folder?.getFileHandle(this.#name, { create: true });
    if (!folder || !file?.createWritable) return;
    const header = new TextEncoder().encode(JSON.stringify(kept));
    const writable = await file.createWritable(); // what was there stays until close()
    await writable.write(Uint32Array.of(header.length));
    await writable.write(header);
    await writable.write(saved);
    await writable.close();
    await clearOut(folder);
  }

  async #read(): Promise<{ kept: Kept; rest: Blob } | undefined> {
    try {
      const file = await this.#newest();
      if (!file) return undefined;
      const [length = 0] = new Uint32Array(await file.slice(0, 4).arrayBuffer());
      const kept = JSON.parse(await file.slice(4, 4 + length).text()) as Kept;
      if (Date.now() - kept.atMs > oldestMs) return undefined;
      return { kept, rest: file.slice(4 + length) };
    } catch {
      return undefined; // there is none, or it is damaged: as if nothing had been kept
    }
  }
}

async function openFolder(): Promise<FileSystemDirectoryHandle | undefined> {
  const storage = globalThis.navigator?.storage as StorageManager | undefined;
  return storage?.getDirectory?.().catch(() => undefined);
}

interface KeptFile {
  name: string;
  file: File;
}

async function filesIn(folder: FileSystemDirectoryHandle, begin: string): Promise<KeptFile[]> {
  const files: KeptFile[] = [];
  for await (const [name, handle] of folder as unknown as AsyncIterable<[string, FileSystemHandle]>) {
    if (!name.startsWith(begin) || handle.kind !== "file") continue;
    files.push({ name, file: await (handle as FileSystemFileHandle).getFile() });
  }
  return files;
}

/** The oldest files go. */
async function clearOut(folder: FileSystemDirectoryHandle): Promise<void> {
  const files = await filesIn(folder, prefix);
  files.sort((a, b) => b.file.lastModified - a.file.lastModified);
  for (const { name } of files.slice(mostFiles)) await folder.removeEntry(name);
}

const kTab = "deai tab";

/** The same after a reload, another one in each tab; while the tab is open it holds a lock. */
function tabName(): string {
  try {
    const name = sessionStorage.getItem(kTab) ?? crypto.getRandomValues(new Uint32Array(1)).join("");
    sessionStorage.setItem(kTab, name);
    void navigator.locks?.request(tabLock(name), { ifAvailable: true }, () => new Promise(() => undefined));
    return name;
  } catch {
    return "0"; // no storage in this window, or none in Node
  }
}

/** By a tab's name, or that of a file of its. */
function tabLock(name: string): string {
  return `${kTab} ${name.split(" ").at(-1) ?? ""}`;
}

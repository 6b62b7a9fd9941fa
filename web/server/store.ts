import { createHash } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** hash of the room's key - number of the write . room */
const fileName = /^([0-9a-f]{64})-(\d{1,15})\.room$/;

interface StoredRoom {
  /** Numbers of the files that are there, oldest first. */
  numbers: number[];
  writtenMs: number;
}

/** One model of a room, and how to take it out of the way when it is of no use. */
export interface StoredModel {
  bytes: Uint8Array;
  /** Keeps it for those who want to look; returns its new name. */
  setAside(): Promise<string>;
}

export interface StoreOptions {
  folder: string;
  maxRooms: number;
  /** Of one room: the newest and some before it. */
  maxModels: number;
  log: (line: string) => void;
}

/**
 * Some files per federated room, each written beside, flushed to the disk and renamed: a crash at any
 * moment leaves the models before it and perhaps the new one, and a file that the disk has spoilt leaves
 * those before it. Strangers make rooms, so that their number is bounded: the one that was written least
 * lately makes way.
 */
export class ModelStore {
  /** The write under way per room and what is to be written after it: only the newest counts. */
  private readonly writes = new Map<string, { next: Uint8Array | undefined; done: Promise<void> }>();
  private index: Promise<Map<string, StoredRoom>> | undefined;
  private temporary = 0;

  constructor(private readonly options: StoreOptions) {}

  /** The newest first. */
  async *models(key: string): AsyncGenerator<StoredModel> {
    await this.writes.get(key)?.done;
    const hash = hashOf(key);
    const room = (await this.rooms()).get(hash);
    for (const number of [...(room?.numbers ?? [])].reverse()) {
      const path = this.path(hash, number);
      const setAside = async () => {
        const aside = `${path}.damaged-${new Date().toISOString().replaceAll(":", "")}`;
        await rename(path, aside).catch(() => undefined);
        if (room) room.numbers = room.numbers.filter((other) => other !== number);
        return aside;
      };
      try {
        yield { bytes: await readFile(path), setAside };
      } catch (error) {
        this.options.log(`the stored model ${path} cannot be read: ${String(error)}`);
      }
    }
  }

  /** Resolves when these bytes or newer ones are on the disk, or the disk has refused them. */
  write(key: string, bytes: Uint8Array): Promise<void> {
    const pending = this.writes.get(key);
    if (pending) {
      pending.next = bytes;
      return pending.done;
    }
    const entry = { next: bytes as Uint8Array | undefined, done: Promise.resolve() };
    this.writes.set(key, entry);
    entry.done = this.work(key, entry);
    return entry.done;
  }

  /** Resolves when nothing waits to be written. */
  async finished(): Promise<void> {
    while (this.writes.size > 0) await Promise.all([...this.writes.values()].map(({ done }) => done));
  }

  private async work(key: string, entry: { next: Uint8Array | undefined }): Promise<void> {
    while (entry.next) {
      const bytes = entry.next;
      entry.next = undefined;
      try {
        await this.add(hashOf(key), bytes);
      } catch (error) {
        this.options.log(`the model of a room could not be stored: ${String(error)}`);
      }
    }
    this.writes.delete(key);
  }

  private async add(hash: string, bytes: Uint8Array): Promise<void> {
    const { folder, maxModels } = this.options;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const rooms = await this.rooms();
    const room = rooms.get(hash) ?? { numbers: [], writtenMs: 0 };
    const number = (room.numbers.at(-1) ?? 0) + 1;
    await this.place(this.path(hash, number), bytes);
    room.numbers.push(number);
    room.writtenMs = Date.now();
    rooms.set(hash, room);
    const old = room.numbers.splice(0, Math.max(0, room.numbers.length - maxModels));
    await Promise.all(old.map((before) => rm(this.path(hash, before), { force: true })));
    await this.makeWay(rooms);
  }

  private async place(path: string, bytes: Uint8Array): Promise<void> {
    const beside = `${path}.${String(process.pid)}-${String(++this.temporary)}.new`;
    try {
      const file = await open(beside, "w", 0o600);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(beside, path);
    } catch (error) {
      await rm(beside, { force: true });
      throw error;
    }
    const folder = await open(this.options.folder, "r");
    await folder.sync().finally(() => folder.close());
  }

  private async makeWay(rooms: Map<string, StoredRoom>): Promise<void> {
    const { maxRooms, log } = this.options;
    if (rooms.size <= maxRooms) return;
    const oldest = [...rooms].sort(([, a], [, b]) => a.writtenMs - b.writtenMs);
    for (const [hash, { numbers }] of oldest.slice(0, rooms.size - maxRooms)) {
      log(`there are too many stored rooms; the oldest was removed: ${hash}`);
      rooms.delete(hash);
      await Promise.all(numbers.map((number) => rm(this.path(hash, number), { force: true })));
    }
  }

  /** What the folder holds; only this process writes there, so that it is looked at once. */
  private rooms(): Promise<Map<string, StoredRoom>> {
    return (this.index ??= this.look());
  }

  private async look(): Promise<Map<string, StoredRoom>> {
    const { folder } = this.options;
    const rooms = new Map<string, StoredRoom>();
    for (const name of await readdir(folder).catch(() => [])) {
      const [, hash, digits] = fileName.exec(name) ?? [];
      if (name.endsWith(".new")) await rm(join(folder, name), { force: true }); // of a crash
      if (hash === undefined) continue;
      const { mtimeMs } = await stat(join(folder, name));
      const room = rooms.get(hash) ?? { numbers: [], writtenMs: 0 };
      room.numbers.push(Number(digits));
      room.writtenMs = Math.max(room.writtenMs, mtimeMs);
      rooms.set(hash, room);
    }
    for (const { numbers } of rooms.values()) numbers.sort((a, b) => a - b);
    return rooms;
  }

  private path(hash: string, number: number): string {
    return join(this.options.folder, `${hash}-${String(number)}.room`);
  }
}

/** Room names are people's words: files are named after their hash. */
function hashOf(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

import { createHash } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";

const suffix = ".room";

/**
 * One file per federated room, replaced as a whole: written beside, flushed to the disk, renamed. A
 * crash at any moment leaves the old file or the new one. Strangers make rooms, so that their number
 * is bounded: the one that was written least lately makes way.
 */
export class ModelStore {
  /** The write under way per room and what is to be written after it: only the newest counts. */
  private readonly writes = new Map<string, { next: Uint8Array | undefined; done: Promise<void> }>();
  private temporary = 0;

  constructor(
    private readonly folder: string,
    private readonly maxRooms: number,
    private readonly log: (line: string) => void,
  ) {}

  async read(key: string): Promise<Uint8Array | undefined> {
    await this.writes.get(key)?.done;
    try {
      return await readFile(this.path(key));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
        this.log(`the stored model ${this.path(key)} cannot be read: ${String(error)}`);
      }
      return undefined;
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

  /** Keeps a damaged file for those who want to look, out of the way. */
  async setAside(key: string): Promise<string> {
    const aside = `${this.path(key)}.damaged-${new Date().toISOString().replaceAll(":", "")}`;
    await rename(this.path(key), aside).catch(() => undefined);
    return aside;
  }

  private async work(key: string, entry: { next: Uint8Array | undefined }): Promise<void> {
    while (entry.next) {
      const bytes = entry.next;
      entry.next = undefined;
      try {
        await this.replace(this.path(key), bytes);
      } catch (error) {
        this.log(`the model of a room could not be stored: ${String(error)}`);
      }
    }
    this.writes.delete(key);
  }

  private async replace(path: string, bytes: Uint8Array): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    await this.makeWay(path);
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
    const folder = await open(this.folder, "r");
    await folder.sync().finally(() => folder.close());
  }

  private async makeWay(path: string): Promise<void> {
    const names = (await readdir(this.folder)).filter((name) => name.endsWith(suffix));
    const others = names.map((name) => join(this.folder, name)).filter((other) => other !== path);
    if (others.length < this.maxRooms) return;
    const dated = others.map(async (other) => ({ other, atMs: (await stat(other)).mtimeMs }));
    const oldest = (await Promise.all(dated)).sort((a, b) => a.atMs - b.atMs);
    for (const { other } of oldest.slice(0, others.length - this.maxRooms + 1)) {
      this.log(`there are too many stored models; the oldest was removed: ${other}`);
      await rm(other, { force: true });
    }
  }

  /** Room names are people's words: the file is named after their hash. */
  private path(key: string): string {
    const name = createHash("sha256").update(key).digest("hex");
    return join(this.folder, name + suffix);
  }
}

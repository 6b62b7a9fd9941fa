import { createHash } from "node:crypto";
import { DeaiError } from "../src/errors.ts";
import {
  type CoordinatorReply,
  type CoordinatorRequest,
  maxFrameBytes,
  parseCoordinatorRequest,
  protocolVersion,
} from "../src/net/messages.ts";
import type { Connection } from "./connection.ts";
import type { CoordinatorConfig, RoomEngine } from "./engine.ts";
import { FederatedRoom } from "./federatedRoom.ts";
import type { Limits } from "./limits.ts";
import { roomKey } from "./signalling.ts";
import type { ModelStore } from "./store.ts";

export interface CoordinatorsOptions {
  limits: Limits;
  store: ModelStore;
  log: (line: string) => void;
  /** Throws DeaiError with the core's text when the task is not right. */
  createEngine(config: CoordinatorConfig): Promise<RoomEngine>;
  joined(room: string, taskHash: string): void;
}

type Join = CoordinatorRequest & { kind: "join" };

interface Entry {
  room: FederatedRoom;
  /** The address that opened it. */
  openedBy: string;
  idleTimer: NodeJS.Timeout | undefined;
}

const maxKnownTasks = 1000;

/** The federated rooms of this server: one engine per room and canonical task hash. */
export class Coordinators {
  private readonly rooms = new Map<string, Entry>();
  /** Rooms that end: they have still to store what they committed. */
  private readonly ending = new Map<string, Promise<void>>();
  /** Digest of a task's text → its canonical hash, so that not every join builds a model. */
  private readonly taskHashes = new Map<string, string>();
  /** Joins are worked off one after the other: two first ones must not make two rooms. */
  private joining: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(private readonly options: CoordinatorsOptions) {}

  get roomCount(): number {
    return this.rooms.size;
  }

  get participantCount(): number {
    let count = 0;
    for (const { room } of this.rooms.values()) count += room.memberCount;
    return count;
  }

  isFederated(room: string, taskHash: string): boolean {
    return (this.rooms.get(roomKey(room, taskHash))?.room.memberCount ?? 0) > 0;
  }

  accept(connection: Connection): void {
    let asked = false;
    let gone = false;
    let link: ReturnType<FederatedRoom["add"]> | undefined;
    connection.listen({
      text: (message) => {
        const request = parseCoordinatorRequest(message);
        if (!request) connection.refuse("message", "this is no message to the coordinator");
        else if (request.kind === "ping") tell(connection, { kind: "pong" });
        else if (asked) connection.refuse("message", "this connection has joined already");
        else {
          asked = true;
          connection.joined(maxFrameBytes);
          const kept = connection.keep(message.length);
          this.enqueue(connection, request)
            .finally(kept)
            .then((room) => {
              if (room && !gone) link = this.admit(connection, room, request);
            })
            .catch((error: unknown) => {
              this.options.log(`a participant could not be admitted: ${String(error)}`);
            });
        }
      },
      bytes: (frame) => {
        if (link) link.received(frame);
        else connection.refuse("message", "expected a join message");
      },
      closed: () => {
        gone = true;
        link?.closed();
      },
    });
  }

  /** Ends every room; resolves when all models are on the disk. */
  async close(): Promise<void> {
    this.closed = true;
    await this.joining;
    for (const key of [...this.rooms.keys()]) this.unload(key);
    await Promise.all(this.ending.values());
    await this.options.store.finished();
  }

  private enqueue(connection: Connection, join: Join): Promise<[string, string] | undefined> {
    const result = this.joining.then(() => this.enter(connection, join));
    this.joining = result.then(() => undefined);
    return result;
  }

  /** The key of the room and its task's hash; the room is there then. */
  private async enter(connection: Connection, join: Join): Promise<[string, string] | undefined> {
    const { log } = this.options;
    if (this.closed) return undefined;
    if (join.version !== protocolVersion) {
      const text = `this server speaks version ${String(protocolVersion)}: reload the page`;
      connection.refuse("version", text);
      return undefined;
    }
    const digest = createHash("sha256").update(join.task).digest("hex");
    let engine: RoomEngine | undefined;
    try {
      const known = this.taskHashes.get(digest);
      if (known === undefined && !connection.address.tasks.allows(Date.now())) {
        connection.refuse("rate", "too many new tasks from your address; try again in a minute");
        return undefined;
      }
      const taskHash = known ?? (engine = await this.build(join)).taskHash;
      this.remember(digest, taskHash);
      const key = roomKey(join.room, taskHash);
      const excess = this.excess(key, connection.address.name);
      if (excess !== undefined) {
        connection.refuse("full", `${excess}, no more fit`);
        return undefined;
      }
      if (!this.rooms.has(key)) {
        engine ??= await this.build(join);
        await this.open(key, engine, connection.address.name);
        engine = undefined;
      }
      return [key, taskHash];
    } catch (error) {
      if (error instanceof DeaiError) connection.refuse(error.code, error.message);
      else {
        log(`a federated room could not be opened: ${String(error)}`);
        connection.refuse("busy", "the server could not open this room");
      }
      return undefined;
    } finally {
      engine?.dispose();
    }
  }

  /** What is full for one more participant of this room, from this address. */
  private excess(key: string, address: string): string | undefined {
    const { participants, coordinators, coordinatorsPerAddress } = this.options.limits;
    const entry = this.rooms.get(key);
    if (entry) {
      const isFull = entry.room.memberCount >= participants;
      return isFull ? `this room has ${String(participants)} participants` : undefined;
    }
    const opened = [...this.rooms.values()].filter(
      ({ openedBy, room }) => openedBy === address && room.memberCount > 0,
    );
    if (opened.length >= coordinatorsPerAddress) {
      return `your address has opened ${String(coordinatorsPerAddress)} rooms here`;
    }
    const isFull = this.rooms.size >= coordinators && !this.unloadAnIdleOne();
    return isFull ? `this server trains ${String(coordinators)} rooms at once` : undefined;
  }

  private build({ task, room, minParticipants }: Join): Promise<RoomEngine> {
    return this.options.createEngine({ task, room, minParticipants });
  }

  private remember(digest: string, taskHash: string): void {
    if (this.taskHashes.size >= maxKnownTasks) this.taskHashes.clear();
    this.taskHashes.set(digest, taskHash);
  }

  private admit(connection: Connection, [key, taskHash]: [string, string], join: Join) {
    const entry = this.rooms.get(key);
    if (!entry) {
      connection.refuse("busy", "this room has just been closed");
      return undefined;
    }
    clearTimeout(entry.idleTimer);
    entry.idleTimer = undefined;
    tell(connection, { kind: "joined" });
    const link = entry.room.add(connection);
    this.options.joined(join.room, taskHash);
    return link;
  }

  private async open(key: string, engine: RoomEngine, openedBy: string): Promise<void> {
    const { store, log } = this.options;
    await this.ending.get(key);
    for await (const { bytes, setAside } of store.models(key)) {
      if (await engine.restore(bytes)) break;
      log(`a stored model is damaged; it was set aside as ${await setAside()}`);
    }
    const room = new FederatedRoom(engine, {
      changed: (bytes) => store.write(key, bytes),
      empty: () => this.unloadLater(key),
      broken: (error) => {
        clearTimeout(this.rooms.get(key)?.idleTimer);
        this.rooms.delete(key);
        log(`a federated room failed and was closed: ${String(error)}`);
      },
    });
    this.rooms.set(key, { room, openedBy, idleTimer: undefined });
    this.unloadLater(key);
  }

  private unloadLater(key: string): void {
    const entry = this.rooms.get(key);
    if (!entry) return;
    clearTimeout(entry.idleTimer);
    entry.idleTimer = setTimeout(() => this.unload(key), this.options.limits.idleRoomMs);
  }

  private unloadAnIdleOne(): boolean {
    for (const [key, { room }] of this.rooms) {
      if (room.memberCount > 0) continue;
      this.unload(key);
      return true;
    }
    return false;
  }

  private unload(key: string): void {
    const entry = this.rooms.get(key);
    if (!entry) return;
    this.rooms.delete(key);
    clearTimeout(entry.idleTimer);
    const ended = entry.room.close().finally(() => this.ending.delete(key));
    this.ending.set(key, ended);
  }
}

function tell(connection: Connection, reply: CoordinatorReply): void {
  connection.sendText(reply);
}

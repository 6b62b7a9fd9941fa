import { parseCoordinatorReply, protocolVersion } from "./messages.ts";
import type { CoordinatorRequest } from "./messages.ts";
import { PersistentSocket } from "./persistentSocket.ts";
import type { WireFacts } from "./wire.ts";
import { socketUrl } from "./serverSignalling.ts";
import type { World } from "./world.ts";

const windowBytes = 256 * 1024;

export interface CoordinatorOptions {
  server: string;
  room: string;
  /** task.json as text. */
  task: string;
  minParticipants: number;
}

export interface CoordinatorHandlers {
  connecting(): void;
  up(): void;
  /** Only after up(). */
  down(reason: string): void;
  frames(frames: Uint8Array<ArrayBuffer>[]): void;
  drained(bytes: number): void;
  lost(reason: string): void;
  refused(code: string, text: string): void;
}

/** The way to the server that merges updates; it comes back by itself until close(). */
export class CoordinatorLink {
  private readonly socket: PersistentSocket;
  private readonly queue: Uint8Array<ArrayBuffer>[] = [];
  private flyingBytes = 0;
  private isUp = false;

  constructor(
    world: World,
    options: CoordinatorOptions,
    private readonly handlers: CoordinatorHandlers,
  ) {
    const { room, minParticipants } = options;
    const join: CoordinatorRequest = {
      kind: "join",
      version: protocolVersion,
      room,
      task: options.task,
      minParticipants,
    };
    this.socket = new PersistentSocket(world, socketUrl(options.server, "coordinator"), {
      connecting: () => handlers.connecting(),
      opened: () => JSON.stringify(join),
      text: (message) => this.received(message),
      bytes: (frame) => {
        if (this.isUp) handlers.frames([frame]);
      },
      lost: (reason) => this.lost(reason),
    });
    this.socket.start();
  }

  send(frame: Uint8Array<ArrayBuffer>): void {
    if (!this.isUp) return;
    this.queue.push(frame);
    this.pump();
  }

  /** Gives this connection up; another follows. */
  drop(): void {
    this.socket.drop("closed on this side");
  }

  close(): void {
    this.socket.close();
  }

  facts(): WireFacts {
    const { roundTripMs } = this.socket;
    return roundTripMs === undefined ? {} : { roundTripMs };
  }

  hurry(): void {
    this.socket.hurry();
  }

  private received(message: string): void {
    const reply = parseCoordinatorReply(message);
    switch (reply?.kind) {
      case "joined":
        if (this.isUp) return;
        this.isUp = true;
        this.socket.accepted();
        this.handlers.up();
        return;
      case "taken":
        if (reply.bytes < 0 || reply.bytes > this.flyingBytes) return;
        this.flyingBytes -= reply.bytes;
        this.handlers.drained(reply.bytes);
        this.pump();
        return;
      case "refused":
        this.handlers.refused(reply.code, reply.text);
        this.socket.refused(reply.code, reply.text);
        return;
      case "pong":
        this.socket.answered();
        return;
      case undefined:
        return;
    }
  }

  private pump(): void {
    while (this.flyingBytes < windowBytes) {
      const frame = this.queue.shift();
      if (!frame) return;
      this.flyingBytes += frame.length;
      this.socket.sendBytes(frame);
    }
  }

  private lost(reason: string): void {
    this.queue.length = 0;
    this.flyingBytes = 0;
    if (this.isUp) {
      this.isUp = false;
      this.handlers.down(reason);
    }
    this.handlers.lost(reason);
  }
}

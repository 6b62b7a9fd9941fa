import { randomBytes } from "node:crypto";
import {
  type Abilities,
  maxSignalBytes,
  type Member,
  parseSignalRequest,
  protocolVersion,
  type SignalReply,
  type SignalRequest,
} from "../src/net/messages.ts";
import type { Connection } from "./connection.ts";
import type { Limits } from "./limits.ts";

export interface SignallingOptions {
  limits: Limits;
  /** For this participant, with its credentials where a server wants some. */
  iceServers(peer: string): RTCIceServer[];
  /** Carry relay frames between the members of a room. */
  relay: boolean;
  /** Whether somebody of this room trains through the coordinator. */
  isFederated(room: string, taskHash: string): boolean;
}

interface Seat extends Abilities {
  peer: string;
  member: number;
  token: string;
  connection: Connection;
}

interface Room {
  key: string;
  /** The address that opened it. */
  openedBy: string;
  name: string;
  taskHash: string;
  seats: Map<string, Seat>;
  byMember: Map<number, Seat>;
}

const memberBytes = 4;

/** Who is in which room; passes messages and relay frames between members of one room, unread. */
export class SignalRooms {
  private readonly rooms = new Map<string, Room>();
  /** How many rooms each address has opened. */
  private readonly opened = new Map<string, number>();
  private lastMember = 0;

  constructor(private readonly options: SignallingOptions) {}

  get roomCount(): number {
    return this.rooms.size;
  }

  get peerCount(): number {
    let count = 0;
    for (const room of this.rooms.values()) count += room.seats.size;
    return count;
  }

  /** Takes a new connection in; it has to join first. */
  accept(connection: Connection): void {
    let room: Room | undefined;
    let seat: Seat | undefined;
    connection.listen({
      text: (message) => {
        const request = parseSignalRequest(message);
        if (!request) connection.refuse("message", "this is no message of signalling");
        else if (room && seat) this.request(connection, room, seat, request);
        else if (request.kind !== "join") connection.refuse("message", "expected a join message");
        else [room, seat] = this.join(connection, request) ?? [];
      },
      bytes: (frame) => {
        if (room && seat) this.relay(room, seat, frame);
        else connection.refuse("message", "expected a join message");
      },
      closed: (code) => {
        if (room && seat) this.leave(room, seat, isGoodBye(code));
      },
    });
  }

  /** Tells everybody of the room as it is now, with credentials that are good for a while again. */
  refresh(): void {
    for (const room of this.rooms.values()) {
      for (const seat of room.seats.values()) this.tellRoom(room, seat);
    }
  }

  /** Tells a room that it goes on through the coordinator. */
  announceFederated(name: string, taskHash: string): void {
    const room = this.rooms.get(roomKey(name, taskHash));
    for (const seat of room?.seats.values() ?? []) {
      tell(seat.connection, { kind: "mode", mode: "federated" });
    }
  }

  private join(
    connection: Connection,
    request: SignalRequest & { kind: "join" },
  ): [Room, Seat] | undefined {
    const { version, room: name, taskHash, peer, token } = request;
    if (version !== protocolVersion) {
      const text = `this server speaks version ${String(protocolVersion)}, this page version ${String(version)}: reload it`;
      connection.refuse("version", text);
      return undefined;
    }
    const key = roomKey(name, taskHash);
    const address = connection.address.name;
    const room = this.rooms.get(key) ?? newRoom(key, name, taskHash, address);
    const before = room.seats.get(peer);
    if (before && before.token !== token) {
      connection.refuse("taken", "somebody with this participant's name is in the room");
      return undefined;
    }
    const excess = before ? undefined : this.excess(room, address);
    if (excess !== undefined) {
      connection.refuse("full", `${excess}, no more fit`);
      return undefined;
    }
    if (!this.rooms.has(key)) this.open(room);
    const seat = this.seatOf(connection, request, before);
    room.seats.set(peer, seat);
    room.byMember.set(seat.member, seat);
    connection.joined(maxSignalBytes);
    this.welcome(room, seat, before === undefined);
    before?.connection.terminate();
    return [room, seat];
  }

  /** What is full for one more member of this room, from this address. */
  private excess(room: Room, address: string): string | undefined {
    const { peersPerRoom, rooms, roomsPerAddress } = this.options.limits;
    if (room.seats.size >= peersPerRoom) return `this room has ${String(peersPerRoom)} participants`;
    if (this.rooms.has(room.key)) return undefined;
    if (this.rooms.size >= rooms) return `this server has ${String(rooms)} rooms`;
    if ((this.opened.get(address) ?? 0) < roomsPerAddress) return undefined;
    return `your address has opened ${String(roomsPerAddress)} rooms here`;
  }

  private open(room: Room): void {
    this.rooms.set(room.key, room);
    this.opened.set(room.openedBy, (this.opened.get(room.openedBy) ?? 0) + 1);
  }

  private close({ key, openedBy }: Room): void {
    this.rooms.delete(key);
    const left = (this.opened.get(openedBy) ?? 1) - 1;
    if (left > 0) this.opened.set(openedBy, left);
    else this.opened.delete(openedBy);
  }

  /** A participant that comes back by another connection keeps its seat. */
  private seatOf(
    connection: Connection,
    { peer, direct, relay, fallback }: SignalRequest & { kind: "join" },
    before: Seat | undefined,
  ): Seat {
    const member = before?.member ?? ++this.lastMember;
    const token = before?.token ?? randomBytes(16).toString("hex");
    return { peer, member, token, connection, direct, relay, fallback };
  }

  private welcome(room: Room, seat: Seat, isNew: boolean): void {
    this.tellRoom(room, seat);
    if (!isNew) return;
    for (const other of room.seats.values()) {
      if (other !== seat) tell(other.connection, { kind: "arrived", member: memberOf(seat) });
    }
  }

  private tellRoom(room: Room, seat: Seat): void {
    const { isFederated, iceServers, relay } = this.options;
    const others = [...room.seats.values()].filter((other) => other !== seat);
    tell(seat.connection, {
      kind: "joined",
      token: seat.token,
      members: others.map(memberOf),
      iceServers: iceServers(seat.peer),
      relay,
      mode: isFederated(room.name, room.taskHash) ? "federated" : "decentralized",
    });
  }

  private request(connection: Connection, room: Room, seat: Seat, request: SignalRequest): void {
    switch (request.kind) {
      case "join":
        connection.refuse("message", "this connection has joined already");
        return;
      case "signal": {
        const target = room.seats.get(request.to);
        const { payload } = request;
        // One that has just left: its absence is told by other messages.
        if (!target) return;
        tell(target.connection, { kind: "signal", from: seat.peer, payload });
        connection.yieldTo(target.connection);
        return;
      }
      case "ping":
        tell(connection, { kind: "pong" });
        return;
    }
  }

  /** member (4, little-endian) · sealed bytes: the receiver's number comes in, the sender's goes out. */
  private relay(room: Room, seat: Seat, frame: Uint8Array<ArrayBuffer>): void {
    if (!this.options.relay || frame.length <= memberBytes) {
      const text = this.options.relay ? "an empty relay frame" : "there is no relay here";
      seat.connection.refuse("relay", text);
      return;
    }
    const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
    const target = room.byMember.get(view.getUint32(0, true));
    if (!target || target === seat) return;
    view.setUint32(0, seat.member, true);
    target.connection.sendBytes(frame);
    seat.connection.yieldTo(target.connection);
  }

  private leave(room: Room, seat: Seat, gone: boolean): void {
    // A later connection of the same participant may have taken the seat over.
    if (room.seats.get(seat.peer) !== seat) return;
    room.seats.delete(seat.peer);
    room.byMember.delete(seat.member);
    if (room.seats.size === 0) this.close(room);
    const { peer } = seat;
    for (const other of room.seats.values()) tell(other.connection, { kind: "left", peer, gone });
  }
}

/** Closed by the page (1000, or 1005: no code) or with it (1001), and not by a lost connection. */
function isGoodBye(code: number): boolean {
  return code === 1000 || code === 1001 || code === 1005;
}

function newRoom(key: string, name: string, taskHash: string, openedBy: string): Room {
  return { key, openedBy, name, taskHash, seats: new Map(), byMember: new Map() };
}

/** The hash comes first and has a fixed length, so that no two pairs give one key. */
export function roomKey(name: string, taskHash: string): string {
  return `${taskHash} ${name}`;
}

function memberOf({ peer, member, direct, relay, fallback }: Seat): Member {
  return { peer, member, direct, relay, fallback };
}

function tell(connection: Connection, reply: SignalReply): void {
  connection.sendText(reply);
}

import { randomBytes } from "node:crypto";
import {
  maxSignalBytes,
  parseSignalRequest,
  protocolVersion,
  type SignalReply,
  type SignalRequest,
} from "../src/net/messages.ts";
import type { Connection } from "./connection.ts";
import type { Limits } from "./limits.ts";
import { type Seat, SignalRoom } from "./signalRoom.ts";

export interface SignallingOptions {
  limits: Limits;
  /** For this participant, with its credentials where a server wants some. */
  iceServers(peer: string): RTCIceServer[];
  /** Carry relay frames between the members of a room. */
  relay: boolean;
  /** Whether somebody of this room trains through the coordinator. */
  isFederated(room: string, taskHash: string): boolean;
}

type JoinRequest = SignalRequest & { kind: "join" };

interface Room {
  key: string;
  /** The address that opened it. */
  openedBy: string;
  name: string;
  taskHash: string;
  members: SignalRoom;
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
    for (const { members } of this.rooms.values()) count += members.count;
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
        if (room && seat) this.relay(connection, room, seat, frame);
        else connection.refuse("message", "expected a join message");
      },
      closed: (code) => {
        // A later connection of the same participant may have taken the seat over.
        if (seat?.connection === connection) room?.members.lost(seat, isGoodBye(code));
      },
    });
  }

  /** Tells everybody of the room as it is now, with credentials that are good for a while again. */
  refresh(): void {
    for (const room of this.rooms.values()) {
      for (const seat of room.members.seats.values()) this.tellRoom(room, seat);
    }
  }

  /** Tells a room that it goes on through the coordinator. */
  announceFederated(name: string, taskHash: string): void {
    const members = this.rooms.get(roomKey(name, taskHash))?.members;
    for (const seat of members?.seats.values() ?? []) {
      members?.tell(seat, { kind: "mode", mode: "federated" });
    }
  }

  private join(
    connection: Connection,
    request: JoinRequest,
  ): [Room, Seat] | undefined {
    const { version, room: name, taskHash, peer, token } = request;
    if (version !== protocolVersion) {
      const text = `this server speaks version ${String(protocolVersion)}, this page version ${String(version)}: reload it`;
      connection.refuse("version", text);
      return undefined;
    }
    const key = roomKey(name, taskHash);
    const address = connection.address.name;
    const room = this.rooms.get(key) ?? this.newRoom(key, request, address);
    const { members } = room;
    const before = members.seats.get(peer);
    const replaced = before?.connection;
    if (replaced && before.token !== token) {
      connection.refuse("taken", "somebody with this participant's name is in the room");
      return undefined;
    }
    const excess = before ? undefined : this.excess(room, address, request);
    if (excess !== undefined) {
      connection.refuse("full", `${excess}, no more fit`);
      return undefined;
    }
    if (!this.rooms.has(key)) this.open(room);
    const seat = before ?? this.newSeat(connection, request, members.fullFor(request.mesh) === undefined);
    if (before) members.resume(before, connection, request);
    else members.add(seat);
    if (before && !replaced) seat.token = newToken();
    connection.joined(maxSignalBytes);
    this.tellRoom(room, seat);
    if (!replaced) members.announce(seat);
    replaced?.terminate();
    return [room, seat];
  }

  /** What is full for one more member of this room, from this address. */
  private excess(room: Room, address: string, { fallback, mesh }: JoinRequest): string | undefined {
    const { membersPerRoom, rooms, roomsPerAddress } = this.options.limits;
    const { members } = room;
    if (members.seats.size >= membersPerRoom) {
      return `this room has ${String(membersPerRoom)} participants`;
    }
    const most = members.fullFor(mesh);
    if (most !== undefined && !(fallback && this.goesThroughServer(room))) {
      return `this room's mesh takes ${String(most)} participants`;
    }
    if (this.rooms.has(room.key)) return undefined;
    if (this.rooms.size >= rooms) return `this server has ${String(rooms)} rooms`;
    if ((this.opened.get(address) ?? 0) < roomsPerAddress) return undefined;
    return `your address has opened ${String(roomsPerAddress)} rooms here`;
  }

  /** It does, or all its members would follow one that does. */
  private goesThroughServer({ name, taskHash, members }: Room): boolean {
    return members.canFallBack || this.options.isFederated(name, taskHash);
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

  private newRoom(
    key: string,
    { room: name, taskHash }: JoinRequest,
    openedBy: string,
  ): Room {
    const members = new SignalRoom(this.options.limits, () => this.close(room));
    const room: Room = { key, openedBy, name, taskHash, members };
    return room;
  }

  private newSeat(
    connection: Connection,
    { peer, mesh, direct, relay, fallback }: JoinRequest,
    meshed: boolean,
  ): Seat {
    const [member, token] = [++this.lastMember, newToken()];
    const abilities = { direct, relay, fallback };
    return { peer, member, token, mesh, connection, meshed, toldCount: 0, ...abilities };
  }

  private tellRoom({ name, taskHash, members }: Room, seat: Seat): void {
    const { isFederated, iceServers, relay } = this.options;
    members.tell(seat, {
      kind: "joined",
      token: seat.token,
      members: members.membersFor(seat),
      count: members.count,
      iceServers: iceServers(seat.peer),
      relay,
      // Who finds the mesh full takes the room to the coordinator, by joining there.
      mode: !seat.meshed || isFederated(name, taskHash) ? "federated" : "decentralized",
    });
  }

  private request(connection: Connection, room: Room, seat: Seat, request: SignalRequest): void {
    switch (request.kind) {
      case "join":
        connection.refuse("message", "this connection has joined already");
        return;
      case "signal": {
        const target = room.members.seats.get(request.to);
        const { payload } = request;
        // One that has just left, or is linked with others now: that is told by other messages.
        if (!target?.connection || !room.members.areLinked(seat, target)) return;
        target.connection.sendText({ kind: "signal", from: seat.peer, payload } satisfies SignalReply);
        connection.yieldTo(target.connection);
        return;
      }
      case "ping":
        connection.sendText({ kind: "pong" } satisfies SignalReply);
        return;
    }
  }

  /** member (4, little-endian) · sealed bytes: the receiver's number comes in, the sender's goes out. */
  private relay(
    connection: Connection,
    { members }: Room,
    seat: Seat,
    frame: Uint8Array<ArrayBuffer>,
  ): void {
    if (!this.options.relay || frame.length <= memberBytes) {
      const text = this.options.relay ? "an empty relay frame" : "there is no relay here";
      connection.refuse("relay", text);
      return;
    }
    const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
    const target = members.byMember.get(view.getUint32(0, true));
    if (!target?.connection || !members.areLinked(seat, target)) return;
    view.setUint32(0, seat.member, true);
    target.connection.sendBytes(frame);
    connection.yieldTo(target.connection);
  }
}

/** Closed by the page (1000, or 1005: no code) or with it (1001), and not by a lost connection. */
function isGoodBye(code: number): boolean {
  return code === 1000 || code === 1001 || code === 1005;
}

function newToken(): string {
  return randomBytes(16).toString("hex");
}

/** The hash comes first and has a fixed length, so that no two pairs give one key. */
export function roomKey(name: string, taskHash: string): string {
  return `${taskHash} ${name}`;
}

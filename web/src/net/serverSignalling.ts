import { parseSignalReply, protocolVersion } from "./messages.ts";
import type { Member, SignalReply, SignalRequest } from "./messages.ts";
import { PersistentSocket } from "./persistentSocket.ts";
import type {
  RoomPeer,
  Signalling,
  SignallingEvents,
  SignallingOptions,
  SignallingStrategy,
} from "./signalling.ts";
import type { World } from "./world.ts";

const memberBytes = 4;

/** Signalling by our own server at this URL: text messages; binary ones are relay frames. */
export function serverSignalling(server: string): SignallingStrategy {
  return (world, options, events) => new ServerSignalling(world, server, options, events);
}

class ServerSignalling implements Signalling {
  private readonly socket: PersistentSocket;
  /** Proves to the server that a second connection under this name is the same participant. */
  private token: string | undefined;
  private joined = false;
  private readonly members = new Map<string, number>();
  private readonly peers = new Map<number, string>();

  constructor(
    world: World,
    server: string,
    private readonly options: SignallingOptions,
    private readonly events: SignallingEvents,
  ) {
    this.socket = new PersistentSocket(world, socketUrl(server, "signal"), {
      connecting: () => events.connecting(),
      opened: () => JSON.stringify(this.joinRequest()),
      text: (message) => this.received(parseSignalReply(message)),
      bytes: (message) => this.relayed(message),
      lost: (reason) => {
        this.joined = false;
        events.lost(reason);
      },
    });
    this.socket.start();
  }

  send(peer: string, payload: string): void {
    if (!this.joined) return;
    this.socket.sendText({ kind: "signal", to: peer, payload } satisfies SignalRequest);
  }

  relay(peer: string, bytes: Uint8Array<ArrayBuffer>): void {
    const member = this.members.get(peer);
    if (!this.joined || member === undefined) return;
    const frame = new Uint8Array(memberBytes + bytes.length);
    new DataView(frame.buffer).setUint32(0, member, true);
    frame.set(bytes, memberBytes);
    this.socket.sendBytes(frame);
  }

  close(): void {
    this.socket.close();
  }

  hurry(): void {
    this.socket.hurry();
  }

  private joinRequest(): SignalRequest {
    const { room, taskHash, peer, abilities, mesh } = this.options;
    const who = { room, taskHash, peer, token: this.token };
    return { kind: "join", version: protocolVersion, ...who, mesh, ...abilities };
  }

  private received(reply: SignalReply | undefined): void {
    if (reply && "count" in reply) this.events.count(reply.count);
    switch (reply?.kind) {
      case "joined":
        this.token = reply.token;
        this.joined = true;
        this.members.clear();
        this.peers.clear();
        this.socket.accepted();
        this.events.joined({ ...reply, peers: reply.members.map((member) => this.admit(member)) });
        return;
      case "arrived":
        this.events.arrived(this.admit(reply.member));
        return;
      case "left":
        this.release(reply.peer);
        this.events.left(reply.peer, reply.gone);
        return;
      case "parted":
        for (const peer of reply.peers) this.release(peer);
        this.events.parted(reply.peers);
        return;
      case "signal":
        this.events.signal(reply.from, reply.payload);
        return;
      case "mode":
        this.events.mode(reply.mode);
        return;
      case "refused":
        this.events.refused(reply.code, reply.text);
        this.socket.refused(reply.code, reply.text);
        return;
      case "count":
      case "pong":
      case undefined:
        return;
    }
  }

  private admit({ peer, member, direct, relay, fallback }: Member): RoomPeer {
    this.members.set(peer, member);
    this.peers.set(member, peer);
    return { peer, direct, relay, fallback };
  }

  private release(peer: string): void {
    const member = this.members.get(peer);
    this.members.delete(peer);
    if (member !== undefined) this.peers.delete(member);
  }

  private relayed(frame: Uint8Array<ArrayBuffer>): void {
    if (frame.length < memberBytes) return;
    const member = new DataView(frame.buffer, frame.byteOffset).getUint32(0, true);
    const peer = this.peers.get(member);
    if (peer !== undefined) this.events.relayed(peer, frame.subarray(memberBytes));
  }
}

/** The server's address as people write it (http…, a path allowed) → one of its sockets. */
export function socketUrl(server: string, name: string): string {
  const url = new URL(server.endsWith("/") ? server : `${server}/`);
  url.protocol = url.protocol === "https:" || url.protocol === "wss:" ? "wss:" : "ws:";
  url.search = "";
  url.hash = "";
  return new URL(name, url).href;
}

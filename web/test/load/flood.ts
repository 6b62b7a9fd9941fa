// Junk of every kind at a bounded rate, for a bounded time, from addresses of its own: forked by main.ts.
import { connect } from "node:net";
import { WebSocket } from "ws";
import { protocolVersion } from "../../src/net/messages.ts";

export interface FloodOrder {
  server: string;
  perSecond: number;
  /** It ends by itself after this time. */
  mostMs: number;
  task: string;
}

export interface FloodReport {
  opened: number;
  refused: number;
}

const openAtOnce = 500;
let state = 17;
const next = () => (state = (state * 48271) % 2147483647);
const junk = (length: number) => Uint8Array.from({ length }, () => next() & 0xff);
const report: FloodReport = { opened: 0, refused: 0 };
let open = 0;

function one({ server, task }: FloodOrder): void {
  if (open >= openAtOnce) return;
  const localAddress = `127.0.9.${String(1 + (next() % 2))}`;
  const url = new URL(server);
  const kind = next() % 6;
  if (kind < 2) {
    const socket = connect({ port: Number(url.port), host: url.hostname, localAddress });
    opened(socket, () => socket.destroy());
    socket.on("connect", () => {
      if (kind === 0) socket.write(junk(next() % 2000)); // the other one says nothing
    });
    return;
  }
  const path = kind % 2 === 0 ? "signal" : "coordinator";
  const socket = new WebSocket(`${server.replace("http", "ws")}/${path}`, { localAddress });
  opened(socket, () => socket.terminate());
  socket.on("open", () => {
    const name = next().toString(16).padStart(64, "0");
    if (kind === 2) {
      const abilities = { direct: true, relay: true, fallback: true };
      const hashes = { taskHash: name, peer: name };
      const mesh = { most: 16, links: 0 };
      const join = { kind: "join", version: protocolVersion, room: name, ...hashes, mesh, ...abilities };
      socket.send(JSON.stringify(join));
    }
    // Half of these are in a room with a real task, where the core has to look at their frames.
    if (kind === 3) {
      const text = next() % 2 === 0 ? task : JSON.stringify({ deai: next() });
      const join = { kind: "join", version: protocolVersion, room: "load", minParticipants: 2, task: text };
      socket.send(JSON.stringify(join));
    }
    for (let i = 0; i < 20; i++) {
      socket.send(i % 5 === 4 ? JSON.stringify({ kind: "signal", to: name }) : junk(next() % 4096));
    }
  });
}

function opened(socket: { on(name: string, act: () => void): unknown }, end: () => void): void {
  open++;
  report.opened++;
  const timer = setTimeout(end, 3000);
  socket.on("error", () => report.refused++);
  socket.on("close", () => {
    clearTimeout(timer);
    open--;
  });
}

process.once("message", (order: FloodOrder) => {
  const everyMs = 20;
  let owed = 0;
  const timer = setInterval(() => {
    owed += (order.perSecond * everyMs) / 1000;
    for (; owed >= 1; owed--) one(order);
  }, everyMs);
  const end = () => {
    clearInterval(timer);
    process.send?.(report, () => process.exit(0));
  };
  setTimeout(end, order.mostMs);
  process.once("message", end);
});
process.once("disconnect", () => process.exit(0));

import { movable, type EngineClient } from "../engine/client.ts";
import type { Frame } from "../engine/boundary.ts";
import { DeaiError } from "../errors.ts";
import type { ByHand } from "../net/signalling.ts";
import type { Network, NetworkEvent } from "../net/types.ts";
import type { StatusReport } from "./report.ts";
import type { TrainerEvent } from "./types.ts";

export type OpenNetwork = (
  onEvent: (event: NetworkEvent) => void,
) => Network | Promise<Network>;

/** Joins the engine, which thinks, with the network, which carries. */
export class Wires {
  private network: Network | undefined;
  private opening: Promise<void> | undefined;
  private opened: () => void = () => undefined;
  private readonly isOpen = new Promise<void>((resolve) => (this.opened = resolve));
  private closed = false;
  /** In the room as signalling sees it, this one among them. */
  people: number | undefined;
  private readonly peers = new Map<number, string>();

  constructor(
    private readonly engine: EngineClient,
    private readonly status: StatusReport,
    private readonly tell: (event: TrainerEvent) => void,
    private readonly fail: (error: unknown) => void,
  ) {}

  connect(open: OpenNetwork): Promise<void> {
    this.opening ??= this.open(open).catch((error: unknown) => {
      this.opening = undefined; // another run() tries again
      throw error;
    });
    return this.opening;
  }

  private async open(open: OpenNetwork): Promise<void> {
    const network = await open((event) => this.onNetwork(event));
    if (this.closed) network.close();
    else this.network = network;
    this.opened();
  }

  async byHand(): Promise<ByHand> {
    await this.isOpen;
    const hand = await this.network?.byHand();
    if (!hand) throw new DeaiError("state", 'Texts are for trainers with signalling "byHand".');
    return hand;
  }

  /** What the engine wants sent, then what it wants closed. */
  carry(frames: Frame[], closes: number[]): void {
    for (const { link, bytes } of frames) this.network?.send(link, bytes);
    for (const link of closes) this.network?.closeLink(link);
  }

  pathOf(peer: string) {
    for (const [link, name] of this.peers) {
      if (name === peer) return this.status.paths.get(link);
    }
    return undefined;
  }

  async statistics() {
    return (await this.network?.statistics()) ?? [];
  }

  close(): void {
    this.closed = true;
    this.network?.close();
    this.network = undefined;
  }

  private onNetwork(event: NetworkEvent): void {
    switch (event.kind) {
      case "linkUp": {
        const { link, path, peer } = event;
        this.status.paths.set(link, path);
        if (peer !== undefined) this.peers.set(link, peer);
        this.done(
          this.engine.call("linkUp", link, path === "coordinator" ? "coordinator" : "peer"),
        );
        break;
      }
      case "linkMoved":
        this.status.paths.set(event.link, event.path);
        break;
      case "linkDown":
        this.status.paths.delete(event.link);
        this.peers.delete(event.link);
        this.done(this.engine.call("linkDown", event.link));
        break;
      case "frames": {
        const { frames, buffers } = movable(event.frames);
        this.done(this.engine.callMoving("frames", buffers, event.link, frames));
        break;
      }
      case "drained":
        this.done(this.engine.call("writable", event.link, event.bytes));
        break;
      case "mode":
        this.status.mode = event.mode;
        this.status.say(event.reason);
        this.done(this.engine.call("setMode", event.mode));
        break;
      case "server":
        if (event.state === "lost")
          this.tell({ kind: "warning", code: "server-lost", text: event.text });
        else this.status.say(event.text);
        break;
      case "warning":
        this.tell(event);
        break;
      case "presence":
        // Who takes part is what the engine says; that there are more, only signalling knows.
        this.people = event.count;
        break;
    }
  }

  private done(call: Promise<void>): void {
    call.catch(this.fail);
  }
}

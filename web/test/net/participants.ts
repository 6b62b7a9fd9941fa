import { createNetwork } from "../../src/net/network.ts";
import type { Network, NetworkEvent, NetworkOptions } from "../../src/net/types.ts";
import { settle } from "./clock.ts";
import { FakeRoom } from "./room.ts";

export interface Participant {
  name: string;
  network: Network;
  events: NetworkEvent[];
}

export type EnterOptions = Partial<NetworkOptions> & { webRtc?: boolean; secure?: boolean };

export function nameOf(number: number): string {
  return number.toString(16).padStart(64, "0");
}

/** One participant of the fake room; 1 offers to 2, 2 to 3 and so on. */
export function enter(room: FakeRoom, number: number, options: EnterOptions = {}): Participant {
  const name = nameOf(number);
  const events: NetworkEvent[] = [];
  const { webRtc = true, secure = true, ...rest } = options;
  const network = createNetwork(
    {
      server: "http://localhost:8080",
      room: "test room",
      secret: undefined,
      peer: name,
      mode: "auto",
      task: '{"deai": 1}',
      taskHash: "ab".repeat(32),
      minParticipants: 2,
      mesh: { most: 16, links: 0 },
      onEvent: (event) => events.push(event),
      ...rest,
    },
    { world: room.world(webRtc, secure), signalling: room.signalling },
  );
  return { name, network, events };
}

/** Two in a room with these faults from its beginning, and what they do before any time passes. */
export async function enterTwo(
  { faults, one, two }: {
    faults?: Partial<Pick<FakeRoom, "directWorks" | "relay" | "keepSignal" | "passRelayed">>;
    one?: EnterOptions;
    two?: EnterOptions;
  } = {},
): Promise<{ room: FakeRoom; one: Participant; two: Participant }> {
  const room = Object.assign(new FakeRoom(), faults);
  const pair = { room, one: enter(room, 1, one), two: enter(room, 2, two) };
  await settle();
  return pair;
}

export function kinds<Kind extends NetworkEvent["kind"]>(
  { events }: Participant,
  kind: Kind,
): Extract<NetworkEvent, { kind: Kind }>[] {
  return events.filter((event): event is Extract<NetworkEvent, { kind: Kind }> => event.kind === kind);
}

/** The links that are up, as "path of peer number". */
export function linksOf(participant: Participant): string[] {
  const down = new Set(kinds(participant, "linkDown").map(({ link }) => link));
  return kinds(participant, "linkUp")
    .filter(({ link }) => !down.has(link))
    .map(({ path, peer }) => (peer === undefined ? path : `${path} ${String(parseInt(peer, 16))}`));
}

export function lastLink(participant: Participant): number {
  return kinds(participant, "linkUp").at(-1)?.link ?? 0;
}

export function receivedBy(participant: Participant): number[][] {
  return kinds(participant, "frames").flatMap(({ frames }) => frames.map((frame) => [...frame]));
}

export function drainedBy(participant: Participant): number {
  return kinds(participant, "drained").reduce((sum, { bytes }) => sum + bytes, 0);
}

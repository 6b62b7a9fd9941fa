import type { WireFacts } from "./wire.ts";

type Entry = Record<string, unknown>;

/** What a browser tells of a connection, by the names of W3C's webrtc-stats; each lacks something. */
export function wireFacts(report: RTCStatsReport, restarts: number): WireFacts {
  const entries = [...(report.values() as Iterable<Entry>)];
  const ofType = (type: string) => entries.filter((entry) => entry["type"] === type);
  const [transport] = ofType("transport");
  const selected = transport?.["selectedCandidatePairId"];
  const pairs = ofType("candidate-pair");
  const pair =
    pairs.find(({ id }) => id !== undefined && id === selected) ??
    pairs.find(({ nominated }) => nominated === true);
  const facts: WireFacts = { restarts };
  const seconds = pair?.["currentRoundTripTime"];
  if (typeof seconds === "number") facts.roundTripMs = seconds * 1000;
  const sent = transport?.["bytesSent"] ?? pair?.["bytesSent"];
  if (typeof sent === "number") facts.wireSentBytes = sent;
  const kinds = [pair?.["localCandidateId"], pair?.["remoteCandidateId"]].flatMap((id) =>
    entries.filter((entry) => id !== undefined && entry["id"] === id).map((entry) => entry["candidateType"]),
  );
  if (kinds.length === 2) {
    facts.via = kinds.includes("relay") ? "turn" : kinds.every((kind) => kind === "host") ? "host" : "nat";
  }
  return facts;
}

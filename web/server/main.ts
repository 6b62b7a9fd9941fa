import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Limits, usualLimits } from "./limits.ts";
import { createServer, type ServerOptions } from "./server.ts";
import type { TurnOptions } from "./turn.ts";

const usage = `Serves the page, the package and the tasks, and joins the participants.

  --port N       8080; 0 takes a free one
  --host NAME    localhost; 0.0.0.0 serves the whole network (then use --https)
  --https        with a self-made certificate
  --tasks DIR    folder with one folder per task
  --data DIR     where models are kept ($XDG_STATE_HOME/deai)
  --ice JSON     STUN and TURN servers for the pages: [{"urls": "stun:…"}]
  --turn URLS    TURN servers, comma between them: turn:host:3478,turn:host:3478?transport=tcp
  --turn-secret-file FILE
                 what coturn has as static-auth-secret; or $DEAI_TURN_SECRET. Pages get
                 credentials that end after 12 hours
  --threads N    that merge updates, beside the one of the sockets; 0: none
  --behind-proxy one proxy in front tells by X-Forwarded-For who asks
  --limit NAME=N one of the limits of limits.ts; may be repeated
  --no-relay     do not carry frames between peers that cannot connect directly
`;

function readOptions(): ServerOptions | undefined {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "8080" },
      host: { type: "string", default: "localhost" },
      https: { type: "boolean", default: false },
      tasks: { type: "string" },
      data: { type: "string" },
      ice: { type: "string", default: "[]" },
      turn: { type: "string" },
      "turn-secret-file": { type: "string" },
      threads: { type: "string" },
      "behind-proxy": { type: "boolean", default: false },
      limit: { type: "string", multiple: true, default: [] },
      "no-relay": { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  const turn = readTurn(values.turn, values["turn-secret-file"]);
  return {
    port: wholeNumber("--port", values.port, 65535),
    host: values.host,
    https: values.https,
    // The bundle stands in web/dist/server, the tasks beside web.
    tasks: values.tasks ?? join(fileURLToPath(new URL(".", import.meta.url)), "../../../tasks"),
    ...(values.data === undefined ? {} : { data: values.data }),
    iceServers: readIceServers(values.ice),
    ...(turn === undefined ? {} : { turn }),
    ...(values.threads === undefined ? {} : { threads: wholeNumber("--threads", values.threads, 64) }),
    behindProxy: values["behind-proxy"],
    limits: readLimits(values.limit),
    relay: !values["no-relay"],
    log: (line) => console.error(`${new Date().toISOString()} ${line}`),
  };
}

function readIceServers(text: string): RTCIceServer[] {
  let servers: unknown;
  try {
    servers = JSON.parse(text);
  } catch (error) {
    throw new Error(`--ice: ${(error as Error).message}`);
  }
  const isServer = (server: unknown) =>
    typeof server === "object" && server !== null && "urls" in server;
  if (!Array.isArray(servers) || !servers.every(isServer)) {
    throw new Error('--ice: expected a list like [{"urls": "stun:host:3478"}]');
  }
  return servers as RTCIceServer[];
}

function readTurn(urls: string | undefined, secretFile: string | undefined): TurnOptions | undefined {
  if (urls === undefined) return undefined;
  const list = urls.split(",").map((url) => url.trim());
  if (!list.every((url) => /^turns?:[^\s]+$/.test(url))) {
    throw new Error("--turn: expected addresses like turn:host:3478?transport=tcp");
  }
  const secret = secretFile ? readFileSync(secretFile, "utf8").trim() : process.env["DEAI_TURN_SECRET"];
  if (!secret) throw new Error("--turn: expected --turn-secret-file or $DEAI_TURN_SECRET");
  return { urls: list, secret };
}

function readLimits(given: string[]): Partial<Limits> {
  const limits: Partial<Limits> = {};
  for (const text of given) {
    const [name = "", value = ""] = text.split("=");
    if (!Object.hasOwn(usualLimits, name)) {
      throw new Error(`--limit ${text}: expected one of ${Object.keys(usualLimits).join(", ")}`);
    }
    limits[name as keyof Limits] = wholeNumber(`--limit ${name}`, value, 2 ** 40);
  }
  return limits;
}

function wholeNumber(option: string, text: string, most: number): number {
  const number = Number(text);
  if (text !== "" && Number.isInteger(number) && number >= 0 && number <= most) return number;
  throw new Error(`${option} ${text}: expected a number from 0 to ${String(most)}`);
}

async function main(): Promise<void> {
  const options = readOptions();
  if (!options) {
    console.log(usage);
    return;
  }
  const server = await createServer(options);
  console.log(`DeAI serves on ${server.url}`);
  let stopping = false;
  const stop = () => {
    if (stopping) process.exit(1); // asked twice: at once
    stopping = true;
    void server.close().then(() => process.exit(0));
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});

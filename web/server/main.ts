import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createServer, type ServerOptions } from "./server.ts";

const usage = `Serves the page, the package and the tasks, and joins the participants.

  --port N       8080; 0 takes a free one
  --host NAME    localhost; 0.0.0.0 serves the whole network (then use --https)
  --https        with a self-made certificate
  --tasks DIR    folder with one folder per task
  --data DIR     where models are kept ($XDG_STATE_HOME/deai)
  --ice JSON     STUN and TURN servers for the pages: [{"urls": "stun:…"}]
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
      "no-relay": { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new Error(`--port ${values.port}: expected a number from 0 to 65535`);
  }
  return {
    port,
    host: values.host,
    https: values.https,
    // The bundle stands in web/dist/server, the tasks beside web.
    tasks: values.tasks ?? join(fileURLToPath(new URL(".", import.meta.url)), "../../../tasks"),
    ...(values.data === undefined ? {} : { data: values.data }),
    iceServers: readIceServers(values.ice),
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

import { spawn } from "node:child_process";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

const script = `
  import { PeerServer } from "peer";
  PeerServer({ port: 0, host: "127.0.0.1", path: "/some/path", key: "mine" }, (server) => {
    console.log(server.address().port);
  });`;

/** The real PeerJS server on loopback, in a process of its own, since its timers never end; its URL. */
export async function startPeerjsServer(test: TestContext): Promise<string> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  test.after(() => {
    kill();
    process.off("exit", kill);
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the PeerJS server ended with ${String(code)}`)));
    child.stdout.once("data", (data: Buffer) => resolve(Number(data.toString())));
  });
  return `http://127.0.0.1:${String(port)}/some/path?key=mine`;
}

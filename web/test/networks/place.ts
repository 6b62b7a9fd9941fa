import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

// Two homes, each behind a NAT of its own, and an internet between them, in network namespaces of this
// machine that nothing leaves:
//
//   home 192.168.1.2 ── NAT 10.77.1.2 ══ bad line ══ internet 10.77.0.1 ══ bad line ══ NAT 10.77.2.2 ── home 192.168.1.2

export const internetAddress = "10.77.0.1";

export interface Line {
  /** One way. */
  delayMs: number;
  /** Of packets, each way. */
  loss: number;
}

export interface Place {
  internet: string;
  /** Of both. */
  homes: [string, string];
  /** What the second home's router lets through from now on. */
  blockUdp(): void;
  unblockUdp(): void;
  /** The first home's line. */
  cut(): Promise<void>;
  join(): Promise<void>;
  /**
   * The first home's router has another address: what was open through the one before is gone, what comes to it is
   * lost, and what goes out by the new one is a stranger's.
   */
  readdress(): void;
}

/** Undefined, and the test is skipped with the reason, where the machine cannot have it. */
export async function makePlace(test: TestContext, line: Line): Promise<Place | undefined> {
  const prefix = `deai${String(process.pid % 10_000)}`;
  const internet = `${prefix}-net`;
  const names = [internet, ...[1, 2].flatMap((n) => [`${prefix}-nat${String(n)}`, `${prefix}-home${String(n)}`])];
  const remove = () => {
    for (const name of names) run("ip", ["netns", "delete", name], true);
  };
  try {
    remove();
    for (const name of names) run("ip", ["netns", "add", name]);
    accessSync("/dev/net/tun", constants.R_OK | constants.W_OK);
  } catch (error) {
    remove();
    test.skip(`this machine makes no network namespaces with TUN devices (root is needed): ${String(error)}`);
    return undefined;
  }
  process.once("exit", remove);
  test.after(() => {
    process.off("exit", remove);
    remove();
  });
  for (const name of names) {
    // An address that is made up later is a changed network to a browser, which then drops its requests.
    inside(name, "sysctl", ["-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1"]);
    inside(name, "ip", ["link", "set", "lo", "up"]);
  }
  inside(internet, "ip", ["address", "add", `${internetAddress}/32`, "dev", "lo"]);
  inside(internet, "sysctl", ["-qw", "net.ipv4.ip_forward=1"]);
  // Where nobody is, packets are lost: to have no route is another thing, by which coturn ends a session.
  inside(internet, "ip", ["tuntap", "add", "dev", "void", "mode", "tun"]); // that nobody reads
  inside(internet, "ip", ["link", "set", "void", "up"]);
  inside(internet, "ip", ["route", "add", "default", "dev", "void"]);
  const lines: ChildProcess[] = [];
  for (const n of [1, 2]) lines.push(await makeHome(test, prefix, n, line));
  return {
    internet,
    homes: [`${prefix}-home1`, `${prefix}-home2`],
    blockUdp: () => {
      const chain = "chain forward { type filter hook forward priority 1; meta l4proto udp drop; };";
      inside(`${prefix}-nat2`, "nft", [`table ip blocked { ${chain} };`]);
    },
    unblockUdp: () => inside(`${prefix}-nat2`, "nft", ["delete table ip blocked"]),
    cut: () => order(lines[0], "cut"),
    join: () => order(lines[0], "join"),
    readdress: () => readdress(internet, `${prefix}-nat1`),
  };
}

async function makeHome(test: TestContext, prefix: string, n: number, line: Line): Promise<ChildProcess> {
  const [internet, nat, home] = [`${prefix}-net`, `${prefix}-nat${String(n)}`, `${prefix}-home${String(n)}`];
  const device = `line${String(n)}`;
  const process = await layLine(test, line, n, `${nat}:wan`, `${internet}:${device}`);
  const [outside, router] = [`10.77.${String(n)}.1`, `10.77.${String(n)}.2`];
  inside(internet, "ip", ["address", "add", outside, "peer", router, "dev", device]);
  inside(nat, "ip", ["address", "add", router, "peer", outside, "dev", "wan"]);
  inside(internet, "ip", ["link", "set", device, "up"]);
  inside(nat, "ip", ["link", "set", "wan", "up"]);
  inside(nat, "ip", ["route", "add", "default", "via", outside]);
  const veth = ["link", "add", "lan", "netns", nat, "type", "veth", "peer", "name", "eth0", "netns", home];
  run("ip", veth);
  for (const [name, at, to] of [[nat, "lan", "1"], [home, "eth0", "2"]] as const) {
    inside(name, "ip", ["address", "add", `192.168.1.${to}/24`, "dev", at]);
    inside(name, "ip", ["link", "set", at, "up"]);
  }
  inside(home, "ip", ["route", "add", "default", "via", "192.168.1.1"]);
  inside(nat, "sysctl", ["-qw", "net.ipv4.ip_forward=1"]);
  // As at home: out under the router's address; in comes what answers.
  const rules = `table ip deai {
    chain postrouting { type nat hook postrouting priority 100; oifname "wan" masquerade; }
    chain forward {
      type filter hook forward priority 0; policy accept;
      iifname "wan" ct state new drop
    }
    chain input { type filter hook input priority 0; policy accept; iifname "wan" ct state new drop; }
  }`;
  inside(nat, "nft", [rules]);
  return process;
}

function readdress(internet: string, nat: string): void {
  const [outside, before, now] = ["10.77.1.1", "10.77.1.2", "10.77.1.3"];
  inside(nat, "ip", ["link", "set", "wan", "down"]); // by which it forgets what was open
  inside(nat, "ip", ["address", "del", before, "peer", outside, "dev", "wan"]);
  inside(nat, "ip", ["address", "add", now, "peer", outside, "dev", "wan"]);
  inside(nat, "ip", ["link", "set", "wan", "up"]);
  inside(nat, "ip", ["route", "add", "default", "via", outside]);
  inside(internet, "ip", ["route", "del", before, "dev", "line1"]);
  inside(internet, "ip", ["route", "add", now, "dev", "line1"]);
}

async function order(line: ChildProcess | undefined, what: "cut" | "join"): Promise<void> {
  if (!line?.stdin || !line.stdout) return;
  const done = once(line.stdout, "data");
  line.stdin.write(`${what}\n`);
  await done;
}

async function layLine(
  test: TestContext,
  { delayMs, loss }: Line,
  seed: number,
  ...ends: [string, string]
): Promise<ChildProcess> {
  const script = fileURLToPath(new URL("wire.py", import.meta.url));
  const given = [script, String(seed), String(delayMs), String(loss), ...ends];
  const child = spawn("python3", given, { stdio: ["pipe", "pipe", "inherit"] });
  test.after(() => child.kill("SIGKILL"));
  const ended = once(child, "exit").then(() => {
    throw new Error("the line between two namespaces could not be laid");
  });
  await Promise.race([once(child.stdout, "data"), ended]);
  ended.catch(() => undefined);
  return child;
}

function inside(namespace: string, command: string, given: string[]): void {
  run("nsenter", [`--net=/run/netns/${namespace}`, command, ...given]);
}

function run(command: string, given: string[], mayFail = false): void {
  try {
    execFileSync(command, given, { stdio: ["ignore", "ignore", "pipe"] });
  } catch (error) {
    if (!mayFail) throw error;
  }
}

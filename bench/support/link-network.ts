// A line between two machines that exist only as network namespaces of this process: server, router, client. What makes it
// slow is behind the router, as in life: a queue in the server's own machine pushes back on TCP, which then keeps it short.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";

/** A line from the server to the client. */
export interface Line {
  /** As a table names it. */
  readonly name: string;
  /** Megabits a second. Unlimited where it is left out. */
  readonly rateMbit?: number;
  /** How much the queue in front of the line holds, as the time that it takes to run empty, in milliseconds. */
  readonly queueMs?: number;
  /** How long each packet to the client is on its way, in milliseconds. Default 0. */
  readonly delayMs?: number;
  /** How many of the packets to the client are lost, per cent. Default 0. */
  readonly lossPercent?: number;
  /** The server's congestion control, `cubic` or `bbr`. Default `cubic`, which Linux comes with. */
  readonly congestion?: string;
}

/** The address of the server in its namespace, for the client too. */
export const SERVER_ADDRESS = "10.9.0.1";

const NAMESPACES = "/run/netns";

/** Why no line can be made here, for a test's `skip`; false where one can be made. */
export const noLine: string | false = whyNot();

/** Congestion controls that there are here, for {@link Line.congestion}. */
export const congestionControls: readonly string[] = availableControls();

/** Network namespaces with a line between them. */
export interface Network {
  /** What to put in front of a command that is to run at the server's end. */
  readonly atServer: readonly string[];
  /** What to put in front of a command that is to run at the client's end. */
  readonly atClient: readonly string[];
  /** Makes a line that was made with a rate as fast as that; its queue holds as many milliseconds as before. */
  become(rateMbit: number): void;
  /** Ends what still runs there and removes everything. */
  close(): Promise<void>;
}

/** Makes a line. It is removed when this process ends, too, by Ctrl-C or by an error. */
export async function makeNetwork(line: Line): Promise<Network> {
  removeLeftovers();
  const names = ["server", "router", "client"].map((end) => `kinora-${process.pid}-${++made}-${end}`);
  const [server = "", router = "", client = ""] = names;
  const folder = await mkdtemp(path.join(os.tmpdir(), "kinora-link-"));
  const removeAll = (): void => names.forEach(removeNamespace);
  process.once("exit", removeAll);
  let wire: ChildProcess | undefined;
  try {
    for (const name of names) run("ip", "netns", "add", name);
    wire = await startWire(folder, router, line);
    connect(server, router, client, line.congestion ?? "cubic");
    if (line.rateMbit !== undefined) narrow(router, "add", line.rateMbit, line.queueMs);
  } finally {
    await rm(folder, { recursive: true });
    if (wire === undefined) removeAll();
  }
  return {
    atServer: ["ip", "netns", "exec", server],
    atClient: ["ip", "netns", "exec", client],
    become: (rateMbit) => narrow(router, "change", rateMbit, line.queueMs),
    async close() {
      process.off("exit", removeAll);
      wire.stdin?.end();
      await once(wire, "exit");
      removeAll();
    },
  };
}

let made = 0;

// Without a listener a signal ends the process with no "exit", and the namespaces would stay.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(1));

/** The wire between server and router, with its delay and losses; both of its ends are in the router's namespace at first. */
async function startWire(folder: string, router: string, line: Line): Promise<ChildProcess> {
  const program = path.join(folder, "link-wire");
  run(
    "cc",
    "-O2",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-o",
    program,
    path.join(import.meta.dirname, "link-wire.c"),
  );
  const numbers = [line.delayMs ?? 0, line.lossPercent ?? 0].map(String);
  const args = ["netns", "exec", router, program, "toServer", "wire", ...numbers];
  const wire = spawn("ip", args, { stdio: ["pipe", "pipe", "inherit"] });
  await Promise.race([once(wire.stdout, "data"), once(wire, "exit")]);
  if (wire.exitCode !== null) throw new Error("the wire between the namespaces cannot be made");
  return wire;
}

function connect(server: string, router: string, client: string, congestion: string): void {
  run("ip", "-n", router, "link", "set", "toServer", "netns", server);
  run("ip", "-n", router, "link", "add", "line", "type", "veth", "peer", "name", "line", "netns", client);
  address(server, "toServer", `${SERVER_ADDRESS}/24`);
  address(router, "wire", "10.9.0.2/24");
  address(router, "line", "10.9.1.1/24");
  address(client, "line", "10.9.1.2/24");
  // By the route, as a namespace may not choose every one for itself.
  run("ip", "-n", server, "route", "add", "default", "via", "10.9.0.2", "congctl", congestion);
  run("ip", "-n", client, "route", "add", "default", "via", "10.9.1.1");
  run("ip", "netns", "exec", router, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward");
}

function address(namespace: string, device: string, ip: string): void {
  run("ip", "-n", namespace, "address", "add", ip, "dev", device);
  run("ip", "-n", namespace, "link", "set", device, "up");
}

function narrow(router: string, how: "add" | "change", rateMbit: number, queueMs = 50): void {
  const bytesAMs = (rateMbit * 1e6) / 8 / 1000;
  const burst = Math.round(Math.max(3_200, bytesAMs * 2));
  const limit = Math.round(bytesAMs * queueMs + burst);
  const bucket = ["rate", `${rateMbit}mbit`, "burst", `${burst}b`, "limit", `${limit}b`];
  run("tc", "-n", router, "qdisc", how, "dev", "line", "root", "tbf", ...bucket);
}

/** What processes left that were killed. */
function removeLeftovers(): void {
  if (!existsSync(NAMESPACES)) return;
  for (const name of readdirSync(NAMESPACES)) {
    const [, pid] = /^kinora-(\d+)-/.exec(name) ?? [];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) removeNamespace(name);
  }
}

function removeNamespace(name: string): void {
  if (!existsSync(path.join(NAMESPACES, name))) return;
  const { stdout } = spawnSync("ip", ["netns", "pids", name], { encoding: "utf8" });
  for (const pid of stdout.split("\n").filter((line) => line !== "")) kill(Number(pid));
  spawnSync("ip", ["netns", "delete", name]);
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has just ended by itself.
  }
}

function run(command: string, ...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${[command, ...args].join(" ")}: ${error?.message ?? stderr}`);
}

function whyNot(): string | false {
  if (process.platform !== "linux") return "network namespaces need Linux";
  if (process.getuid?.() !== 0) return "network namespaces need root";
  for (const [command, option] of [
    ["ip", "-Version"],
    ["tc", "-Version"],
    ["cc", "--version"],
  ] as const) {
    if (spawnSync(command, [option]).status !== 0) return `${command} is missing`;
  }
  if (!existsSync("/dev/net/tun")) return "/dev/net/tun is missing";
  const probe = `kinora-${process.pid}-probe`;
  if (spawnSync("ip", ["netns", "add", probe]).status !== 0) return "network namespaces are not allowed here";
  removeNamespace(probe);
  return false;
}

function availableControls(): readonly string[] {
  const file = "/proc/sys/net/ipv4/tcp_available_congestion_control";
  return existsSync(file) ? readFileSync(file, "latin1").trim().split(" ") : [];
}

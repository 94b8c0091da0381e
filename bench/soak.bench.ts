// Whether memory stays flat while viewers come and go: hundreds at a time for a few seconds, and then others.
//   node bench/soak.bench.ts [--quick | --minutes=30]
import { readFileSync } from "node:fs";
import { benchPictures } from "./support/bench-pictures.ts";
import { contestants } from "./support/contestants.ts";
import { putLoadOn } from "./support/load.ts";
import { QUICK, reportMachine } from "./support/report.ts";

/** So many viewers come at once, in turn, and stay for two seconds. */
const CROWDS = [1, 200, 20, 500, 50];
/** The last third of the time may take so much more than the first, which is noise of the heap. */
const FLAT_MIB = 5;

const wished = process.argv.find((arg) => arg.startsWith("--minutes="))?.split("=")[1];
const minutes = QUICK ? 0.02 : Number(wished ?? 2);
if (!(minutes > 0)) throw new Error(`--minutes must be a number above 0, got ${wished ?? ""}`);

reportMachine();
const pictures = await benchPictures();
const { all, close } = await contestants(pictures);
try {
  const kinora = all.filter(({ name }) => name.startsWith("Kinora"));
  for (const contestant of QUICK ? kinora.slice(0, 1) : kinora) {
    const server = await contestant.start();
    try {
      const resident = await soak(server);
      const third = Math.ceil(resident.length / 3);
      const [first, last] = [mean(resident.slice(0, third)), mean(resident.slice(-third))];
      const told = resident.filter((_, at) => at % Math.ceil(resident.length / 12) === 0);
      console.log(
        `${contestant.name}: ${resident.length} crowds in ${minutes} minutes, resident memory after them, in MiB: ` +
          `${told.map((mib) => mib.toFixed(0)).join(" ")}; ` +
          `first third ${first.toFixed(1)}, last third ${last.toFixed(1)}`,
      );
      if (!QUICK && last > first + FLAT_MIB) throw new Error("resident memory grew");
    } finally {
      await server.stop();
    }
  }
} finally {
  await close();
}

/** Resident memory after each crowd, in MiB. The first crowds, which fill caches, are not counted. */
async function soak(server: Parameters<typeof putLoadOn>[0]): Promise<number[]> {
  const resident: number[] = [];
  const crowd = (viewers: number) => putLoadOn(server, { viewers, warmSeconds: 0.5, seconds: 1.5 });
  if (!QUICK) for (const viewers of CROWDS) await crowd(viewers);
  const end = performance.now() + minutes * 60_000;
  for (let turn = 0; performance.now() < end; turn++) {
    await crowd(CROWDS[turn % CROWDS.length] ?? 1);
    const status = readFileSync(`/proc/${server.pid}/status`, "utf8");
    resident.push(Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024);
  }
  return resident;
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
}

import { readdirSync, readFileSync } from "node:fs";

/** Whether a program of a process group still runs. */
export function groupRuns(group: number): boolean {
  try {
    process.kill(-group, 0);
  } catch {
    return false;
  }
  // On Linux those that have ended count until somebody has asked for their code, and in a container often nobody does.
  return process.platform !== "linux" || readdirSync("/proc").some((name) => isRunningIn(group, name));
}

function isRunningIn(group: number, name: string): boolean {
  if (!/^\d+$/.test(name)) return false;
  try {
    const text = readFileSync(`/proc/${name}/stat`, "latin1");
    // The name before it, in brackets, may hold anything: state, parent, group.
    const [state, , of] = text.slice(text.lastIndexOf(")") + 2).split(" ", 3);
    return Number(of) === group && state !== "Z" && state !== "X";
  } catch {
    return false; // it has just ended
  }
}

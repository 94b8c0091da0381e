import { spawn, type ChildProcess } from "node:child_process";
import { Socket } from "node:net";

/**
 * Is given the groups there are, then reads `+ GROUP` and `- GROUP` until its input ends, which it does when the process that writes it is gone, however it went;
 * then ends the groups that are left.
 */
const SCRIPT = `
trap '' INT TERM HUP
groups="$*"
while read -r sign group; do
  case $sign in
    +) groups="$groups $group" ;;
    -) left=
       for each in $groups; do [ "$each" = "$group" ] || left="$left $each"; done
       groups=$left ;;
  esac
done
[ -n "$groups" ] || exit 0
for group in $groups; do kill -TERM "-$group"; done
sleep 1
for group in $groups; do kill -KILL "-$group"; done
`;

/** A guard that lives shorter is not replaced before the next program: something here does not let it live. */
const SHORTEST_LIFE_MS = 1_000;

let running: ChildProcess | undefined;
const groups = new Set<number>();

/**
 * Has a process group ended when this process is gone. One shell guards all groups, from the first one on.
 * @param group the id of the group
 * @returns takes the group out again, when it has ended.
 */
export function guard(group: number): () => void {
  if (process.platform === "win32") return () => undefined;
  groups.add(group);
  if (running === undefined) start();
  else tell("+", group);
  return () => {
    if (groups.delete(group)) tell("-", group);
  };
}

function start(): void {
  const startedAt = performance.now();
  const shell = spawn("/bin/sh", ["-c", SCRIPT, "kinora-guard", ...Array.from(groups, String)], {
    stdio: ["pipe", "ignore", "ignore"],
    // In a session of its own: whoever ends this process by its group must not end the guard first.
    detached: true,
    // It outlives this process by a second, and must not keep a drive in use meanwhile.
    cwd: "/",
  });
  running = shell;
  const gone = (): void => {
    if (running !== shell) return;
    running = undefined;
    // Somebody has killed it: the groups need another one.
    if (groups.size > 0 && performance.now() - startedAt > SHORTEST_LIFE_MS) start();
  };
  shell.on("error", gone).on("exit", gone);
  shell.unref();
  // There is no pipe where even that could not be made, for want of file descriptors.
  const pipe: unknown = shell.stdin;
  if (!(pipe instanceof Socket)) return;
  pipe.on("error", () => undefined); // it has gone, which its exit tells
  // A pipe to a child is a socket, which keeps the process alive unless told otherwise.
  pipe.unref();
}

function tell(sign: "+" | "-", group: number): void {
  running?.stdin?.write(`${sign} ${group}\n`);
}

import { spawn, type ChildProcess } from "node:child_process";

/**
 * Reads `+GROUP` and `-GROUP` until its input ends, which it does when the process that writes it is gone, however it went;
 * then ends the groups that are left.
 */
const SCRIPT = `
trap '' INT TERM HUP
groups=
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
    groups.delete(group);
    tell("-", group);
  };
}

function start(): void {
  const shell = spawn("/bin/sh", ["-c", SCRIPT, "kinora-guard"], {
    stdio: ["pipe", "ignore", "ignore"],
    // In a session of its own: whoever ends this process by its group must not end the guard first.
    detached: true,
  });
  running = shell;
  const gone = (): void => {
    if (running === shell) running = undefined;
  };
  // A guard that somebody has killed, or that cannot be started, is started with the next program.
  shell.on("error", gone).on("exit", gone);
  shell.stdin.on("error", gone);
  shell.unref();
  unref(shell.stdin);
  for (const group of groups) tell("+", group);
}

function tell(sign: "+" | "-", group: number): void {
  running?.stdin?.write(`${sign} ${group}\n`);
}

/** A pipe to a child is a socket, which keeps the process alive unless told otherwise; its type does not say so. */
function unref(pipe: object): void {
  if ("unref" in pipe && typeof pipe.unref === "function") pipe.unref();
}

import { readFileSync } from "node:fs";

/** Package managers by the names in ID and ID_LIKE of os-release. */
const COMMANDS: Readonly<Record<string, string>> = {
  debian: "sudo apt install ffmpeg",
  ubuntu: "sudo apt install ffmpeg",
  fedora: "sudo dnf install ffmpeg-free",
  rhel: "sudo dnf install ffmpeg-free",
  arch: "sudo pacman -S ffmpeg",
  alpine: "sudo apk add ffmpeg",
  suse: "sudo zypper install ffmpeg",
  opensuse: "sudo zypper install ffmpeg",
};

/** How ffmpeg is installed on this system, as half a sentence: "install it with `sudo apt install ffmpeg`". */
export function installCommand(
  platform: NodeJS.Platform = process.platform,
  osRelease: string = readOsRelease(),
): string {
  const command = commandFor(platform, osRelease);
  return command === undefined
    ? "install it with the system's package manager, or name the program in KINORA_FFMPEG"
    : `install it with \`${command}\``;
}

function commandFor(platform: NodeJS.Platform, osRelease: string): string | undefined {
  if (platform === "darwin") return "brew install ffmpeg";
  if (platform === "win32") return "winget install ffmpeg";
  const value = (name: string): string =>
    new RegExp(`^${name}=["']?([^"'\\n]*)`, "m").exec(osRelease)?.[1] ?? "";
  const names = `${value("ID")} ${value("ID_LIKE")}`.toLowerCase().split(/\s+/);
  return names.flatMap((name) => COMMANDS[name] ?? [])[0];
}

function readOsRelease(): string {
  try {
    return readFileSync("/etc/os-release", "utf8");
  } catch {
    return ""; // no Linux, or one that does not say what it is
  }
}

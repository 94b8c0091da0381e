import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";
import { freePort } from "./free-port.ts";
import { pathOf } from "./programs.ts";
import { until } from "./until.ts";

const SCRATCH = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];

/**
 * A real nginx on a free port in front of a server; it ends with the test.
 * @param settings what stands in its `location` beside `proxy_pass`
 * @returns its port
 */
export async function nginxBefore(t: TestContext, port: number, settings: string): Promise<number> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "kinora-nginx-"));
  const own = await freePort();
  await writeFile(
    path.join(folder, "nginx.conf"),
    `daemon off; master_process off; pid nginx.pid; error_log stderr;
    events { worker_connections 512; }
    http {
      access_log off;
      ${SCRATCH.map((name) => `${name}_temp_path ${name};`).join(" ")}
      server {
        listen 127.0.0.1:${own};
        location / { proxy_pass http://127.0.0.1:${port}; ${settings} }
      }
    }`,
  );
  const nginx = spawn(pathOf("nginx"), ["-p", folder, "-c", "nginx.conf", "-e", "stderr"]);
  let said = "";
  nginx.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  const ended = once(nginx, "close");
  t.after(async () => {
    nginx.kill("SIGKILL");
    await ended;
    await rm(folder, { recursive: true });
  });
  await until(async () => {
    if (nginx.exitCode !== null) throw new Error(`nginx ended: ${said}`);
    return fetch(`http://127.0.0.1:${own}/`).then(
      () => true,
      () => false,
    );
  }, "nginx answers");
  return own;
}

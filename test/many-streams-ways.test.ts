// The ways to /api/live: with a key, from pages of other origins, through a proxy, over TLS, and as the documents say.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import test from "node:test";
import { LiveClient } from "./support/live-client.ts";
import { nginxBefore } from "./support/nginx.ts";
import { needs } from "./support/programs.ts";
import { stage } from "./support/stage.ts";
import { RED } from "./support/two-pictures.ts";
import { until } from "./support/until.ts";
import { ImageServer } from "../src/index.ts";

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");

test("where there is a key it is needed, and a page of another origin has it in the address", async (t) => {
  const { port, viewers } = await stage(t, { key: "secret-key" });
  const address = `ws://127.0.0.1:${port}/api/live`;
  const elsewhere = { origin: "http://elsewhere.example" };
  const cookie = { headers: { cookie: `kinora_${port}=secret-key` } };
  const rightly = [
    await LiveClient.open(t, `${address}?key=secret-key`),
    await LiveClient.open(t, `${address}?key=secret-key`, elsewhere),
    await LiveClient.open(t, address, cookie),
  ];
  const wrongly = [
    await LiveClient.open(t, address),
    await LiveClient.open(t, `${address}?key=wrong`),
    await LiveClient.open(t, address, { ...elsewhere, ...cookie }),
  ];

  for (const client of [...rightly, ...wrongly]) {
    if (client.socket.readyState === client.socket.OPEN) client.watch(1, "a");
  }
  await until(() => rightly.every((client) => client.said("state", 1).length === 1), "the right ones watch");
  await until(() => wrongly.every(({ closed }) => closed !== undefined), "the wrong ones are closed");

  assert.equal(viewers.size, 3);
  for (const { closed, replies } of wrongly) {
    assert.equal(closed?.[0], 4401);
    assert.match(closed[1], /only with its key: add \?key=/);
    assert.deepEqual(replies, []);
  }
});

test("it works through nginx with the two lines that the documents name", needs("nginx"), async (t) => {
  const { port, hub, viewers } = await stage(t);
  const lines = Array.from(
    read("docs/http-api.md").matchAll(/^ *(proxy_set_header (?:Upgrade|Connection) [^;]*;)/gm),
    ([, line = ""]) => line,
  );
  const nginx = await nginxBefore(t, port, `proxy_http_version 1.1; ${lines.join(" ")}`);
  const client = await LiveClient.open(t, `ws://127.0.0.1:${nginx}/api/live`);
  for (const id of [1, 2]) client.watch(id, "a");
  await until(() => viewers.size === 2, "both are watched");

  for (let number = 0; number < 10; number++) {
    hub.publish({ jpeg: RED, capturedAt: number });
    await until(() => client.pictures.length === 2 * number + 2, `picture ${number} of both`);
  }
  client.socket.terminate();
  await until(() => viewers.size === 0, "nobody watches");

  assert.equal(lines.length, 2);
});

test("the client in docs/live-socket.md shows two streams, and is told what the page says", async (t) => {
  const server = new ImageServer();
  for (const name of ["door", "yard"]) server.addStream(name, () => RED);
  await server.start(0);
  t.after(() => server.stop());
  const [, code = ""] = /```js\n(.*?)```/s.exec(read("docs/live-socket.md")) ?? [];
  const said: string[] = [];
  const program = spawn(process.execPath, [
    "--input-type=module",
    "--eval",
    code.replace(":8080/", `:${server.port ?? 0}/`),
  ]);
  t.after(() => program.kill("SIGKILL"));
  createInterface(program.stdout).on("line", (line) => said.push(line));
  const heard = (line: RegExp): number => said.filter((each) => line.test(each)).length;

  await until(() => heard(/^stream 1, picture/) > 5 && heard(/^stream 2, picture/) > 5, "pictures of both");
  await Promise.all([server.stop(), once(program, "close")]);

  assert.ok(heard(/^\{"type":"state","id":1,"state":"starting"/) === 1, said.join("\n"));
  assert.match(said.at(-1) ?? "", /^closed: 1001 the server stops$/);
  assert.ok(code.split("\n").length <= 25);
});

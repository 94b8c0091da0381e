import assert from "node:assert/strict";
import test from "node:test";
import { ImageServer } from "../src/index.ts";
import { openPage } from "./support/browser.ts";
import { Command } from "./support/command.ts";
import { nginxBefore } from "./support/nginx.ts";
import { needs } from "./support/programs.ts";
import { RawClient } from "./support/raw-client.ts";
import { stage } from "./support/stage.ts";
import { RED } from "./support/two-pictures.ts";
import { until } from "./support/until.ts";

test("every address is below the base path, which leads to the page, and no other is anything", async (t) => {
  const { port, hub } = await stage(t, { basePath: "/a/cams" });
  hub.publish({ jpeg: RED, capturedAt: 0 });
  const ask = async (path: string, method = "GET"): Promise<readonly [number, string]> => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, redirect: "manual" });
    return [answer.status, answer.headers.get("location") ?? (await answer.text())];
  };

  assert.equal((await ask("/a/cams/streams/a/snapshot.jpg"))[0], 200);
  assert.equal((await ask("/a/cams/api/streams"))[0], 200);
  assert.equal((await ask("/a/cams/?action=snapshot"))[0], 200);
  assert.equal((await ask("/a/cams/api/streams", "OPTIONS"))[0], 204);
  assert.deepEqual(await ask("/a/cams"), [307, "/a/cams/"]);
  assert.deepEqual(await ask("/a/cams?action=snapshot&x=%26"), [307, "/a/cams/?action=snapshot&x=%26"]);
  for (const path of [
    "/",
    "/a",
    "/a/camsx",
    "/api/streams",
    "/streams/a/snapshot.jpg",
    "/A/cams/",
    "//a/cams/",
  ]) {
    const [status, text] = await ask(path);
    assert.equal(status, 404, path);
    assert.match(text, /everything here is below \/a\/cams\//);
  }
  const stream = RawClient.get(port, "/a/cams/streams/a/live.mjpeg");
  await stream.until((text) => text.includes("\xff\xd8"), "a picture");
  stream.close();
});

test("the server's address has the base path, and its cookie is for nothing above it", async (t) => {
  const server = new ImageServer({ source: () => RED, basePath: "/cams/", key: "a secret key" });
  await server.start(0);
  t.after(() => server.stop());
  const plain = await stage(t, { key: "a secret key" });

  const opened = await fetch(`${server.url}api/streams?key=a%20secret%20key`);
  const above = await fetch(`http://127.0.0.1:${plain.port}/api/streams?key=a%20secret%20key`);

  assert.equal(server.url, `http://127.0.0.1:${server.port}/cams/`);
  assert.match(opened.headers.get("set-cookie") ?? "", /; Path=\/cams\/; /);
  assert.match(above.headers.get("set-cookie") ?? "", /; Path=\/; /);
});

test("what is no base path is refused", () => {
  for (const basePath of [
    "cams",
    "/a//b",
    "/a/../b",
    "/.",
    "/a b",
    "/ä",
    "/a?b",
    "/<b>",
    `/${"a".repeat(65)}`,
  ]) {
    assert.throws(() => new ImageServer({ basePath }), {
      code: "ERR_OPTION_INVALID",
      message: /^basePath must be a path such as \/cams/,
    });
  }
  for (const basePath of ["", "/", "/a", "/a/", "/a.b/c-d/e_f/~g"]) new ImageServer({ basePath });
});

test("the command prints addresses with it, and takes origins, too", async (t) => {
  const { command, port } = await Command.serve(t, [
    ...["--base-path", "/cams", "--cors", "https://a.example,http://localhost:3000", "--key", "a-secret-key"],
    "test:?size=64x48",
  ]);
  const key = "?key=a-secret-key";

  assert.match(command.stdout, new RegExp(`All streams +http://127\\.0\\.0\\.1:${port}/cams/\\${key}`));
  assert.match(command.stdout, new RegExp(`http://127\\.0\\.0\\.1:${port}/cams/streams/[^/]+/live\\.mjpeg`));
  const answer = await fetch(`http://127.0.0.1:${port}/cams/api/streams${key}`, {
    headers: { Origin: "https://a.example" },
  });
  assert.equal(answer.headers.get("access-control-allow-origin"), "https://a.example");
});

for (const [proxy, basePath, settings] of [
  ["that takes it away", "", "rewrite ^/cams/(.*)$ /$1 break;"],
  ["that does not", "/cams", ""],
] as const) {
  test(
    `behind an nginx ${proxy}, the pages work below a path in a real browser`,
    needs("nginx", "chromium"),
    async (t) => {
      const key = "a-secret-key";
      const server = new ImageServer({ source: () => RED, basePath, key, publishKey: "publish-it" });
      await server.start(0);
      t.after(() => server.stop());
      const front = await nginxBefore(
        t,
        server.port ?? 0,
        `${settings} proxy_http_version 1.1; proxy_set_header Host $http_host;
         proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;`,
      );
      const page = await openPage(t, "chromium");

      // Without the key in it, to be let in by the cookie alone.
      await page.open(`http://127.0.0.1:${front}/cams/?key=${key}`);
      await page.open(`http://127.0.0.1:${front}/cams/`);
      const live =
        "[...document.querySelectorAll('.tile')].length === 1 && document.body.innerText.includes('fps')";
      await until(async () => (await page.evaluate(live)) === true, "the page with its figures", 20_000);
      await until(() => server.viewers.length > 0, "the page as a viewer");
      await page.open(`http://127.0.0.1:${front}/cams/publish?key=publish-it&stream=phone`);
      const ready = "document.querySelector('select, button') !== null && document.styleSheets.length > 0";
      await until(async () => (await page.evaluate(ready)) === true, "the publish page", 20_000);
      const socket = `new Promise((resolve) => {
        const socket = new WebSocket("ws://127.0.0.1:${front}/cams/streams/phone/publish?key=publish-it");
        socket.onmessage = ({ data }) => resolve(JSON.parse(data).type);
        socket.onclose = ({ code }) => resolve(code);
      })`;
      const images = "fetch('api/streams').then((answer) => answer.json()).then((list) => list.length)";

      assert.equal(await page.evaluate(socket), "ready");
      assert.equal(await page.evaluate(images), 2);
    },
  );
}

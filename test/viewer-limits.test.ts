import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test, { type TestContext } from "node:test";
import { ImageServer, type ImageServerOptions, type ViewerStatus } from "../src/index.ts";
import { Command } from "./support/command.ts";
import { nginxBefore } from "./support/nginx.ts";
import { needs } from "./support/programs.ts";
import { RawClient } from "./support/raw-client.ts";
import { stage } from "./support/stage.ts";
import { RED } from "./support/two-pictures.ts";
import { until } from "./support/until.ts";

const HEAD_END = "\r\n\r\n";

/** A client that asked for a stream and has the head of an answer, whichever. */
async function asking(
  t: TestContext,
  port: number,
  path = "/live.jpg",
  ...headers: readonly string[]
): Promise<RawClient> {
  const client = RawClient.get(port, path, ...headers);
  t.after(() => client.close());
  await client.until((text) => text.includes(HEAD_END), "an answer", 10_000);
  return client;
}

const isShown = ({ text }: RawClient) => text.startsWith("HTTP/1.1 200 ");

async function running(
  t: TestContext,
  options: ImageServerOptions,
): Promise<{ server: ImageServer; port: number }> {
  const server = new ImageServer(options);
  server.addStream("a", () => RED);
  server.addStream("b", () => RED);
  await server.start(0);
  t.after(() => server.stop());
  return { server, port: server.port ?? 0 };
}

test("of 300 viewers 250 may watch: the others are told why, and the places of those who leave are free", async (t) => {
  const { port, viewers, audience, wishes } = await stage(t, { limits: { maxViewers: 250 } });

  const clients = await Promise.all(Array.from({ length: 300 }, () => asking(t, port)));
  const shown = clients.filter(isShown);
  const refused = clients.filter((client) => !isShown(client));
  const counts = [shown.length, refused.length, viewers.size, audience.size];
  shown.slice(0, 100).forEach((client) => client.close());
  await until(() => viewers.size === 150, "a hundred have left");
  const later = await Promise.all(Array.from({ length: 101 }, () => asking(t, port)));
  const laterShown = later.filter(isShown).length;
  [...clients, ...later].forEach((client) => client.close());
  await until(() => viewers.size === 0, "all have left");

  assert.deepEqual(counts, [250, 50, 250, 250]);
  for (const { text } of refused) {
    assert.match(text, /^HTTP\/1\.1 503 /);
    assert.match(text, /\r\nRetry-After: \d+\r\n/);
    assert.match(text, /this server has 250 viewers, .* try again later \(maxViewers, --max-viewers\)/);
  }
  assert.equal(laterShown, 100);
  assert.deepEqual([audience.size, wishes.now, viewers.values().length], [0, 0, 0]);
});

test("a stream has a limit of its own, which is reached to the last place", async (t) => {
  const { server, port } = await running(t, { maxViewersPerStream: 2 });

  const first = await asking(t, port, "/streams/a/live.mjpeg");
  const second = await asking(t, port, "/live.jpg");
  const third = await asking(t, port, "/video_feed");
  const other = await asking(t, port, "/streams/b/live.mjpeg");

  assert.deepEqual([first, second, third, other].map(isShown), [true, true, false, true]);
  assert.match(
    third.text,
    /the stream "a" has 2 viewers, .*\(maxViewersPerStream, --max-viewers-per-stream\)/,
  );
  assert.equal(server.viewers.length, 3);
});

test("a viewer that replaces its earlier one needs no place of its own", async (t) => {
  const { server, port } = await running(t, {
    maxViewers: 1,
    maxViewersPerStream: 1,
    maxViewersPerAddress: 1,
  });

  const first = await asking(t, port, "/live.jpg?viewer=page");
  const again = await asking(t, port, "/live.jpg?viewer=page");
  await first.end();
  const other = await asking(t, port, "/live.jpg?viewer=other");

  assert.deepEqual([isShown(again), isShown(other), again.closed], [true, false, false]);
  assert.equal(server.viewers.length, 1);
});

test("an address has a limit, which no X-Forwarded-For gets around", async (t) => {
  const { port, viewers } = await stage(t, { limits: { maxViewersPerAddress: 2 } });

  const answers: RawClient[] = [];
  for (let number = 0; number < 4; number++) {
    answers.push(await asking(t, port, "/live.jpg", `X-Forwarded-For: 203.0.113.${number}`));
  }

  assert.deepEqual(answers.map(isShown), [true, true, false, false]);
  assert.match(answers[2]?.text ?? "", /your address, 127\.0\.0\.1, has 2 viewers/);
  assert.deepEqual(
    viewers.values().map(({ address }) => address),
    ["127.0.0.1", "127.0.0.1"],
  );
});

test("behind a trusted proxy the limit and the list go by the address that it tells", async (t) => {
  const { port, viewers } = await stage(t, {
    limits: { maxViewersPerAddress: 1 },
    trustProxy: "127.0.0.1, 10.0.0.0/8",
  });
  // The last address in front of the trusted ones counts; what stands left of it, the client wrote itself.
  const cases = [
    ["203.0.113.1", "203.0.113.1", true],
    ["203.0.113.1", "203.0.113.1", false],
    ["198.51.100.9, 203.0.113.1", "203.0.113.1", false],
    ["198.51.100.9, 203.0.113.2, 10.1.2.3", "203.0.113.2", true],
    ["::ffff:203.0.113.2", "203.0.113.2", false],
    ["2001:db8::7", "2001:db8::7", true],
    ["203.0.113.3, <script>, 10.1.2.3", "10.1.2.3", true],
    ["unknown", "127.0.0.1", true],
    [`${"9".repeat(8_000)}, 10.1.2.4`, "10.1.2.4", true],
    ["10.9.9.9", "10.9.9.9", true],
  ] as const;

  for (const [forwarded, address, mayWatch] of cases) {
    const client = await asking(t, port, "/live.jpg", `X-Forwarded-For: ${forwarded}`);
    const what = forwarded.slice(-50);

    assert.equal(isShown(client), mayWatch, what);
    if (mayWatch) assert.equal(viewers.values().at(-1)?.address, address, what);
    else assert.match(client.text, new RegExp(`your address, ${address}, has 1 viewers`), what);
  }
});

test("behind a trusted proxy only clients of this machine manage viewers without a key", async (t) => {
  const { port } = await stage(t, { trustProxy: "loopback,10.0.0.0/8" });
  const cases = [
    [{}, 200],
    [{ "X-Forwarded-For": "127.0.0.1" }, 200],
    [{ "X-Forwarded-For": "::1, 127.0.0.1" }, 200],
    [{ "X-Forwarded-For": "203.0.113.1" }, 403],
    [{ "X-Forwarded-For": "203.0.113.1, 127.0.0.1" }, 403],
    // A proxy on another machine speaks of that one.
    [{ "X-Forwarded-For": "127.0.0.1, 10.1.2.3" }, 403],
    [{ "X-Forwarded-For": "unknown" }, 403],
    [{ "X-Forwarded-For": "" }, 403],
    [{ Forwarded: "for=203.0.113.1" }, 403],
    [{ "X-Real-IP": "203.0.113.1" }, 403],
    [{ "CF-Connecting-IP": "203.0.113.1" }, 403],
  ] as const;

  for (const [headers, status] of cases) {
    const answer = await fetch(`http://127.0.0.1:${port}/api/viewers`, { headers });
    assert.equal(answer.status, status, JSON.stringify(headers));
  }
});

/** The settings that docs/http-api.md tells people to use. */
function documentedSettings(): string {
  const text = readFileSync(new URL("../docs/http-api.md", import.meta.url), "utf8");
  const [, settings = ""] = /```nginx\n[^`]*proxy_pass [^;]*;\n([^`}]*)\}/.exec(text) ?? [];
  assert.match(settings, /X-Forwarded-For/);
  return settings;
}

test(
  "behind nginx, set up as the documents say, viewers have their own addresses and leave no ghosts",
  needs("nginx"),
  async (t) => {
    const { server, port } = await running(t, { trustProxy: ["loopback"] });
    const nginx = await nginxBefore(t, port, documentedSettings());

    const client = await asking(t, nginx, "/live.jpg?viewer=page", "X-Forwarded-For: 203.0.113.5");
    await client.until((text) => text.split("X-Timestamp").length > 3, "pictures");
    const [viewer] = server.viewers;
    // nginx adds 127.0.0.1, where this client is: as the test trusts it, what the client wrote is taken for a proxy's word.
    assert.equal(viewer?.address, "203.0.113.5");
    const api = `http://127.0.0.1:${nginx}/api/viewers`;
    const local = (await (await fetch(api)).json()) as ViewerStatus[];
    const again = await asking(t, nginx, "/live.jpg?viewer=page");
    await until(() => server.viewers.every(({ id }) => id !== viewer.id), "the earlier one is gone");
    const [{ id }] = (await (await fetch(api)).json()) as [ViewerStatus];
    const cut = await fetch(`${api}/${id}`, { method: "DELETE" });
    await until(() => server.viewers.length === 0, "nobody watches");

    assert.equal(local.length, 1);
    assert.equal(cut.status, 204);
    assert.equal(isShown(again), true);
  },
);

test(
  "behind an nginx that is not trusted, its clients are not taken for this machine's",
  needs("nginx"),
  async (t) => {
    const { server, port } = await running(t, {});
    const nginx = await nginxBefore(t, port, documentedSettings());

    await asking(t, nginx);
    const list = await fetch(`http://127.0.0.1:${nginx}/api/viewers`);
    await list.arrayBuffer();

    assert.equal(server.viewers[0]?.address, "127.0.0.1");
    assert.equal(list.status, 403);
  },
);

test("limits and proxies that cannot be are refused with what may stand there", () => {
  for (const option of ["maxViewers", "maxViewersPerStream", "maxViewersPerAddress"] as const) {
    for (const value of [0, -1, 1.5, 20_001, Number.NaN]) {
      assert.throws(() => new ImageServer({ [option]: value }), {
        code: "ERR_OPTION_INVALID",
        message: new RegExp(`^${option} must be an integer from 1 to 20000 \\(viewers\\)`),
      });
    }
  }
  const wrong: readonly unknown[] = [
    ...[
      "",
      "everyone",
      "10.0",
      "10",
      "0x7f.1",
      "10.0.0.0/33",
      "10.0.0.0/0",
      "10.0.0.0/x",
      "1.2.3.4,",
      "::1/129",
    ],
    ...[true, 7, null, {}, [7], [""], ["loopback", "nobody"]],
  ];
  for (const trustProxy of wrong) {
    assert.throws(
      () => new ImageServer({ trustProxy: trustProxy as string }),
      { code: "ERR_OPTION_INVALID", message: /^trustProxy must be a list of addresses, subnets .* loopback/ },
      JSON.stringify(trustProxy),
    );
  }
  for (const trustProxy of ["loopback", "10.0.0.0/8, ::1", "192.168.0.0/255.255.0.0", ["uniquelocal"], []]) {
    assert.doesNotThrow(() => new ImageServer({ trustProxy }), JSON.stringify(trustProxy));
  }
});

test("the command has the same limits, and says what is wrong with them", async (t) => {
  const { port } = await Command.serve(t, [
    "--max-viewers=2",
    "--max-viewers-per-stream=1",
    "a=test:",
    "b=test:",
  ]);

  const paths = ["a", "a", "b", "b"].map((name) => `/streams/${name}/live.mjpeg`);
  const answers: RawClient[] = [];
  for (const path of paths) answers.push(await asking(t, port, path));
  const wrong = await Promise.all([
    Command.run(["--max-viewers", "many", "test:"]),
    Command.run(["--max-viewers-per-address", "0", "test:"]),
    Command.run(["--trust-proxy", "nginx", "test:"]),
  ]);

  assert.deepEqual(answers.map(isShown), [true, false, true, false]);
  assert.match(answers[1]?.text ?? "", /the stream "a" has 1 viewers/);
  assert.match(answers[3]?.text ?? "", /this server has 2 viewers/);
  assert.deepEqual(
    wrong.map(({ code }) => code),
    [2, 2, 2],
  );
  assert.match(wrong[0].stderr, /--max-viewers must be an integer from 1 to 20000 \(viewers\), got "many"/);
  assert.match(wrong[1].stderr, /--max-viewers-per-address must be an integer from 1 to 20000/);
  assert.match(wrong[2].stderr, /trustProxy must be .*, got "nginx"/);
});

test("a newcomer that is refused leaves the viewer with its key alone", async (t) => {
  const { port, viewers } = await stage(t, {
    limits: { maxViewersPerAddress: 1 },
    trustProxy: "loopback",
  });
  const from = (address: string) => `X-Forwarded-For: ${address}`;
  const earlier = await asking(t, port, "/live.jpg?viewer=k", from("192.0.2.1"));
  await asking(t, port, "/live.jpg", from("192.0.2.2"));

  const refused = await asking(t, port, "/live.jpg?viewer=k", from("192.0.2.2"));
  const replacing = await asking(t, port, "/live.jpg?viewer=k", from("192.0.2.1"));
  await until(() => earlier.closed, "the earlier one was replaced by one that may watch");

  assert.match(refused.text, /^HTTP\/1\.1 503 /);
  assert.ok(isShown(replacing));
  assert.equal(viewers.size, 2);
});

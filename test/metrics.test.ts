import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { ImageServer } from "../src/index.ts";
import { RawClient } from "./support/raw-client.ts";
import { stage } from "./support/stage.ts";
import { RED } from "./support/two-pictures.ts";
import { until } from "./support/until.ts";

interface Family {
  readonly type: string;
  readonly help: string;
  /** By labels, as they stand there. */
  readonly samples: Map<string, number>;
}

/** Prometheus's text format 0.0.4, taken strictly: each family is declared once, and its samples stand behind that. */
function parse(text: string): Map<string, Family> {
  const families = new Map<string, Family>();
  assert.ok(text.endsWith("\n"), "the last line must end");
  let name = "";
  let help = "";
  for (const line of text.slice(0, -1).split("\n")) {
    const [, kind, declared = "", rest = ""] = /^# (HELP|TYPE) ([a-z_:][a-z0-9_:]*) (.+)$/.exec(line) ?? [];
    if (kind === "HELP") {
      assert.ok(!families.has(declared), `${declared} is declared twice`);
      [name, help] = [declared, rest];
    } else if (kind === "TYPE") {
      assert.equal(declared, name, "HELP stands in front of TYPE");
      assert.match(rest, /^(counter|gauge)$/);
      assert.equal(rest === "counter", name.endsWith("_total"), `${name} is a ${rest}`);
      families.set(name, { type: rest, help, samples: new Map() });
    } else {
      const sample = /^([a-z_:][a-z0-9_:]*)((?:\{stream="(?:[^"\\\n]|\\[\\"n])*"\})?) (\d+(?:\.\d+)?)$/.exec(
        line,
      );
      assert.ok(sample, `no sample: ${line}`);
      const [, of = "", labels = "", value] = sample;
      assert.equal(of, name, "samples stand behind their family");
      const { samples } = families.get(of) ?? assert.fail(`${of} has no type`);
      assert.ok(!samples.has(labels), `${line} stands there twice`);
      samples.set(labels, Number(value));
    }
  }
  return families;
}

async function scrape(port: number): Promise<Map<string, Family>> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  return parse(await answer.text());
}

async function value(port: number, name: string, labels = '{stream="a"}'): Promise<number | undefined> {
  return (await scrape(port)).get(name)?.samples.get(labels);
}

async function watching(t: TestContext, port: number): Promise<RawClient> {
  const client = RawClient.get(port, "/live.jpg");
  t.after(() => client.close());
  await client.until((text) => text.includes("--boundarydonotcross"), "the opening");
  return client;
}

test("metrics are in Prometheus's format, with a series a stream and none a viewer", async (t) => {
  const server = new ImageServer();
  server.addStream("a", () => RED);
  server.addStream("b.2", () => RED);
  await server.start(0);
  t.after(() => server.stop());
  const port = server.port ?? 0;
  for (let viewer = 0; viewer < 5; viewer++) await watching(t, port);
  await until(async () => ((await value(port, "kinora_stream_fps")) ?? 0) > 0, "it runs");

  const families = await scrape(port);
  const streams = [...families].filter(([name]) => name.startsWith("kinora_"));
  const ageOf = families.get("kinora_frame_age_seconds")?.samples;

  assert.deepEqual(streams.map(([name]) => name).sort(), [
    "kinora_frame_age_seconds",
    "kinora_frames_total",
    "kinora_source_drops_total",
    "kinora_stream_fps",
    "kinora_stream_up",
    "kinora_viewer_bytes_total",
    "kinora_viewer_drops_total",
    "kinora_viewer_frames_total",
    "kinora_viewers",
  ]);
  for (const [name, { samples }] of streams) {
    if (name !== "kinora_frame_age_seconds") {
      assert.deepEqual([...samples.keys()], ['{stream="a"}', '{stream="b.2"}'], name);
    }
  }
  assert.deepEqual([...(families.get("kinora_viewers")?.samples.values() ?? [])], [5, 0]);
  assert.deepEqual([...(families.get("kinora_stream_up")?.samples.values() ?? [])], [1, 0]);
  assert.deepEqual([...(ageOf?.keys() ?? [])], ['{stream="a"}']);
  assert.ok((ageOf?.get('{stream="a"}') ?? 99) < 5);
  assert.ok((families.get("process_resident_memory_bytes")?.samples.get("") ?? 0) > 10_000_000);
  const cpuSeconds = families.get("process_cpu_seconds_total")?.samples.get("") ?? 0;
  assert.ok(cpuSeconds > 0 && cpuSeconds <= process.uptime() * 16, `${cpuSeconds} s`);
});

test("counters keep what viewers were given who have left", async (t) => {
  const { port, hub, audience } = await stage(t);
  const counters = ["kinora_viewer_frames_total", "kinora_viewer_bytes_total"];
  const counted = () => Promise.all(counters.map((name) => value(port, name)));
  const first = await watching(t, port);
  const second = await watching(t, port);
  hub.publish({ jpeg: RED, capturedAt: Date.now() });
  for (const client of [first, second]) {
    await client.until((text) => text.includes("X-Timestamp"), "the picture");
  }

  const before = await counted();
  first.close();
  await until(() => audience.size === 1, "one has left");
  const between = await counted();
  second.close();
  await until(() => audience.size === 0, "both have left");
  const after = await counted();
  await watching(t, port);

  assert.equal(before[0], 2);
  assert.ok((before[1] ?? 0) > 2 * RED.length);
  assert.deepEqual([between, after], [before, before]);
  assert.equal(await value(port, "kinora_viewers"), 1);
  assert.equal(await value(port, "kinora_viewer_frames_total"), 3);
});

test("what slow viewers skip is counted, and stays when they leave", async (t) => {
  const { port, hub, audience, tally } = await stage(t);
  const slow = await watching(t, port);
  slow.socket.pause();
  const jpeg = Buffer.alloc(1_000_000, "x");

  await until(async () => {
    hub.publish({ jpeg, capturedAt: Date.now() });
    return tally.totals().drops > 3;
  }, "it skips");
  const before = tally.totals().drops;
  slow.close();
  await until(() => audience.size === 0, "it has left");

  assert.equal(await value(port, "kinora_viewer_drops_total"), before);
});

test("metrics need the key like everything else", async (t) => {
  const { port } = await stage(t, { key: "secret-key" });
  const status = async (query: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics${query}`, { headers });
    await answer.arrayBuffer();
    return answer.status;
  };

  assert.equal(await status(""), 401);
  assert.equal(await status("?key=wrong-key"), 401);
  assert.equal(await status("?key=secret-key"), 200);
  assert.equal(await status("", { authorization: "Bearer secret-key" }), 200);
  assert.equal(await status("", { authorization: `Basic ${btoa("prometheus:secret-key")}` }), 200);
});

import assert from "node:assert/strict";
import test from "node:test";
import * as parsers from "./support/client-parsers.ts";
import { answerTo, Replay } from "./support/replay.ts";
import { stage } from "./support/stage.ts";
import { GREEN, RED } from "./support/two-pictures.ts";

interface Client {
  readonly name: string;
  /** The lines of its request. */
  readonly request: readonly string[];
  readonly parser: parsers.ClientParser;
}

const HOST = "Host: 127.0.0.1:8080";
const FROM_PAGE = [
  HOST,
  "Origin: http://printer.local",
  "Accept: */*",
  "Sec-Fetch-Mode: cors",
  "Sec-Fetch-Site: cross-site",
  "Sec-Fetch-Dest: empty",
];
const FROM_IMAGE = [
  HOST,
  "Accept: image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
  "Sec-Fetch-Dest: image",
];

/** Live pictures, each asked for as its client asks. */
const STREAMS: readonly Client[] = [
  {
    name: "Mainsail",
    request: ["GET /webcam/?action=stream&timestamp=1700000000000 HTTP/1.1", ...FROM_PAGE],
    parser: parsers.mainsail,
  },
  {
    name: "Mainsail of a server without a proxy",
    request: ["GET /webcam?action=stream?timestamp=1700000000000 HTTP/1.1", ...FROM_PAGE],
    parser: parsers.mainsail,
  },
  {
    name: "Fluidd",
    request: ["GET /webcam/?action=stream&cacheBust=1700000000000 HTTP/1.1", ...FROM_PAGE],
    parser: parsers.fluidd,
  },
  {
    name: "OctoPrint's page",
    request: ["GET /webcam/?action=stream&1700000000000 HTTP/1.1", ...FROM_IMAGE],
    parser: parsers.chromiumImage,
  },
  {
    name: "OctoPrint's dashboard",
    request: ["GET //webcam//?action=stream?nonce_dashboard=1700000000000 HTTP/1.1", ...FROM_IMAGE],
    parser: parsers.chromiumImage,
  },
  {
    name: "mjpg-streamer's own client",
    request: ["POST /stream HTTP/1.0", "Content-Length: 0"],
    parser: parsers.roku,
  },
  {
    name: "Home Assistant",
    request: [
      "GET /?action=stream HTTP/1.1",
      HOST,
      "Accept: */*",
      "User-Agent: HomeAssistant/2026.1 aiohttp/3",
    ],
    parser: parsers.homeAssistant,
  },
  {
    name: "Home Assistant's android_ip_webcam",
    request: ["GET /video HTTP/1.1", HOST, "Accept: */*", "Accept-Encoding: gzip, deflate, br"],
    parser: parsers.homeAssistant,
  },
  {
    name: "ZoneMinder of an Axis camera",
    request: [
      "GET /axis-cgi/mjpg/video.cgi?resolution=640x480&req_fps=0 HTTP/1.0",
      "User-Agent: ZoneMinder/1.36",
      "Host: 127.0.0.1",
      "Connection: Keep-Alive",
    ],
    parser: parsers.zoneMinder,
  },
  {
    name: "ZoneMinder of another ZoneMinder",
    request: [
      "GET /zm/cgi-bin/nph-zms?mode=jpeg&monitor=1&scale=100&maxfps=0&buffer=1000&connkey=123456 HTTP/1.0",
      "User-Agent: ZoneMinder/1.36",
    ],
    parser: parsers.zoneMinder,
  },
  {
    name: "iSpy of a Foscam camera",
    request: [
      "GET /videostream.cgi?user=admin&pwd=&resolution=32&rate=0 HTTP/1.1",
      HOST,
      "User-Agent: Mozilla/5.0",
    ],
    parser: parsers.iSpy,
  },
  {
    name: "Agent DVR of a D-Link camera",
    request: ["GET /video/mjpg.cgi HTTP/1.1", HOST, "User-Agent: Mozilla/5.0"],
    parser: parsers.iSpy,
  },
  {
    name: "Motion",
    request: ["GET /a/mjpg/stream HTTP/1.0", "Host: 127.0.0.1", "User-Agent: Motion-httpd"],
    parser: parsers.motionEye,
  },
  {
    name: "motionEye",
    request: ["GET /1/mjpg/stream HTTP/1.0"],
    parser: parsers.motionEye,
  },
  {
    name: "go2rtc of another go2rtc",
    request: [
      "GET /api/stream.mjpeg?src=a HTTP/1.1",
      HOST,
      "User-Agent: Go-http-client/1.1",
      "Accept-Encoding: gzip",
    ],
    parser: parsers.go2rtc,
  },
  {
    name: "go2rtc of an ESP32-CAM",
    request: ["GET /stream HTTP/1.1", HOST, "User-Agent: Go-http-client/1.1", "Accept-Encoding: gzip"],
    parser: parsers.go2rtc,
  },
  {
    name: "node's mjpeg-consumer",
    request: ["GET /videofeed HTTP/1.1", HOST, "Connection: close"],
    parser: parsers.mjpegConsumer,
  },
  {
    name: "Roku",
    request: ["GET /mjpg/1/video.mjpg HTTP/1.1", HOST, "User-Agent: Roku/DVP-12.0"],
    parser: parsers.roku,
  },
];

for (const { name, request, parser } of STREAMS) {
  test(`the stream is as ${name} needs it: each picture is whole, and there when it comes`, async (t) => {
    const { port, hub } = await stage(t);
    const client = new Replay(port, request, parser);
    t.after(() => client.close());
    const { status } = await client.head;

    hub.publish({ jpeg: RED, capturedAt: Date.now() });
    const first = await client.next("first picture");
    // The stream goes on only now: no picture may need the next one to be seen.
    hub.publish({ jpeg: GREEN, capturedAt: Date.now() });
    const second = await client.next("second picture");

    assert.equal(status, 200);
    assert.deepEqual([first, second], [RED, GREEN]);
  });
}

/** Single pictures, each asked for as its client asks. */
const SNAPSHOTS: readonly Omit<Client, "parser">[] = [
  { name: "Moonraker", request: ["GET /webcam/?action=snapshot HTTP/1.1", HOST, "User-Agent: Moonraker"] },
  {
    name: "Mainsail",
    request: ["GET /webcam/?action=snapshot&bypassCache=1700000000 HTTP/1.1", ...FROM_PAGE],
  },
  {
    name: "OctoPrint",
    request: ["GET /?action=snapshot HTTP/1.1", HOST, "User-Agent: python-requests/2.32"],
  },
  {
    name: "crowsnest's camera-streamer",
    request: ["GET /webcam/snapshot.jpg?max_delay=10000 HTTP/1.1", HOST],
  },
  { name: "motionEye", request: ["GET /picture/1/current/?width=640&_=1700000000 HTTP/1.0"] },
  { name: "Home Assistant of Frigate", request: ["GET /api/a/latest.jpg?h=0 HTTP/1.1", HOST] },
  { name: "Home Assistant's android_ip_webcam", request: ["GET /shot.jpg HTTP/1.1", HOST] },
  { name: "iSpy of an Axis camera", request: ["GET /axis-cgi/jpg/image.cgi?camera=1 HTTP/1.1", HOST] },
  { name: "ZoneMinder", request: ["GET /zm/cgi-bin/nph-zms?mode=single&monitor=1&scale=100 HTTP/1.0"] },
  { name: "Blue Iris' web page", request: ["GET /image/a?time=1700000000&q=bad HTTP/1.1", HOST] },
];

for (const { name, request } of SNAPSHOTS) {
  test(`the snapshot is as ${name} needs it, and there within a second`, async (t) => {
    const { port, hub } = await stage(t);
    hub.publish({ jpeg: RED, capturedAt: Date.now() });
    const asked = performance.now();

    const { head, body } = await answerTo(port, request);

    assert.deepEqual(parsers.snapshotOf(head, body), RED);
    assert.ok(performance.now() - asked < 1_000);
  });
}

test("Home Assistant's android_ip_webcam finds what it reads of the status", async (t) => {
  const { port } = await stage(t);

  const status = await answerTo(port, ["GET /status.json?show_avail=1 HTTP/1.1", HOST]);
  const sensors = await answerTo(port, ["GET /sensors.json HTTP/1.1", HOST]);

  const json = JSON.parse(status.body.toString()) as Record<string, unknown>;
  assert.deepEqual(json["curvals"], { video_size: "1x1", photo_size: "1x1" });
  assert.deepEqual(json["avail"], { video_size: ["1x1"], photo_size: ["1x1"] });
  assert.equal(json["video_connections"], 0);
  assert.deepEqual(JSON.parse(sensors.body.toString()), {});
});

const RIGHT = new parsers.Head(
  [
    "HTTP/1.1 200 OK",
    "Content-Type: multipart/x-mixed-replace;boundary=b",
    "Access-Control-Allow-Origin: *",
  ].join("\r\n"),
);

/** A body of pictures, right unless it is told otherwise. */
function bodyOf({ boundary = "b", length = "Content-Length", tail = true, jpegs = [RED] } = {}): Buffer {
  const parts = jpegs.flatMap((jpeg) => [
    Buffer.from(`Content-Type: image/jpeg\r\n${length === "" ? "" : `${length}: ${jpeg.length}\r\n`}\r\n`),
    jpeg,
    Buffer.from(tail ? `\r\n--${boundary}\r\n` : ""),
  ]);
  return Buffer.concat([Buffer.from(`--${boundary}\r\n`), ...parts]);
}

function headWith(type: string): parsers.Head {
  return new parsers.Head(RIGHT.text.replace(/multipart.*/, type));
}

const WITH_THUMBNAIL = Buffer.concat([RED.subarray(0, 2), GREEN, RED.subarray(2)]);
const NO_LENGTH = bodyOf({ length: "" });
const NO_TAIL = bodyOf({ tail: false });

/** What breaks a client, to see that its parser here breaks, too. */
const WRONG: readonly (readonly [string, parsers.ClientParser, parsers.Head, Buffer])[] = [
  ["Mainsail and a part without a length", parsers.mainsail, RIGHT, NO_LENGTH],
  ["Mainsail and nothing behind the picture", parsers.mainsail, RIGHT, NO_TAIL],
  ["Mainsail and a thumbnail", parsers.mainsail, RIGHT, bodyOf({ jpegs: [WITH_THUMBNAIL] })],
  ["Mainsail and a closed origin", parsers.mainsail, new parsers.Head("HTTP/1.1 200 OK"), bodyOf()],
  ["Fluidd and nothing behind the picture", parsers.fluidd, RIGHT, NO_TAIL],
  [
    "Fluidd and a quoted boundary",
    parsers.fluidd,
    headWith('multipart/x-mixed-replace;boundary="b"'),
    bodyOf(),
  ],
  ["Fluidd and another type", parsers.fluidd, headWith("video/x-motion-jpeg"), bodyOf()],
  ["Home Assistant and a thumbnail", parsers.homeAssistant, RIGHT, bodyOf({ jpegs: [WITH_THUMBNAIL] })],
  ["Home Assistant and an error", parsers.homeAssistant, new parsers.Head("HTTP/1.1 503 No"), bodyOf()],
  [
    "ZoneMinder and a long boundary",
    parsers.zoneMinder,
    headWith(`multipart/x;boundary=${"b".repeat(64)}`),
    bodyOf(),
  ],
  ["ZoneMinder and no boundary", parsers.zoneMinder, headWith("multipart/x-mixed-replace"), bodyOf()],
  ["iSpy and another type", parsers.iSpy, headWith("text/html"), bodyOf()],
  ["iSpy and no delimiter behind the picture", parsers.iSpy, RIGHT, NO_TAIL],
  ["motionEye and small letters", parsers.motionEye, RIGHT, bodyOf({ length: "content-length" })],
  ["go2rtc and a part without a length", parsers.go2rtc, RIGHT, NO_LENGTH],
  ["mjpeg-consumer and a part without a length", parsers.mjpegConsumer, RIGHT, NO_LENGTH],
  ["Roku and a part without a length", parsers.roku, RIGHT, NO_LENGTH],
  ["Roku and no delimiter behind the picture", parsers.roku, RIGHT, NO_TAIL],
  ["Chromium and no headers of the next part", parsers.chromiumImage, RIGHT, bodyOf()],
];

for (const [what, parser, head, body] of WRONG) {
  test(`the parsers here refuse what their clients cannot show: ${what}`, () => {
    const shown = picturesOr(() => parser(head)(body));

    assert.notDeepEqual(shown, [RED]);
  });
}

test("the parsers here take what their clients take", () => {
  const { mainsail, fluidd, homeAssistant, zoneMinder, iSpy, motionEye, go2rtc, mjpegConsumer, roku } =
    parsers;

  for (const parser of [
    mainsail,
    fluidd,
    homeAssistant,
    zoneMinder,
    iSpy,
    motionEye,
    go2rtc,
    mjpegConsumer,
    roku,
  ]) {
    assert.deepEqual(parser(RIGHT)(bodyOf()), [RED]);
  }
});

test("what is empty, cut or an error is no snapshot", () => {
  const head = (status: number, length: number) =>
    new parsers.Head(`HTTP/1.1 ${status} X\r\nContent-Type: image/jpeg\r\nContent-Length: ${length}`);

  assert.throws(() => parsers.snapshotOf(head(503, RED.length), Buffer.from(RED)));
  assert.throws(() => parsers.snapshotOf(head(200, 0), Buffer.alloc(0)));
  assert.throws(() => parsers.snapshotOf(head(200, RED.length), Buffer.from(RED.subarray(0, 100))));
  assert.throws(() => parsers.snapshotOf(head(200, 100), Buffer.from(RED.subarray(0, 100))));
});

function picturesOr(read: () => Buffer[]): unknown {
  try {
    return read();
  } catch (error) {
    return error;
  }
}

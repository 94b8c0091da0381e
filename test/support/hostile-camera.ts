import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import net from "node:net";
import tls from "node:tls";
import type { TestContext } from "node:test";
import { SourceError, type ErrorCode } from "../../src/core/errors.ts";
import type { CapturedImage } from "../../src/core/frame.ts";
import { parseAddress } from "../../src/sources/address.ts";
import { openHttp } from "../../src/sources/http/http-source.ts";
import type { Timeouts } from "../../src/sources/http/timeouts.ts";
import type { Source } from "../../src/sources/source.ts";

/** One request as the camera got it. */
export interface CameraRequest {
  /** The request line: `GET /stream HTTP/1.1`. */
  readonly line: string;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** `performance.now()` when it had come. */
  readonly at: number;
}

/** What a camera does with a request: it writes whatever it likes to the socket. */
export type Script = (
  socket: net.Socket,
  request: CameraRequest,
  requests: readonly CameraRequest[],
) => unknown;

/** A raw TCP server that plays an IP camera. */
export interface HostileCamera {
  readonly port: number;
  /** All requests so far. */
  readonly requests: readonly CameraRequest[];
  /** Connections made so far, with a request or without. */
  readonly connections: number;
  /** Bytes the camera got rid of. */
  readonly sentBytes: number;
  /** Resolves when the other side has left every connection. */
  left(): Promise<void>;
}

/** What a {@link hostileCamera} can be besides. */
export interface CameraOptions {
  /** TLS with a self-signed certificate. */
  readonly tls?: tls.TlsOptions;
  /** Where it listens; by default 127.0.0.1. */
  readonly host?: string;
  /** Called for each connection, before any request. */
  readonly onConnection?: (socket: net.Socket) => void;
}

/** Starts a camera for one test; it is gone after it. */
export async function hostileCamera(
  t: TestContext,
  script: Script,
  options: CameraOptions = {},
): Promise<HostileCamera> {
  const requests: CameraRequest[] = [];
  const sockets = new Set<net.Socket>();
  let connections = 0;
  let sentBytes = 0;
  let onLeft: (() => void) | undefined;
  const accept = (socket: net.Socket): void => {
    connections += 1;
    options.onConnection?.(socket);
    sockets.add(socket);
    socket.on("error", () => {}); // a camera does not care
    socket.on("close", () => {
      sockets.delete(socket);
      sentBytes += socket.bytesWritten;
      if (sockets.size === 0) onLeft?.();
    });
    let text = "";
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      if (!text.includes("\r\n\r\n")) return;
      const request = requestOf(text);
      text = "";
      requests.push(request);
      script(socket, request, requests);
    });
  };
  const server = options.tls === undefined ? net.createServer() : tls.createServer(options.tls);
  server.on(options.tls === undefined ? "connection" : "secureConnection", accept);
  await new Promise<void>((resolve) => server.listen(0, options.host ?? "127.0.0.1", resolve));
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return {
    port: address.port,
    requests,
    get connections() {
      return connections;
    },
    get sentBytes() {
      return [...sockets].reduce(
        (sum, socket) => sum + socket.bytesWritten - socket.writableLength,
        sentBytes,
      );
    },
    left: async () => {
      if (sockets.size > 0) await new Promise<void>((resolve) => (onLeft = resolve));
    },
  };
}

function requestOf(text: string): CameraRequest {
  const [line = "", ...lines] = text.split("\r\n");
  const headers = lines
    .filter((header) => header.includes(":"))
    .map((header): [string, string] => {
      const colon = header.indexOf(":");
      return [header.slice(0, colon).toLowerCase(), header.slice(colon + 1).trim()];
    });
  return { line, headers: new Map(headers), at: performance.now() };
}

/** A small JPEG with all its tables that carries a number, in a comment. */
export function jpeg(id: number, scanBytes = 200): Buffer {
  const comment = Buffer.from(`id=${id};`, "latin1");
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xe0, Buffer.from("JFIF\0\x01\x01\0\0\x01\0\x01\0\0", "latin1")),
    segment(0xfe, comment),
    segment(0xdb, Buffer.alloc(65, 1).fill(0, 0, 1)),
    segment(0xc0, Buffer.from([8, 0, 8, 0, 8, 1, 1, 0x11, 0])),
    segment(0xc4, Buffer.from([0x00, 0, 1, ...Array<number>(14).fill(0), 0])),
    segment(0xc4, Buffer.from([0x10, 0, 1, ...Array<number>(14).fill(0), 0])),
    segment(0xda, Buffer.from([1, 1, 0, 0, 63, 0])),
    Buffer.alloc(scanBytes, 0x5a),
    Buffer.from([0xff, 0xd9]),
  ]);
}

/** The number of a {@link jpeg}. */
function idOf(picture: Uint8Array): number {
  assert.deepEqual([...picture.subarray(0, 2)], [0xff, 0xd8]);
  assert.deepEqual([...picture.subarray(-2)], [0xff, 0xd9]);
  return Number(/id=(\d+);/.exec(Buffer.from(picture).toString("latin1"))?.[1]);
}

/** One part of a multipart body: delimiter, headers, picture. */
export function part(id: number, scanBytes?: number): Buffer {
  const picture = jpeg(id, scanBytes);
  const head = `--b\r\nContent-Type: image/jpeg\r\nContent-Length: ${picture.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), picture, Buffer.from("\r\n")]);
}

/** The head most cameras send. */
export const MULTIPART_HEAD = "HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=b\r\n\r\n";

/** Sends a picture with its length, and keeps the connection as HTTP/1.1 servers do. */
export function sendStill(socket: net.Socket, picture: Buffer, length: number = picture.length): void {
  const head = `HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: ${length}\r\n\r\n`;
  socket.write(Buffer.concat([Buffer.from(head), picture]));
  if (picture.length < length) socket.end();
}

/** Sends a body in chunks of this size, each with `extension` behind its size. */
export function chunks(body: Buffer, size: number, extension: string): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < body.length; at += size) {
    const data = body.subarray(at, at + size);
    pieces.push(Buffer.from(`${data.length.toString(16)}${extension}\r\n`), data, Buffer.from("\r\n"));
  }
  return Buffer.concat([...pieces, Buffer.from("0\r\nTrailer: x\r\n\r\n")]);
}

/** Sends a head and then a byte every 20 ms until the other side leaves. */
export function drip(socket: net.Socket, head: string): void {
  socket.write(head);
  const timer = setInterval(() => socket.write("x"), 20);
  socket.on("close", () => clearInterval(timer));
}

/** Sends a head and then the same bytes again and again, as fast as they are taken. */
export function pour(socket: net.Socket, head: string, bytes: Buffer): void {
  socket.write(head);
  const more = (): void => {
    while (!socket.destroyed && socket.write(bytes));
  };
  socket.on("drain", more);
  more();
}

/** What came of a source. */
export interface Taken {
  readonly ids: readonly number[];
  readonly images: readonly CapturedImage[];
  readonly notes: readonly string[];
  readonly dropped: number;
  /** What capture() threw; undefined when it ended by itself or was left. */
  readonly error: unknown;
}

/** Takes pictures from a source until there are `most` or it ends, and checks that the signal is left alone then. */
export async function take(
  source: Source,
  most: number,
  abort: AbortController = new AbortController(),
): Promise<Taken> {
  const images: CapturedImage[] = [];
  const notes: string[] = [];
  let dropped = 0;
  let error: unknown;
  const report = {
    dropped: (count: number) => (dropped += count),
    note: (text: string) => notes.push(text),
    waiting: () => undefined,
  };
  try {
    for await (const image of source.capture(abort.signal, report)) {
      images.push(image);
      if (images.length === most) break;
    }
  } catch (thrown) {
    error = thrown;
  }
  assert.deepEqual(getEventListeners(abort.signal, "abort"), []);
  return { ids: images.map(({ jpeg }) => idOf(jpeg)), images, notes, dropped, error };
}

/** Checks what a source threw; the message must begin with the label. */
export function assertFails(error: unknown, code: ErrorCode, retryable: boolean, message: RegExp): void {
  assert.ok(error instanceof SourceError, `thrown: ${String(error)}`);
  assert.match(error.message, message);
  assert.deepEqual([error.code, error.retryable], [code, retryable]);
  assert.match(error.message, /^https? (127\.0\.0\.1|localhost):\d+/);
}

/** Long enough for a busy machine; a test that waits for one of them makes that one short. */
const PATIENCE: Timeouts = { connectMs: 20_000, headMs: 20_000, idleMs: 20_000, pictureMs: 20_000 };

/** Opens an address as Kinora does. */
export function open(address: string, timeouts: Partial<Timeouts> = {}): Source {
  return openHttp(parseAddress(address), { ...PATIENCE, ...timeouts });
}

const KEY =
  "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgWVO3qthqNCK+X2Je" +
  "JZJSSt6Eo0/NkasdMIJa5OCD3/2hRANCAARXAd9Fojcx+IFEkXr+5YFo5T2cX+mO" +
  "FTOV0xnBnYELKcSmh/Sfz7jz9dGN1QcwigBl8Xs1mujzJumHkNZXcK6Z";
const CERTIFICATE =
  "MIIBTDCB8qADAgECAgEBMAoGCCqGSM49BAMCMBYxFDASBgNVBAMMC2NhbWVyYS50" +
  "ZXN0MCAXDTAwMDEwMTAwMDAwMFoYDzIwOTkxMjMxMDAwMDAwWjAWMRQwEgYDVQQD" +
  "DAtjYW1lcmEudGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABFcB30WiNzH4" +
  "gUSRev7lgWjlPZxf6Y4VM5XTGcGdgQspxKaH9J/PuPP10Y3VBzCKAGXxezWa6PMm" +
  "6YeQ1ldwrpmjLzAtMAwGA1UdEwQFMAMBAf8wHQYDVR0OBBYEFAFr/lB8Tw1KaJAI" +
  "5ofmHlhZouEOMAoGCCqGSM49BAMCA0kAMEYCIQD55F2b8eneXU8J71fRZeWXUy8A" +
  "PShJ7Gum29/omZaZZAIhAKxfwyFnBsCOicVR1JxE706byZXh2FDzBsjkwlHytwu2";

/** A certificate that vouches for itself, as cameras have them (CN=camera.test, 2000 to 2099), and its key. */
export const SELF_SIGNED: tls.TlsOptions = {
  key: pem("PRIVATE KEY", KEY),
  cert: pem("CERTIFICATE", CERTIFICATE),
};

function pem(kind: string, base64: string): string {
  return `-----BEGIN ${kind}-----\n${(base64.match(/.{1,64}/g) ?? []).join("\n")}\n-----END ${kind}-----\n`;
}

function segment(marker: number, data: Buffer): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(data.length + 2, 2);
  return Buffer.concat([head, data]);
}

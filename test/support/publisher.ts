import { once } from "node:events";
import { request, type ClientRequest, type IncomingMessage } from "node:http";
import type { TestContext } from "node:test";
import { ImageServer, type ImageServerOptions } from "../../src/index.ts";

/** A running server with a test card as `main` and a stream `door` that pictures are pushed into. */
export interface PushServer {
  readonly server: ImageServer;
  readonly port: number;
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** The lines that the server told. */
  readonly log: string[];
}

/** Starts a {@link PushServer} for one test. */
export async function pushServer(t: TestContext, options: ImageServerOptions = {}): Promise<PushServer> {
  const log: string[] = [];
  const server = new ImageServer({
    source: "test:?size=64x48&fps=10",
    log: (line) => log.push(line),
    ...options,
  });
  server.addStream("door", "push:");
  await server.start(0);
  t.after(() => server.stop());
  const port = server.port ?? 0;
  return { server, port, url: `http://127.0.0.1:${port}`, log };
}

/** What a server answered. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** A publisher that sends a body for as long as the test wants. */
export class BodyPublisher {
  readonly request: ClientRequest;
  readonly #answer: Promise<Answer>;

  constructor(t: TestContext, url: string, headers: Readonly<Record<string, string>> = {}, method = "POST") {
    this.request = request(url, { method, headers, agent: false });
    this.request.on("error", () => undefined); // what it means is in the answer, or in there being none
    this.#answer = answerOf(this.request);
    this.#answer.catch(() => undefined);
    t.after(() => this.request.destroy());
    this.request.flushHeaders();
  }

  /** Sends bytes; resolves when they are handed to the system. */
  async send(bytes: Uint8Array | string): Promise<void> {
    await new Promise((resolve) => this.request.write(bytes, resolve));
  }

  /** Ends the body. */
  end(): this {
    this.request.end();
    return this;
  }

  /** What the server says, however early. */
  async answer(timeoutMs = 10_000): Promise<Answer> {
    const late = AbortSignal.timeout(timeoutMs);
    return Promise.race([
      this.#answer,
      once(late, "abort").then(() => {
        throw new Error("no answer came");
      }),
    ]);
  }

  /** Breaks the connection off. */
  vanish(): void {
    this.request.destroy();
  }
}

/** A picture as a part of multipart/x-mixed-replace. */
export function part(jpeg: Uint8Array, boundary = "frame"): Buffer {
  const head = `--${boundary}\r\nContent-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), jpeg, Buffer.from("\r\n")]);
}

async function answerOf(sent: ClientRequest): Promise<Answer> {
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() };
}

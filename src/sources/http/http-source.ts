import { setTimeout as sleep } from "node:timers/promises";
import { MjpegError } from "../../core/errors.ts";
import type { CapturedImage } from "../../core/frame.ts";
import type { SourceAddress, SourceOptions } from "../address.ts";
import type { Source, SourceReport } from "../source.ts";
import { Failures } from "./failures.ts";
import { hideSecrets } from "../hide-secrets.ts";
import { noAddress, readHttpAddress } from "./http-address.ts";
import { HttpClient } from "./http-client.ts";
import { picturesOf } from "./pictures.ts";
import { TIMEOUTS, type Timeouts } from "./timeouts.ts";

/** A second is what the slowest cameras bear that start a program for each still, and it is still live. */
const DEFAULT_POLL_MS = 1_000;
const SHORTEST_POLL_MS = 10;
const LONGEST_POLL_MS = 3_600_000;
/** One bad still is bad luck; so many in a row are the camera's answer. */
const MOST_BAD_STILLS = 5;

/**
 * An IP camera by its `http://` or `https://` address: a multipart stream, bare JPEGs, or a still that is asked for again
 * and again, told apart by the answer; at most 120 pictures a second. Options behind `#`:
 *
 * - `poll`: pause between the starts of two requests for a still, 10ms to 60m, by default 1s. Where it is given and the
 *   camera answers with a stream, one picture is taken of it and the camera is asked again: a slow look at a fast camera.
 * - `insecure`: takes a certificate that nobody vouches for, and TLS as old as 1.0.
 *
 * User and password stand before the host and are shown nowhere; nor are the values of the query.
 * @throws MjpegError `ERR_ADDRESS_INVALID`, `ERR_OPTION_INVALID`.
 */
export function openHttp(address: SourceAddress, timeouts: Timeouts = TIMEOUTS): Source {
  const http = readHttpAddress(address.target);
  const { pollMs, insecure } = readOptions(address.options);
  const { user = "", password = "" } = http.credentials ?? {};
  const login = http.credentials === undefined ? [] : [`${user}:${password}`];
  const hide = hideSecrets([...http.secrets, ...login]);
  const failures = new Failures(http.label, hide);
  const noted = new Set<string>();

  return {
    label: http.label,

    async *capture(signal: AbortSignal, report: SourceReport): AsyncGenerator<CapturedImage, void> {
      const client = new HttpClient(http, { insecure, timeouts }, failures);
      const noteOnce = (kind: string, text: string): void => {
        if (!noted.has(kind)) report.note(text);
        noted.add(kind);
      };
      const onBad = (reason: string): void => {
        report.dropped(1);
        noteOnce("bad", `a picture was passed over: ${hide(reason)}`);
      };
      const onLeftOut = (count: number): void => report.dropped(count);
      const rules = { one: pollMs !== undefined, pictureMs: timeouts.pictureMs, onBad, onLeftOut };
      try {
        for (let bad = 0; bad < MOST_BAD_STILLS;) {
          const dueMs = performance.now() + (pollMs ?? DEFAULT_POLL_MS);
          const reply = await client.open(signal);
          let isBad = true;
          for await (const image of picturesOf(reply, client, failures, rules)) {
            isBad = false;
            yield image;
          }
          client.close();
          bad = isBad ? bad + 1 : 0;
          if (pollMs === undefined)
            noteOnce("poll", "the camera sends stills; one a second is taken (#poll=500ms for two)");
          await sleep(Math.max(0, dueMs - performance.now()), undefined, { signal });
        }
        throw failures.badStills(MOST_BAD_STILLS);
      } catch (error) {
        if (signal.aborted) return;
        throw failures.asSourceError(error);
      } finally {
        client.close();
      }
    },
  };
}

function readOptions(options: SourceOptions): { pollMs: number | undefined; insecure: boolean } {
  try {
    const pollMs = options.duration("poll", SHORTEST_POLL_MS, LONGEST_POLL_MS);
    const insecure = options.flag("insecure") ?? false;
    options.end();
    return { pollMs, insecure };
  } catch (error) {
    // A # in a password makes options of what is behind it: http://bob:80#ss@cam/. The error would show it.
    if (error instanceof MjpegError && error.message.includes("@")) throw noAddress();
    throw error;
  }
}

import type { Trouble } from "./trouble.ts";
import { VIDEO_TROUBLE } from "./trouble.ts";

const AGAIN = { retryable: true } as const;

/** What goes wrong with a stream from the network, the more telling first: ffmpeg often says two things. */
export const NETWORK_TROUBLE: readonly Trouble[] = [
  {
    words: /401 unauthorized|authorization failed/i,
    code: "ERR_SOURCE_REFUSED",
    retryable: false,
    says: "asks for a user and a password, or refused those of the address (401): write them before the host, USER:PASSWORD@HOST",
  },
  {
    words: /403 forbidden|access denied/i,
    code: "ERR_SOURCE_REFUSED",
    retryable: false,
    says: "is not shown to this user (403); what may that user see in the settings there?",
  },
  {
    words: /404 |stream not found/i,
    code: "ERR_SOURCE_FAILED",
    ...AGAIN,
    says: "is not there (404): is the path right?",
  },
  {
    words: /\b[45]\d\d [a-z]|server returned [45]xx/i,
    code: "ERR_SOURCE_FAILED",
    ...AGAIN,
    says: "was refused: LINE",
  },
  {
    words: /connection refused/i,
    code: "ERR_SOURCE_UNREACHABLE",
    ...AGAIN,
    says: "cannot be reached: nobody listens on this port (connection refused); is it switched on, and the port right?",
  },
  {
    words: /failed to resolve|name or service not known|temporary failure in name/i,
    code: "ERR_SOURCE_UNREACHABLE",
    ...AGAIN,
    says: "cannot be reached: nobody knows a host of this name; is it spelled right?",
  },
  {
    words: /no route to host|network is unreachable|host is down/i,
    code: "ERR_SOURCE_UNREACHABLE",
    ...AGAIN,
    says: "cannot be reached: there is no way to this host (LINE); are both in the same network?",
  },
  {
    words: /timed out/i,
    code: "ERR_SOURCE_SILENT",
    ...AGAIN,
    says: "does not answer, or has stopped sending; is it switched on?",
  },
  {
    words: /address already in use/i,
    code: "ERR_SOURCE_UNREACHABLE",
    ...AGAIN,
    says: "cannot be received: another program of this machine listens on this port",
  },
  {
    words: /connection reset|broken pipe|end of file|input\/output error/i,
    code: "ERR_SOURCE_FAILED",
    ...AGAIN,
    says: "broke off (LINE)",
  },
  ...VIDEO_TROUBLE,
  {
    words: /invalid data found/i,
    code: "ERR_VIDEO_INVALID",
    ...AGAIN,
    says: "sends something that is no video ffmpeg can read; are scheme and port right?",
  },
];

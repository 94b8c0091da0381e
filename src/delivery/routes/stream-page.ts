import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { parseAddress } from "../address.ts";
import { send } from "../answers.ts";
import type { RequestContext } from "../route.ts";
import type { Show } from "../show.ts";
import { wantsWebSocket } from "../web-socket.ts";

/** Asks for the stream itself, whoever asks. */
const RAW_VIEW = "raw-view";

/** Browsers that show a stream as a document: those of Chromium's and Gecko's engines, as they name themselves. */
const SHOWS_STREAMS = /(?:Chrome|Chromium|Firefox)\/\d/;

/**
 * Whether a request opens a stream as a document, in a browser that would show nothing or an unfinished download: it gets
 * a page around the picture. Over HTTP/2 that is every browser. Never a program, a picture or a call of a script.
 */
export function wantsStreamPage(req: IncomingMessage): boolean {
  // As it was asked for, not as it was mapped on to our parameters.
  const { query } = parseAddress(req, "");
  if ([RAW_VIEW, "raw", "layout"].some((name) => query.has(name)) || wantsWebSocket(req)) return false;
  const { accept = "", "user-agent": userAgent = "", "sec-fetch-dest": destination } = req.headers;
  // Browsers leave it out where the address is neither HTTPS nor this machine's.
  if (destination !== undefined && !/^(?:document|i?frame)$/.test(destination)) return false;
  if (!/\btext\/html\b/i.test(accept)) return false;
  return req.httpVersionMajor > 1 || (userAgent.includes("AppleWebKit/") && !SHOWS_STREAMS.test(userAgent));
}

/** Answers with that page. Its picture is the stream at the same address; where that fails, single pictures. */
export function sendStreamPage({ req, res, path, query, shows }: RequestContext, show: Show): void {
  const own = parseAddress(req, "").query;
  own.set(RAW_VIEW, "1");
  // Whatever a proxy has put in front of it, the page is as deep below the start as its path has folders.
  const top = "../".repeat(path.split("/").length - 2);
  const single =
    shows.get(show.name) === show ? `${top}streams/${show.name}/snapshot.jpg?${query.toString()}` : "";
  send(res, 200, "text/html; charset=utf-8", {
    body: pageOf(show.name, `?${own.toString()}`, single),
    headers: PAGE_HEADERS,
  });
}

const STYLE = `
:root { color-scheme: dark }
html, body { height: 100%; margin: 0; background: #111; color: #ddd; font: 1rem/1.5 system-ui, sans-serif }
body { display: grid; grid-template-rows: 1fr auto; place-items: center }
img { max-width: 100%; max-height: calc(100vh - 3rem); object-fit: contain }
p { margin: 0; padding: .75rem 1rem }
a { color: inherit }
`;

/** Runs in any browser of the last fifteen years. A picture of several parts tells of an error only before its first one. */
const SCRIPT = `
var picture = document.images[0], state = document.getElementById("state");
var single = picture.getAttribute("data-single"), polls = false;
function poll() { picture.src = single + (single.indexOf("?") < 0 ? "?" : "&") + "_=" + Date.now(); }
picture.onload = function () {
  state.textContent = polls ? "Single pictures, one a second." : "";
  if (polls) setTimeout(poll, 1000);
};
picture.onerror = function () {
  state.textContent = polls || !single ? "There is no picture. Trying again." : "The stream does not come. Trying single pictures.";
  setTimeout(single ? poll : function () { location.reload(); }, polls || !single ? 3000 : 0);
  polls = true;
};
`;

const PAGE_HEADERS = {
  "Content-Security-Policy": `default-src 'none'; img-src 'self'; style-src ${allowed(STYLE)}; script-src ${allowed(SCRIPT)}; frame-ancestors *`,
  "Referrer-Policy": "no-referrer",
} as const;

function allowed(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

function pageOf(name: string, stream: string, single: string): string {
  const link = single === "" ? "" : `<a href="${escaped(single)}">Single picture</a>`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(name)} · Kinora</title>
<style>${STYLE}</style>
<img src="${escaped(stream)}" alt="${escaped(name)}, live" data-single="${escaped(single)}">
<p>${link} <span id="state" role="status"></span></p>
<script>${SCRIPT}</script>
</html>
`;
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

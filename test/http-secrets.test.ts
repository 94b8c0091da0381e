import assert from "node:assert/strict";
import test from "node:test";
import { inspect } from "node:util";
import { MjpegError } from "../src/core/errors.ts";
import { hideSecrets } from "../src/sources/hide-secrets.ts";
import { hostileCamera, open, take } from "./support/hostile-camera.ts";

const PASSWORD = "hünter two";
/** However it is spelled, nobody but the camera may read it. */
const SPELLINGS =
  /h(ü|Ã¼|%C3%BC|%FC|u\u0308)?nter|aMO8bnRlciB0d28|YWxpY2U6|alice|t0ken|nter two|n-t-e-r|n t er|response="[0-9a-f]/i;
const OK = "HTTP/1.1 200 OK\r\n";

/** Ways to throw what was sent back at the sender. `%E`: as in the address, `%P`: plain, `%A`: the Authorization header. */
const ECHOES: readonly string[] = [
  "HTTP/1.1 404 %P\r\n\r\n",
  "HTTP/1.1 404 %E\r\n\r\n",
  "HTTP/1.1 500 Oops\r\n\r\nWrong password %P for alice (%A)",
  "HTTP/1.1 500 Oops\r\n\r\nGET /a?token=t0ken",
  "HTTP/1.1 500 Oops\r\n\r\nhttp://alice:%E@cam/",
  "HTTP/1.1 500 Oops\r\n\r\nh\x00\xc3\xbcn\x07t er\ttwo",
  "HTTP/1.1 500 Oops\r\n\r\n%68%c3%bcnter%2520two and &#104;&#xfc;nter two and \\u0068\\u00fcnter two",
  "HTTP/1.1 500 Oops\r\n\r\nh-\xc3\xbc-n-t-e-r-t-w-o",
  `HTTP/1.1 500 Oops\r\n\r\n${"x".repeat(190)}%P`,
  `${OK}Content-Type: text/%P\r\n\r\n%P`,
  `${OK}Content-Type: image/%E\r\n\r\n`,
  `${OK}Content-Type: multipart/x-mixed-replace;boundary=%P\r\n\r\n`,
  `${OK}Content-Type: multipart/x-mixed-replace;boundary=b\r\n\r\n--b\r\nContent-Type: image/jpeg\r\n\r\n%P\r\n--b\r\n%P:%P\r\n\r\n%P\r\n--b--\r\n`,
  `${OK}Transfer-Encoding: chunked\r\nContent-Type: image/jpeg\r\n\r\n1\r\nx\r\n%P\r\n`,
  "%P is no HTTP\r\n",
  'HTTP/1.1 401 %P\r\nWWW-Authenticate: Digest realm="%P", nonce="%P", opaque="%P"\r\n\r\n',
  'HTTP/1.1 401 %P\r\nWWW-Authenticate: alice%E realm="%P"\r\n\r\n',
  "HTTP/1.1 403 %P\r\n\r\n%P",
  "HTTP/1.1 302 %P\r\nLocation: rtsp://alice:%E@cam/%E\r\n\r\n",
  "HTTP/1.1 302 %P\r\nLocation: /%E?%E=%E\r\n\r\n",
  "HTTP/1.1 302 %P\r\nLocation: http://127.0.0.1:1/%E?%E=%E\r\n\r\n",
];

for (const echo of ECHOES) {
  test(`no credentials come back out of ${JSON.stringify(echo.slice(0, 90))}`, async (t) => {
    const camera = await hostileCamera(t, (socket, { headers }) => {
      const authorization = headers.get("authorization");
      if (authorization === undefined) {
        socket.end("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=x\r\n\r\n");
        return;
      }
      const plain = Buffer.from(PASSWORD).toString("latin1");
      const text = echo
        .replaceAll("%P", plain)
        .replaceAll("%E", encodeURIComponent(PASSWORD))
        .replaceAll("%A", authorization);
      socket.end(Buffer.from(text, "latin1"));
    });
    const source = open(
      `http://alice:${encodeURIComponent(PASSWORD)}@127.0.0.1:${camera.port}/a?token=t0ken#poll=10ms`,
    );

    const { error, notes } = await take(source, 1);

    assert.ok(error instanceof MjpegError);
    assert.doesNotMatch(inspect([error, notes, source], { depth: null, showHidden: true }), SPELLINGS);
  });
}

test("the label has host and path, and of the query the names only", () => {
  const label = (address: string): string => open(address).label;

  assert.equal(label("http://cam1.lan/stream"), "http cam1.lan/stream");
  assert.equal(label("https://u:p@[::1]:8443/a%20b"), "https [::1]:8443/a%20b");
  assert.equal(label("http://10.0.0.9:80"), "http 10.0.0.9");
  assert.equal(label("http://cam/v.cgi?user=admin&pwd=a=b&now#poll=2s"), "http cam/v.cgi?user=…&pwd=…&…");
  assert.equal(label("http://u:pa%24s@cam/u/pa%24s/live"), "http cam/u/…/live");
});

for (const address of [
  "http://bob:pa#ss@cam/",
  "http://bob:pa/ss@cam/",
  "http://bob:80#ss@cam/",
  "http://bob:pass@ca m/",
  "http://",
]) {
  test(`a wrong address is refused without being repeated: ${address}`, () => {
    assert.throws(
      () => open(address),
      (error) => {
        assert.ok(error instanceof MjpegError);
        assert.match(error.message, /%23 for #/);
        assert.doesNotMatch(inspect(error).replaceAll(/\n +at .*/g, ""), /bob|:pa|ss@/);
        return true;
      },
    );
  });
}

test("options that nobody knows and paces out of range are refused", () => {
  assert.throws(() => open("http://cam/#fps=3"), { code: "ERR_OPTION_INVALID", message: /no option "fps"/ });
  assert.throws(() => open("http://cam/#poll=1ms"), {
    code: "ERR_OPTION_INVALID",
    message: /10ms to 3600000ms/,
  });
});

test("what a camera says is shown on one line, short, without control characters", () => {
  const hide = hideSecrets(["ab"]);

  assert.equal(hide("a\u001b[31mb\r\nc\u202ed "), "a [31mb c d");
  assert.equal(hide("x".repeat(300)).length, 201);
  assert.equal(hide("cab ab ab."), "cab … ….");
  assert.equal(hideSecrets([])("100% &amp; 5"), "100% & 5");
  assert.equal(hideSecrets([])("rtsp://root:pass@cam/x@y"), "rtsp://…@cam/x@y");
});

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { inspect } from "node:util";
import {
  assertFails,
  hostileCamera,
  jpeg,
  MULTIPART_HEAD,
  open,
  part,
  SELF_SIGNED,
  sendStill,
  take,
  type CameraRequest,
  type Script,
} from "./support/hostile-camera.ts";

const UNAUTHORIZED = "HTTP/1.1 401 Unauthorized\r\n";
const REFUSED_BASIC = `${UNAUTHORIZED}WWW-Authenticate: Basic realm="cam"\r\n\r\n`;

/** A camera that lets in whoever `isRight` says, on any path, with a new still each time. */
function door(challenge: string, isRight: (request: CameraRequest) => boolean): Script {
  return (socket, request, { length }) =>
    isRight(request) ? sendStill(socket, jpeg(length)) : socket.end(`${UNAUTHORIZED}${challenge}\r\n\r\n`);
}

/** Whether a request answers a Digest challenge as RFC 7616 section 3.4 wants it. Written apart from the client. */
function isDigestRight(request: CameraRequest, expected: Readonly<Record<string, string>>): boolean {
  const header = request.headers.get("authorization") ?? "";
  if (!header.startsWith("Digest ")) return false;
  const fields = new Map(
    [...header.matchAll(/(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^,\s]+))/g)].map(([, name = "", quoted, bare]) => [
      name,
      quoted?.replaceAll(/\\(.)/g, "$1") ?? bare ?? "",
    ]),
  );
  for (const [name, value] of Object.entries(expected)) {
    if (fields.get(name) !== value) return false;
  }
  const of = (name: string): string => fields.get(name) ?? "";
  const algorithm = /sha-256/i.test(of("algorithm")) ? "sha256" : "md5";
  const h = (text: string): string => createHash(algorithm).update(text, "latin1").digest("hex");
  const latin = (text: string): string => Buffer.from(text).toString("latin1");
  let ha1 = h(`${latin(USER)}:${of("realm")}:${latin(PASSWORD)}`);
  if (/-sess$/i.test(of("algorithm"))) ha1 = h(`${ha1}:${of("nonce")}:${of("cnonce")}`);
  const ha2 = h(`GET:${request.line.split(" ")[1] ?? ""}`);
  const right = fields.has("qop")
    ? h(`${ha1}:${of("nonce")}:${of("nc")}:${of("cnonce")}:${of("qop")}:${ha2}`)
    : h(`${ha1}:${of("nonce")}:${ha2}`);
  return of("response") === right && of("uri") === request.line.split(" ")[1];
}

const USER = `Mü"fasa`;
const PASSWORD = "Circle:of/Life@ä#";
const LOGIN = `${encodeURIComponent(USER)}:${encodeURIComponent(PASSWORD)}`;

test("Basic credentials are sent when asked for, and from then on in advance", async (t) => {
  const right = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString("base64")}`;
  const camera = await hostileCamera(
    t,
    door('WWW-Authenticate: Basic realm="cam"', ({ headers }) => headers.get("authorization") === right),
  );

  const { ids } = await take(open(`http://${LOGIN}@127.0.0.1:${camera.port}/a?b=c#poll=10ms`), 3);

  assert.deepEqual(ids, [2, 3, 4]);
  assert.equal(camera.requests[0]?.headers.has("authorization"), false);
  assert.equal(camera.connections, 4);
});

const DIGESTS: readonly [name: string, challenge: string, expected: Readonly<Record<string, string>>][] = [
  ["without qop (RFC 2069)", 'realm="r", nonce="n1"', { realm: "r", nonce: "n1" }],
  [
    "MD5, qop auth, opaque",
    'realm="r", qop="auth", nonce="n1", opaque="o=="',
    { qop: "auth", nc: "00000001", opaque: "o==" },
  ],
  [
    "MD5, both qops",
    'qop="auth-int, auth",realm="a, b",nonce="n",algorithm=MD5',
    { realm: "a, b", algorithm: "MD5", qop: "auth" },
  ],
  ["MD5-sess", 'realm="r", nonce="n", algorithm=MD5-sess, qop=auth', { algorithm: "MD5-sess" }],
  ["SHA-256", 'realm="r", nonce="n", algorithm="SHA-256", qop="auth"', { algorithm: "SHA-256" }],
  ["quotes in the realm", String.raw`realm="the \"r\"", nonce="n", qop="auth"`, { realm: 'the "r"' }],
  ["a realm without quotes", "realm=my cam, nonce=n, qop=auth", { realm: "my cam", nonce: "n" }],
];

for (const [name, challenge, expected] of DIGESTS) {
  test(`Digest is answered: ${name}`, async (t) => {
    const camera = await hostileCamera(
      t,
      door(`WWW-Authenticate: Digest ${challenge}`, (request) => isDigestRight(request, expected)),
    );

    const { ids, error } = await take(
      open(`http://${LOGIN}@127.0.0.1:${camera.port}/v.cgi?x=%20y#poll=10ms`),
      1,
    );

    assert.deepEqual([ids, error], [[2], undefined]);
  });
}

for (const challenge of [
  'WWW-Authenticate: Basic realm="r"\r\nWWW-Authenticate: Digest realm="r", nonce="n", qop="auth"',
  'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"\r\nWWW-Authenticate: Basic realm="r"',
  'WWW-Authenticate: Basic realm="r", Digest realm="r", nonce="n", qop="auth"',
  'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth-int"\r\nWWW-Authenticate: Digest realm="r", nonce="n"',
]) {
  test(`Digest is preferred in ${challenge.replaceAll("\r\n", " / ")}`, async (t) => {
    const camera = await hostileCamera(
      t,
      door(challenge, (request) => isDigestRight(request, {})),
    );

    const { ids } = await take(open(`http://${LOGIN}@127.0.0.1:${camera.port}/#poll=10ms`), 1);

    assert.deepEqual(ids, [2]);
  });
}

test("of two Digests the one with SHA-256 is answered", async (t) => {
  const challenge =
    'WWW-Authenticate: Digest realm="r", nonce="n", algorithm=MD5\r\nWWW-Authenticate: Digest realm="r", nonce="n", algorithm=SHA-256';
  const camera = await hostileCamera(
    t,
    door(challenge, (request) => isDigestRight(request, { algorithm: "SHA-256" })),
  );

  const { ids } = await take(open(`http://${LOGIN}@127.0.0.1:${camera.port}/#poll=10ms`), 1);

  assert.deepEqual(ids, [2]);
});

test("a nonce is used for later stills, counted, until the camera wants another", async (t) => {
  const counts: string[] = [];
  const camera = await hostileCamera(t, (socket, request, { length }) => {
    const nonce = length < 4 ? "n1" : "n2";
    counts.push(/nc=(\d+)/.exec(request.headers.get("authorization") ?? "")?.[1] ?? "none");
    if (isDigestRight(request, { nonce })) sendStill(socket, jpeg(length));
    else
      socket.end(`${UNAUTHORIZED}WWW-Authenticate: Digest realm="r", qop="auth", nonce="${nonce}"\r\n\r\n`);
  });

  const { ids } = await take(open(`http://${LOGIN}@127.0.0.1:${camera.port}/#poll=10ms`), 4);

  assert.deepEqual(ids, [2, 3, 5, 6]);
  assert.deepEqual(counts, ["none", "00000001", "00000002", "00000003", "00000001", "00000002"]);
});

test("a nonce that is stale at once is replaced once, then the camera is refused", async (t) => {
  const challenge = 'WWW-Authenticate: Digest realm="r", nonce="n", stale=TRUE';
  const patient = await hostileCamera(
    t,
    door(challenge, () => patient.requests.length === 3),
  );
  const endless = await hostileCamera(
    t,
    door(challenge, () => false),
  );

  const taken = await take(open(`http://${LOGIN}@127.0.0.1:${patient.port}/#poll=10ms`), 1);
  const refused = await take(open(`http://${LOGIN}@127.0.0.1:${endless.port}/`), 1);

  assert.deepEqual(taken.ids, [3]);
  assertFails(refused.error, "ERR_SOURCE_REFUSED", false, /refused the user and password/);
  assert.equal(endless.requests.length, 3);
});

const REFUSALS: readonly [name: string, login: string, answer: string, message: RegExp, requests: number][] =
  [
    [
      "no credentials",
      "",
      REFUSED_BASIC,
      /asks for a user and a password \(401\): write them .* http:\/\/USER:PASSWORD@HOST/,
      1,
    ],
    ["wrong ones, Basic", "a:b@", REFUSED_BASIC, /refused the user and password of the address \(401\)/, 2],
    [
      "wrong ones, Digest",
      "a:b@",
      `${UNAUTHORIZED}WWW-Authenticate: Digest realm=r, nonce=n\r\n\r\n`,
      /refused the user and/,
      2,
    ],
    [
      "a way that is not known",
      "a:b@",
      `${UNAUTHORIZED}WWW-Authenticate: NTLM\r\n\r\n`,
      /asks for credentials by ntlm;/,
      1,
    ],
    [
      "a hash that is not known",
      "a:b@",
      `${UNAUTHORIZED}WWW-Authenticate: Digest realm=r, nonce=n, algorithm=X\r\n\r\n`,
      /by digest; Kinora knows/,
      1,
    ],
    ["no way at all", "a:b@", `${UNAUTHORIZED}\r\n`, /by no way it names/, 1],
    [
      "403 with credentials",
      "a:b@",
      "HTTP/1.1 403 Forbidden\r\n\r\n",
      /not show this to the user of the address \(403\)/,
      1,
    ],
  ];

for (const [name, login, answer, message, requests] of REFUSALS) {
  test(`a camera that refuses for ${name} is not tried again`, async (t) => {
    const camera = await hostileCamera(t, (socket) => socket.end(answer));

    const { error } = await take(open(`http://${login}127.0.0.1:${camera.port}/`), 1);

    assertFails(error, "ERR_SOURCE_REFUSED", false, message);
    assert.equal(camera.requests.length, requests);
    await camera.left();
  });
}

for (const status of [301, 302, 303, 307, 308]) {
  test(`a relative redirect by ${status} is followed with the credentials`, async (t) => {
    const camera = await hostileCamera(t, (socket, { line, headers }, { length }) => {
      if (!headers.has("authorization")) socket.end(REFUSED_BASIC);
      else if (line.startsWith("GET /a/b ")) socket.end(`HTTP/1.1 ${status} \r\nLocation: ../c?d\r\n\r\n`);
      else sendStill(socket, jpeg(length));
    });

    const { ids } = await take(open(`http://u:p@127.0.0.1:${camera.port}/a/b#poll=10ms`), 1);

    assert.deepEqual(ids, [3]);
    assert.equal(camera.requests.at(-1)?.line, "GET /c?d HTTP/1.1");
  });
}

test("another port gets no credentials, neither ours nor some the redirect brings", async (t) => {
  const other = await hostileCamera(t, (socket) => socket.end(REFUSED_BASIC));
  const camera = await hostileCamera(t, (socket, { headers }) =>
    socket.end(
      headers.has("authorization")
        ? `HTTP/1.1 302 Found\r\nLocation: http://u:hunter2@127.0.0.1:${other.port}/x?key=hunter2\r\n\r\n`
        : REFUSED_BASIC,
    ),
  );

  const { error } = await take(open(`http://u:hunter2@127.0.0.1:${camera.port}/`), 1);

  assertFails(
    error,
    "ERR_SOURCE_REFUSED",
    false,
    /redirected to http:\/\/127\.0\.0\.1:\d+\/x\?key=…, which asks/,
  );
  assert.deepEqual(
    other.requests.map(({ headers }) => headers.get("authorization")),
    [undefined],
  );
  assert.doesNotMatch(inspect(error), /hunter2/);
});

test("another host name gets no credentials, and what it says is not repeated", async (t) => {
  const camera = await hostileCamera(t, (socket, { headers }) =>
    socket.end(
      headers.get("host")?.startsWith("localhost") === true
        ? "HTTP/1.1 500 Oops\r\n\r\ninner secrets"
        : headers.has("authorization")
          ? `HTTP/1.1 302 Found\r\nLocation: //localhost:${camera.port}/y\r\n\r\n`
          : REFUSED_BASIC,
    ),
  );

  const { error } = await take(open(`http://u:p@127.0.0.1:${camera.port}/`), 1);

  assertFails(error, "ERR_SOURCE_FAILED", true, /answered 500 Oops$/);
  assert.equal(camera.requests.at(-1)?.headers.get("authorization"), undefined);
});

test("redirects without end stop after five", async (t) => {
  const camera = await hostileCamera(t, (socket) =>
    socket.end("HTTP/1.1 302 Found\r\nLocation: /again\r\n\r\n"),
  );

  const { error } = await take(open(`http://127.0.0.1:${camera.port}/`), 1);

  assertFails(
    error,
    "ERR_SOURCE_FAILED",
    true,
    /redirected more than 5 times, last to http:\/\/127\.0\.0\.1:\d+\/again/,
  );
  assert.equal(camera.requests.length, 6);
});

test("a self-signed certificate is refused before anything is sent, and #insecure takes it", async (t) => {
  const camera = await hostileCamera(
    t,
    (socket) => socket.write(Buffer.concat([Buffer.from(MULTIPART_HEAD), part(7)])),
    {
      tls: SELF_SIGNED,
    },
  );

  const refused = await take(open(`https://127.0.0.1:${camera.port}/`), 1);
  const named = await take(open(`https://localhost:${camera.port}/`), 1);
  const requestsBefore = camera.requests.length;
  const taken = await take(open(`https://localhost:${camera.port}/#insecure`), 1);

  assertFails(
    refused.error,
    "ERR_SOURCE_REFUSED",
    false,
    /not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\); add #insecure/,
  );
  assertFails(named.error, "ERR_SOURCE_REFUSED", false, /#insecure/);
  assert.equal(requestsBefore, 0);
  assert.deepEqual(taken.ids, [7]);
  await camera.left();
});

test("#insecure takes TLS 1.0, which old cameras speak", async (t) => {
  const camera = await hostileCamera(t, (socket) => sendStill(socket, jpeg(1)), {
    tls: { ...SELF_SIGNED, minVersion: "TLSv1", maxVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" },
  });

  const { ids, error } = await take(open(`https://127.0.0.1:${camera.port}/#insecure&poll=10ms`), 1);

  assert.deepEqual([ids, error], [[1], undefined]);
});

test("a redirect from https to http is refused, one the other way is followed", async (t) => {
  const plain = await hostileCamera(t, (socket) =>
    socket.end(`HTTP/1.1 302 \r\nLocation: https://127.0.0.1:${secure.port}/still\r\n\r\n`),
  );
  const secure = await hostileCamera(
    t,
    (socket, { line }) =>
      line.startsWith("GET /still")
        ? sendStill(socket, jpeg(1))
        : socket.end(`HTTP/1.1 302 \r\nLocation: http://127.0.0.1:${plain.port}/\r\n\r\n`),
    { tls: SELF_SIGNED },
  );

  const down = await take(open(`https://127.0.0.1:${secure.port}/#insecure`), 1);
  const up = await take(open(`http://127.0.0.1:${plain.port}/#insecure&poll=10ms`), 1);

  assertFails(down.error, "ERR_SOURCE_REFUSED", false, /redirected from https to http:\/\/127/);
  assert.deepEqual(up.ids, [1]);
  assert.equal(plain.requests.length, 1);
});

/**
 * What the parsers of real clients need from the wire, restated from what is known of them; none of their code is here.
 * Each is fed the body of an answer in the pieces in which it came, and gives the pictures that its client would have by
 * then. Each throws where its client would give up.
 */

/** The head of an answer: its first line and the headers, as they were sent. */
export class Head {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  get status(): number {
    return Number(/^HTTP\/1\.[01] (\d{3})/.exec(this.text)?.[1]);
  }

  get(name: string): string | undefined {
    return new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*\\r?$`, "im").exec(this.text)?.[1];
  }
}

/** Takes the next piece of a body; gives the pictures that are complete with it. */
export type Feed = (piece: Buffer) => Buffer[];

/** Makes a client's parser for an answer with that head. */
export type ClientParser = (head: Head) => Feed;

const SOI = Buffer.from([0xff, 0xd8]);
const EOI = Buffer.from([0xff, 0xd9]);

/**
 * Mainsail's worker: a `fetch()` of another origin, which needs the length of each part, takes the first FFD8 of a piece for
 * the begin, and paints when a byte more than the picture has come.
 */
export const mainsail: ClientParser = (head) => {
  assertReadableElsewhere(head);
  let headers = "";
  let picture: Buffer | undefined;
  let taken = 0;
  return (piece) => {
    const painted: Buffer[] = [];
    for (const [at, byte] of piece.entries()) {
      if (byte === 0xff && piece[at + 1] === 0xd8) {
        if (picture !== undefined) throw new Error("a second FFD8 within a picture begins it anew");
        picture = Buffer.alloc(lengthIn(headers, /content-length: *(\d+)/i));
        taken = 0;
      }
      if (picture === undefined) headers += String.fromCharCode(byte);
      else if (taken < picture.length) picture[taken++] = byte;
      else {
        painted.push(picture);
        picture = undefined;
        headers = "";
      }
    }
    return painted;
  };
};

/** Fluidd's worker: the boundary as it stands in the type, and a picture only when the next delimiter has come. */
export const fluidd: ClientParser = (head) => {
  assertReadableElsewhere(head);
  const type = head.get("Content-Type") ?? "";
  if (!type.includes("multipart")) throw new Error(`no stream: ${type}`);
  const delimiter = `--${/boundary=([^;]+)/.exec(type)?.[1] ?? ""}`;
  return buffered((all) => {
    const begin = all.indexOf(delimiter);
    if (begin === -1) return all.length < 1_000 ? undefined : giveUp(`no ${delimiter}`);
    const blank = all.indexOf("\r\n\r\n", begin);
    if (blank === -1) return undefined;
    const end = all.indexOf(delimiter, blank);
    if (end === -1) return undefined;
    return { picture: all.subarray(blank + 4, end - 2), used: end };
  });
};

/** Home Assistant's still picture of a stream: from the first FFD8 to the first FFD9 behind it. */
export const homeAssistant: ClientParser = (head) => {
  if (head.status >= 400) throw new Error(`status ${head.status}`);
  return buffered((all) => {
    const begin = all.indexOf(SOI);
    const end = begin === -1 ? -1 : all.indexOf(EOI, begin);
    return end === -1 ? undefined : { picture: all.subarray(begin, end + 2), used: end + 2 };
  });
};

/** ZoneMinder: type and boundary by a regular expression, a boundary of less than 64 characters, lengths where there are. */
export const zoneMinder: ClientParser = (head) => {
  const found = /Content-type: ?(.+?)(?:; ?boundary="?(.+?)"?)?\r?\n/i.exec(`${head.text}\r\n`);
  const boundary = found?.[2] ?? giveUp("no boundary");
  if (boundary.length >= 64) giveUp("the boundary does not fit into 64 characters");
  return partsWithLength(boundary, /^Content-length: ?(\d+)/im);
};

/** iSpy and Agent DVR: from the FFD8FF behind a delimiter to the next delimiter, with or without dashes in the boundary. */
export const iSpy: ClientParser = (head) => {
  const type = head.get("Content-Type") ?? "";
  if (!/^multipart\/(?:mixed|x-mixed-replace)/.test(type)) throw new Error(`no stream: ${type}`);
  const boundary = /boundary=\s*"?([^";]+)/.exec(type)?.[1] ?? giveUp("no boundary");
  return buffered((all) => {
    const begin = all.indexOf(Buffer.from([0xff, 0xd8, 0xff]));
    const next = begin === -1 ? -1 : all.indexOf(boundary, begin);
    if (next === -1) return undefined;
    const end = all.lastIndexOf("\r\n", next);
    return { picture: all.subarray(begin, end), used: next };
  });
};

/** Motion's and motionEye's clients: the very letters `Content-Length:`, and as many bytes behind the blank line. */
export const motionEye: ClientParser = () =>
  buffered((all) => {
    const at = all.indexOf("Content-Length:");
    if (at === -1) return all.length < 1_000 ? undefined : giveUp("no Content-Length:");
    const blank = all.indexOf("\r\n\r\n", at);
    if (blank === -1) return undefined;
    const length = Number.parseInt(all.subarray(at + 15, blank).toString(), 10);
    const begin = blank + 4;
    if (all.length < begin + length) return undefined;
    return { picture: all.subarray(begin, begin + length), used: begin + length };
  });

/** go2rtc as a client: lines of `--boundary`, headers, and no picture without a length. */
export const go2rtc: ClientParser = (head) => {
  const type = head.get("Content-Type") ?? "";
  const boundary = /^multipart\/x-mixed-replace; ?boundary=(.+)$/.exec(type)?.[1] ?? giveUp(type);
  return partsWithLength(boundary, /^Content-Length: (\d+)/im);
};

/** node's mjpeg-consumer and its like: a length and an FFD8 in a piece, and then as many bytes. */
export const mjpegConsumer: ClientParser = () => {
  let rest: Buffer = Buffer.alloc(0);
  let length = 0;
  let isWithin = false;
  return (piece) => {
    if (!isWithin) {
      const begin = piece.indexOf(SOI);
      if (begin === -1) return [];
      length = lengthIn(piece.toString("latin1"), /Content-Length:\s*(\d+)/i);
      rest = Buffer.alloc(0);
      isWithin = true;
      piece = piece.subarray(begin);
    }
    rest = Buffer.concat([rest, piece]);
    if (rest.length < length) return [];
    isWithin = false;
    return [rest.subarray(0, length)];
  };
};

/** Roku and thingino: a length in each part, and the delimiter right behind as many bytes. */
export const roku: ClientParser = (head) => {
  const boundary = /boundary=([^;\s]+)/.exec(head.text)?.[1] ?? giveUp("no boundary");
  const feed = partsWithLength(boundary, /^Content-Length: ?(\d+)\r?$/im);
  let last: Buffer = Buffer.alloc(0);
  return (piece) => {
    last = Buffer.concat([last, piece]);
    const pictures = feed(piece);
    for (const picture of pictures) {
      const behind = last.indexOf(picture) + picture.length;
      const next = last.subarray(behind, behind + boundary.length + 4).toString("latin1");
      if (next !== `\r\n--${boundary}`) throw new Error(`the delimiter is not right behind: ${next}`);
      last = last.subarray(behind);
    }
    return pictures;
  };
};

/** An `<img>` of Chromium, as OctoPrint's: a picture is painted when the header block behind it is complete. */
export const chromiumImage: ClientParser = (head) => {
  const boundary = /boundary=([^;\s]+)/.exec(head.text)?.[1] ?? giveUp("no boundary");
  return buffered((all) => {
    const blank = all.indexOf("\r\n\r\n");
    const end = blank === -1 ? -1 : all.indexOf(`\r\n--${boundary}\r\n`, blank);
    const next = end === -1 ? -1 : all.indexOf("\r\n\r\n", end);
    if (next === -1) return undefined;
    return { picture: all.subarray(blank + 4, end), used: end + 2 };
  });
};

/** A snapshot as OctoPrint, Moonraker, motionEye and Home Assistant read it: whole, a JPEG, and not empty. */
export function snapshotOf(head: Head, body: Buffer): Buffer {
  if (head.status !== 200) throw new Error(`status ${head.status}`);
  if (head.get("Content-Type") !== "image/jpeg") throw new Error(`type ${head.get("Content-Type")}`);
  if (body.length === 0) throw new Error("it is empty");
  if (Number(head.get("Content-Length")) !== body.length) throw new Error("it is not whole");
  if (!body.subarray(0, 2).equals(SOI) || !body.subarray(-2).equals(EOI)) throw new Error("it is no JPEG");
  return body;
}

/** A page of another origin may read only what says so. */
function assertReadableElsewhere(head: Head): void {
  if (head.get("Access-Control-Allow-Origin") !== "*") throw new Error("no Access-Control-Allow-Origin");
}

function partsWithLength(boundary: string, length: RegExp): Feed {
  const delimiter = boundary.startsWith("--") ? boundary : `--${boundary}`;
  return buffered((all) => {
    const begin = all.indexOf(`${delimiter}\r\n`);
    if (begin === -1) return all.length < 1_000 ? undefined : giveUp(`no ${delimiter}`);
    const blank = all.indexOf("\r\n\r\n", begin);
    if (blank === -1) return undefined;
    const headers = all.subarray(begin, blank).toString("latin1");
    const end = blank + 4 + lengthIn(headers, length);
    return all.length < end ? undefined : { picture: all.subarray(blank + 4, end), used: end };
  });
}

/** Calls `take` for as long as it finds a picture in what has come and was not used yet. */
function buffered(take: (all: Buffer) => { picture: Buffer; used: number } | undefined): Feed {
  let all: Buffer = Buffer.alloc(0);
  return (piece) => {
    all = Buffer.concat([all, piece]);
    const pictures: Buffer[] = [];
    for (let found = take(all); found !== undefined; found = take(all)) {
      pictures.push(Buffer.from(found.picture));
      all = all.subarray(found.used);
    }
    return pictures;
  };
}

function lengthIn(headers: string, pattern: RegExp): number {
  const length = pattern.exec(headers)?.[1];
  return length === undefined ? giveUp("no Content-Length") : Number(length);
}

function giveUp(why: string): never {
  throw new Error(why);
}

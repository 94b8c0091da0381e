import { send } from "../answers.ts";
import { assertPicturesFollow } from "../ingest/assert-body.ts";
import { BodyPictures } from "../ingest/body-pictures.ts";
import { MOST_PICTURE_BYTES, notAPicture, pictureTooLarge } from "../ingest/picture.ts";
import { readBody } from "../ingest/read-body.ts";
import { ReadPace } from "../ingest/read-pace.ts";
import { asRefusal } from "../ingest/refusal.ts";
import { publishBySocket } from "../ingest/socket-publisher.ts";
import { wantsTakeover } from "../ingest/takeover.ts";
import { inUploadSlot } from "../ingest/upload-slots.ts";
import type { RequestContext, Route } from "../route.ts";
import { streamName } from "../stream-name.ts";

/** Where a stream is pushed to. */
export const publishRoute: Route = {
  path: /^\/streams\/([^/]+)\/live\.mjpeg$/,
  // By POST as programs do, by PUT as `curl -T -` does.
  methods: ["POST", "PUT"],
  right: "publish",
  handle: refusing(publishStream),
};

/** The addresses that pictures are pushed to. */
export const publishRoutes: readonly Route[] = [
  publishRoute,
  {
    path: /^\/streams\/([^/]+)\/snapshot\.jpg$/,
    methods: ["POST", "PUT"],
    right: "publish",
    handle: refusing(publishPicture),
  },
  // The handshake is accepted before the right is looked at: a browser cannot see why one was refused.
  { path: /^\/streams\/([^/]+)\/publish$/, right: "anyone", handle: publishBySocket },
];

/** A body of pictures, for as long as it lasts. */
async function publishStream({ req, res, query, capture, client, ingest }: RequestContext): Promise<void> {
  assertPicturesFollow(req);
  const { promise: ended, reject: end } = Promise.withResolvers<never>();
  const publisher = { address: client.address, end };
  const publication = ingest.publish(streamName(capture), publisher, wantsTakeover(query));
  const pictures = new BodyPictures(req.headers["content-type"], publication);
  try {
    await readBody(req, { take: pacedInto(pictures), ended });
    pictures.end();
  } finally {
    publication.leave();
  }
  const body = JSON.stringify({ pictures: pictures.pictures });
  send(res, 200, "application/json", { body });
}

/** One picture, shown until the next. */
async function publishPicture({ req, res, query, capture, ingest }: RequestContext): Promise<void> {
  assertPicturesFollow(req);
  if (Number(req.headers["content-length"]) > MOST_BODY_BYTES) throw pictureTooLarge();
  let newest: Uint8Array | undefined;
  let bytes = 0;
  const pictures = new BodyPictures(req.headers["content-type"], {
    show: (jpeg) => void (newest = jpeg),
    lost: () => undefined,
  });
  const push = pacedInto(pictures);
  const take = (chunk: Buffer): number => {
    bytes += chunk.length;
    if (bytes > MOST_BODY_BYTES) throw pictureTooLarge();
    return push(chunk);
  };
  const name = streamName(capture);
  const takeover = wantsTakeover(query);
  ingest.assertTakes(name, takeover);
  await inUploadSlot(() => readBody(req, { take, withinMs: MOST_UPLOAD_MS }));
  pictures.end();
  if (newest === undefined) throw notAPicture("the body holds no JPEG");
  ingest.put(name, newest, takeover);
  res.writeHead(204).end();
}

/** A picture, and a form around it. */
const MOST_BODY_BYTES = MOST_PICTURE_BYTES + 65_536;
const MOST_UPLOAD_MS = 30_000;

/** What takes the pieces of a body at a pace that leaves room for others. */
function pacedInto(pictures: BodyPictures): (chunk: Buffer) => number {
  const pace = new ReadPace();
  return (chunk) => {
    const before = pictures.parts;
    const from = performance.now();
    pictures.push(chunk);
    const workMs = performance.now() - from;
    return pace.restAfter({ pictures: pictures.parts - before, bytes: chunk.length, workMs });
  };
}

function refusing(handle: (context: RequestContext) => Promise<void>): Route["handle"] {
  return async (context) => {
    try {
      await handle(context);
    } catch (error) {
      throw asRefusal(error);
    }
  };
}

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { repairJpeg } from "../src/core/jpeg-repair.ts";
import { file, jpegs, play, POSIX, slowly } from "./support/exec-player.ts";
import { widthOf } from "./support/player.ts";
import { avi, mpjpeg, serverPush } from "./support/program-output.ts";
import { needs, pathOf } from "./support/programs.ts";

describe("what a command writes is told apart by its first bytes", POSIX, () => {
  const status = "HTTP/1.0 200 OK\r\nServer: old\r\nPragma: no-cache\r\n";
  const kinds: Record<string, (pictures: Buffer[]) => Buffer> = {
    "JPEGs one after another": (all) => Buffer.concat(all),
    "JPEGs with line breaks between": (all) =>
      Buffer.concat(all.flatMap((each) => [Buffer.from("\r\n"), each])),
    "JPEGs behind words": (all) =>
      Buffer.concat([Buffer.from("Starting the camera …\nWarning: dark\n"), ...all]),
    "JPEGs behind something like a header": (all) => Buffer.concat([Buffer.from("Warning: dark\n"), ...all]),
    "parts as ffmpeg writes them": mpjpeg,
    "parts behind a head": (all) => serverPush(all),
    "parts behind a whole answer": (all) => serverPush(all, status),
    "parts behind an empty line": (all) => Buffer.concat([Buffer.from("\r\n"), mpjpeg(all)]),
    "an AVI with unknown lengths": (all) => avi(all),
    "an AVI with lengths of all ones": (all) => avi(all, 0xffff_ffff),
  };
  for (const [name, write] of Object.entries(kinds)) {
    test(`${name}, in one piece and byte for byte`, async (t) => {
      const pictures = await jpegs(101, 102, 103);
      const bytes = write(pictures);
      const whole = await file(t, bytes);
      const ends = [...Array(60).keys()].map((index) => bytes.subarray(index, index + 1));
      const start = await slowly(t, ends.slice(0, 12));
      const rest = await file(t, bytes.subarray(12));

      const newest = await play(t, `cat ${whole}; exec sleep 100`).next();
      const inBytes = await play(t, `${start}; cat ${rest}; exec sleep 100`).next();

      assert.equal(widthOf(newest), 103);
      assert.equal(widthOf(inBytes), 103);
      assert.deepEqual(newest?.jpeg && Buffer.from(newest.jpeg), pictures[2]);
    });
  }

  test("the program of a single picture: a head of that type, then the JPEG", async (t) => {
    const [jpeg = Buffer.alloc(0)] = await jpegs(104);
    const path = await file(
      t,
      Buffer.concat([Buffer.from("Content-Type: image/jpeg\r\nContent-Length: 1\r\n\r\n"), jpeg]),
    );

    assert.equal(widthOf(await play(t, `cat ${path}; exec sleep 100`).next()), 104);
  });

  test("parts behind a head end at the delimiters that it names, where the pictures have no end markers", async (t) => {
    const pictures = await jpegs(101, 102, 103, 104);
    const path = await file(
      t,
      serverPush(
        pictures.map((each) => each.subarray(0, -2)),
        "",
        "",
      ),
    );

    const image = await play(t, `cat ${path}; exec sleep 100`).next();

    assert.deepEqual(image && Buffer.from(image.jpeg), pictures[3]);
  });

  test("ffmpeg writes to a pipe: multipart, bare JPEGs and AVI", needs("ffmpeg"), async (t) => {
    const source = `${pathOf("ffmpeg")} -v error -re -f lavfi -i testsrc=size=320x240:rate=20 -c:v mjpeg -q:v 8`;
    for (const format of ["mpjpeg", "image2pipe", "mjpeg", "avi"]) {
      const player = play(t, `${source} -huffman default -f ${format} -`);

      const images = [await player.next(), await player.next(), await player.next()];

      assert.deepEqual(images.map(widthOf), [320, 320, 320], format);
      assert.ok(
        images.every((image) => image !== undefined && repairJpeg(image.jpeg) !== undefined),
        format,
      );
      player.stop();
    }
  });
});

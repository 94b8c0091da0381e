import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAddress } from "../src/sources/address.ts";
import { chooseMode, nearestInRange, type SizeOffer, type Wish } from "../src/sources/v4l2/negotiate.ts";
import { openCamera } from "../src/sources/v4l2/v4l2-source.ts";

/** `offers("640x480@30,15")` */
function offers(...texts: readonly string[]): SizeOffer[] {
  return texts.map((text) => {
    const [size = "", rates = ""] = text.split("@");
    const [width = 0, height = 0] = size.split("x").map(Number);
    const intervals = rates
      .split(",")
      .filter((rate) => rate !== "")
      .map((rate) => ({ numerator: 1000, denominator: Number(rate) * 1000 }));
    return { width, height, rates: { intervals, continuous: false } };
  });
}

/** `1280x720@30` */
function chosen(from: readonly SizeOffer[], wish: Partial<Wish> = {}): string {
  const { size, interval } = chooseMode(from, { size: undefined, fps: undefined, ...wish });
  return `${size.width}x${size.height}@${interval.denominator / interval.numerator}`;
}

const WEBCAM = offers("640x480@30,15", "1280x720@30,10", "1920x1080@30", "320x240@60,30");

test("a size that the camera has is taken as it is", () => {
  assert.equal(chosen(WEBCAM, { size: { width: 320, height: 240 }, fps: 60 }), "320x240@60");
});

test("a size between two is the one nearer in proportion", () => {
  assert.equal(chosen(WEBCAM, { size: { width: 1300, height: 700 } }), "1280x720@30");
  assert.equal(chosen(WEBCAM, { size: { width: 8000, height: 6000 } }), "1920x1080@30");
  assert.equal(chosen(WEBCAM, { size: { width: 16, height: 16 } }), "320x240@30");
});

test("size counts before rate, and the rate is the nearest at that size", () => {
  assert.equal(chosen(WEBCAM, { size: { width: 1280, height: 720 }, fps: 60 }), "1280x720@30");
  assert.equal(chosen(WEBCAM, { size: { width: 1280, height: 720 }, fps: 5 }), "1280x720@10");
});

test("without a size it is the largest of at most 1280x720 pixels", () => {
  assert.equal(chosen(WEBCAM), "1280x720@30");
  assert.equal(chosen(offers("1024x768@30", "800x600@30", "1600x1200@30")), "1024x768@30");
});

test("without a size, where all are larger, it is the smallest", () => {
  assert.equal(chosen(offers("3840x2160@30", "1920x1080@30")), "1920x1080@30");
});

test("without a size, one that is too slow to be video gives way to a smaller one", () => {
  assert.equal(chosen(offers("1280x720@10", "640x480@30")), "640x480@30");
  assert.equal(chosen(offers("1280x720@25", "640x480@30")), "1280x720@25");
  assert.equal(chosen(offers("1280x720@10", "640x480@5")), "1280x720@10");
});

test("a rate without a size is met by the largest size that has it", () => {
  assert.equal(chosen(WEBCAM, { fps: 60 }), "320x240@60");
  assert.equal(chosen(WEBCAM, { fps: 15 }), "640x480@15");
  assert.equal(chosen(offers("1280x720@29.97", "640x480@30"), { fps: 30 }), "1280x720@29.97");
});

test("the driver gets back the very fraction that it offered", () => {
  const ntsc = {
    width: 640,
    height: 480,
    rates: { intervals: [{ numerator: 1001, denominator: 30000 }], continuous: false },
  };

  const { interval } = chooseMode([ntsc], { size: undefined, fps: 30 });

  assert.deepEqual(interval, { numerator: 1001, denominator: 30000 });
});

test("a continuous rate is met exactly, within its ends", () => {
  const intervals = [
    { numerator: 1, denominator: 60 },
    { numerator: 1, denominator: 5 },
  ];
  const any = [{ width: 640, height: 480, rates: { intervals, continuous: true } }];

  assert.equal(chosen(any, { fps: 12.5 }), "640x480@12.5");
  assert.equal(chosen(any, { fps: 200 }), "640x480@60");
  assert.equal(chosen(any, { fps: 1 }), "640x480@5");
});

test("a camera that tells nothing is asked for the wish, or for 1280x720 at 30", () => {
  assert.equal(chosen([]), "1280x720@30");
  assert.equal(chosen([], { size: { width: 640, height: 480 }, fps: 7.5 }), "640x480@7.5");
  assert.equal(chosen(offers("640x480@")), "640x480@30");
});

test("in a range of sizes each side goes to its nearest step", () => {
  const range = {
    min: { width: 160, height: 120 },
    max: { width: 1920, height: 1085 },
    step: { width: 16, height: 8 },
  };

  assert.deepEqual(nearestInRange(range, { width: 801, height: 603 }), { width: 800, height: 600 });
  assert.deepEqual(nearestInRange(range, { width: 16, height: 16 }), { width: 160, height: 120 });
  assert.deepEqual(nearestInRange(range, { width: 8000, height: 8000 }), { width: 1920, height: 1080 });
});

test("an option that a camera does not have is refused, and so is a rate out of range", () => {
  assert.throws(() => openCamera(parseAddress("camera:/dev/video0?speed=3")), {
    code: "ERR_OPTION_INVALID",
    message: 'camera: has no option "speed" (it has: fps, size)',
  });
  assert.throws(() => openCamera(parseAddress("camera:?fps=0")), {
    code: "ERR_OPTION_INVALID",
    message: 'camera: fps must be a number from 0.1 to 1000 (pictures a second), got "0"',
  });
});

test("the label is the device, as people write it", () => {
  assert.equal(openCamera(parseAddress("camera:/dev/video2?fps=5")).label, "camera /dev/video2");
  assert.equal(openCamera(parseAddress("camera:")).label, "camera (the first one)");
});

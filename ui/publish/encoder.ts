// A worker: a large picture takes some 20 ms to encode, and in a hidden page a canvas takes its time.
import type { EncodeOrder } from "./jpeg.ts";

const canvas = new OffscreenCanvas(1, 1);
const context = canvas.getContext("2d", { alpha: false });

/** Told a picture, its size as a JPEG and the quality; answers with the JPEG, or with null when it cannot. */
addEventListener("message", ({ data }: MessageEvent<EncodeOrder>) => {
  void encode(data).then(
    (jpeg) => postMessage(jpeg, { transfer: [jpeg] }),
    () => postMessage(null),
  );
});

async function encode({ picture, width, height, quality }: EncodeOrder): Promise<ArrayBuffer> {
  if (context === null) throw new Error("no canvas");
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  context.imageSmoothingQuality = "medium";
  context.drawImage(picture, 0, 0, width, height);
  picture.close();
  const blob = await canvas.convertToBlob({ type: "image/jpeg", quality });
  return blob.arrayBuffer();
}

/** Sizes by the numbers that a family has for them: pixels across and down. */
export type Sizes = Readonly<Record<number, readonly [width: number, height: number]>>;

/** Sizes by the names that cameras have for them. */
const NAMED: Readonly<Record<string, readonly [width: number, height: number]>> = {
  QQVGA: [160, 120],
  QCIF: [176, 144],
  QVGA: [320, 240],
  CIF: [352, 288],
  VGA: [640, 480],
  "4CIF": [704, 576],
  D1: [720, 576],
  SVGA: [800, 600],
  XGA: [1024, 768],
  HD: [1280, 720],
  SXGA: [1280, 1024],
  UXGA: [1600, 1200],
  FHD: [1920, 1080],
};

/** Foscam's numbers. */
export const FOSCAM_SIZES: Sizes = { 2: [160, 120], 8: [320, 240], 32: [640, 480] };

/** The frame sizes of ESP32-CAM firmware, by their numbers there. */
export const ESP32_SIZES: Sizes = {
  0: [96, 96],
  1: [160, 120],
  2: [128, 128],
  3: [176, 144],
  4: [240, 176],
  5: [240, 240],
  6: [320, 240],
  7: [320, 320],
  8: [400, 296],
  9: [480, 320],
  10: [640, 480],
  11: [800, 600],
  12: [1024, 768],
  13: [1280, 720],
  14: [1280, 1024],
  15: [1600, 1200],
};

/** Pixels across and down of `640x480`, of a named size or of a numbered one; undefined for anything else. */
export function sizeOf(text: string, numbered: Sizes): readonly [number, number] | undefined {
  const [, across, down] = /^(\d{1,6})[x*,](\d{1,6})$/i.exec(text) ?? [];
  if (across !== undefined && down !== undefined) return [Number(across), Number(down)];
  return NAMED[text.toUpperCase()] ?? (/^\d{1,6}$/.test(text) ? numbered[Number(text)] : undefined);
}

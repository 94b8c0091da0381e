import type { Crop, Variant } from "../../core/variant.ts";

/** A variant as parameters of an address, such as `width=640&quality=60`; empty where nothing is changed. */
export function variantText({ exif, rotate, ...others }: Variant): string {
  const turned = [exif === true ? "exif" : undefined, rotate].filter((part) => part !== undefined).join(":");
  return Object.entries({ ...others, rotate: turned === "" ? undefined : turned })
    .flatMap(([name, value]) => {
      if (value === undefined) return [];
      return value === true ? name : `${name}=${encodeURIComponent(valueText(value))}`;
    })
    .join("&");
}

function valueText(value: Crop | string | number): string {
  return typeof value === "object" ? [value.x, value.y, value.width, value.height].join(",") : String(value);
}

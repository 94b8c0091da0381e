import { liveAddress } from "../addresses.ts";
import { copyOnClick } from "../clipboard.ts";
import { fromTemplate, part, setText } from "../part.ts";
import { addressForOthers } from "./address.ts";

/** Shows where a stream can be watched. */
export function showAddresses(name: string): void {
  part(document, "addresses", HTMLElement).replaceChildren(
    addressRow("On Kinora's page", addressForOthers(`./#${name}`)),
    addressRow("The stream alone", addressForOthers(liveAddress(name))),
  );
}

function addressRow(kind: string, address: string): HTMLElement {
  const row = fromTemplate("address");
  setText(part(row, "kind", HTMLElement), kind);
  const link = part(row, "text", HTMLAnchorElement);
  setText(link, address);
  link.href = address;
  copyOnClick(part(row, "copy", HTMLButtonElement), () => address);
  return row;
}

import { announce } from "./announce.ts";

/** Makes a button copy what `text` returns, and say that it did. */
export function copyOnClick(button: HTMLButtonElement, text: () => string): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const show = (copied: boolean): void => {
    clearTimeout(timer);
    button.dataset["copied"] = copied ? "yes" : "no";
    timer = setTimeout(() => delete button.dataset["copied"], 2000);
    announce(copied ? "Copied" : "The browser did not allow copying");
  };
  button.addEventListener("click", () => void copyText(text()).then(show));
}

async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Browsers have no clipboard API on http:// pages of other machines, which is how Kinora is mostly seen.
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const before = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "unseen";
  // While a dialog is open only what is inside it can be selected.
  (document.querySelector("dialog[open]") ?? document.body).append(field);
  field.select();
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only way on an insecure page
  const copied = document.execCommand("copy");
  field.remove();
  if (before instanceof HTMLElement) before.focus();
  return copied;
}

/**
 * Breaks text into lines no wider than `width` (in the unit of `measure`), at blanks, and inside a word only where
 * it is wider than a line by itself. More than `maxLines` end in "…".
 */
export function wrapText(
  text: string,
  width: number,
  maxLines: number,
  measure: (text: string) => number,
): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/).filter((part) => part !== "")) {
    if (lines.length > maxLines) break;
    const longer = line === "" ? word : `${line} ${word}`;
    if (measure(longer) <= width) {
      line = longer;
      continue;
    }
    if (line !== "") lines.push(line);
    line = word;
    while (lines.length <= maxLines && measure(line) > width && Array.from(line).length > 1) {
      const head = longestHead(line, width, measure);
      lines.push(head);
      line = line.slice(head.length);
    }
  }
  if (line !== "") lines.push(line);
  if (lines.length <= maxLines) return lines;
  return [...lines.slice(0, maxLines - 1), clipText(`${lines[maxLines - 1] ?? ""}…`, width, measure)];
}

/** The text, or as much of its beginning as fits with "…" behind it. */
export function clipText(text: string, width: number, measure: (text: string) => number): string {
  if (measure(text) <= width) return text;
  const head = text.endsWith("…") ? text.slice(0, -1) : text;
  return `${longestHead(head, width - measure("…"), measure).trimEnd()}…`;
}

/** The longest beginning that fits, at least one character; a break behind "/" or the like is preferred near the end. */
function longestHead(text: string, width: number, measure: (text: string) => number): string {
  const chars = Array.from(text);
  let [count, tooMany] = [1, chars.length + 1];
  while (tooMany - count > 1) {
    const middle = (count + tooMany) >> 1;
    if (measure(chars.slice(0, middle).join("")) <= width) count = middle;
    else tooMany = middle;
  }
  const head = chars.slice(0, count).join("");
  const gap = /^(.*[/\\.,:;=&?_-])[^/\\.,:;=&?_-]{0,12}$/s.exec(head)?.[1];
  return count < chars.length && gap !== undefined && gap.length > head.length / 2 ? gap : head;
}

/** `[rtsp @ 0x5581] [error] method DESCRIBE failed`: who says it, how serious it is, what is said. */
const LINE = /^(?:\[[^\]]* @ [^\]]*\] ?)*(?:\[(panic|fatal|error|warning|info|verbose|debug)\] ?)?(.*)$/s;

/** Words that tell nothing of why it ended: about its output, about single pictures, or that there was more of the same. */
const EMPTY_WORDS =
  /^(?:Conversion failed!|Last message repeated|Exiting |Error opening input files?:? ?$|Press \[q\]|Error while decoding|Error submitting packet to decoder)/i;

/** Takes the errors, and words of unknown weight, out of ffmpeg's last lines; warnings where there is nothing else. */
export function lastWords(lines: readonly string[]): readonly string[] {
  const words = lines.map(wordsOf).filter(({ text }) => text !== "" && !EMPTY_WORDS.test(text));
  const errors = words.filter(({ level }) => !/^(warning|info|verbose|debug)$/.test(level));
  const told = errors.length > 0 ? errors : words.filter(({ level }) => level === "warning");
  const texts = told.map(({ text }) => text);
  return texts.filter((text, index) => texts.indexOf(text) === index);
}

/** One line of ffmpeg, without who says it and how serious it is. */
export function wordsOf(line: string): { readonly level: string; readonly text: string } {
  const [, level = "", text = ""] = LINE.exec(line.trim()) ?? [];
  return { level, text: text.trim() };
}

/**
 * Reads ffmpeg's words for the codec of the video stream that it has chosen: `mjpeg` of `Stream #0:0: Video: mjpeg …` and
 * `Stream #0:0 -> #0:0 (copy)`.
 * @param onVideo told once, before the first picture
 */
export function codecListener(onVideo: (codec: string) => void): (line: string) => void {
  const codecs = new Map<string, string>();
  let isTold = false;
  return (line) => {
    if (isTold) return;
    const { text } = wordsOf(line);
    const [, stream = "", codec = ""] = /^Stream #(0:\d+)\S* Video: (\w+)/.exec(text) ?? [];
    if (codec !== "" && codecs.size < MOST_STREAMS) codecs.set(stream, codec);
    const chosen = codecs.get(/^Stream #(0:\d+)\S* -> #0:0/.exec(text)?.[1] ?? "");
    if (chosen === undefined) return;
    isTold = true;
    onVideo(chosen);
  };
}

/** Streams of one input that are looked at. */
const MOST_STREAMS = 100;

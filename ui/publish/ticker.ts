// A worker: its timers keep their time while the page is hidden.

let timer: ReturnType<typeof setInterval> | undefined;

/** Told how many ms from one tick to the next; 0 for none. */
addEventListener("message", ({ data }: MessageEvent<number>) => {
  clearInterval(timer);
  if (data > 0) timer = setInterval(() => postMessage(null), data);
});

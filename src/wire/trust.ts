/** So many pictures in a row, two thirds of a second of video, show what a sender does. */
const ENOUGH = 20;

/**
 * How far a sender is believed. Looking at every byte of a picture takes most of the time of reading it, so it is done
 * until a row of pictures has ended exactly where it should, and again after every surprise.
 */
export class Trust {
  #right = 0;

  /** Whether the last pictures were all as they should be. */
  get earned(): boolean {
    return this.#right >= ENOUGH;
  }

  /** A picture ended where it should. */
  confirm(): void {
    this.#right++;
  }

  /** Something else came: a cut picture, a wrong length, a part that is no picture. */
  lose(): void {
    this.#right = 0;
  }
}

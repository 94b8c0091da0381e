/** What happened to a viewer since the measurement before. */
export interface Measurement {
  /** When it was taken, in milliseconds of a clock that never goes back. */
  readonly atMs: number;
  /** Milliseconds since the one before. */
  readonly spanMs: number;
  /** Frames handed to its connection. */
  readonly frames: number;
  /** Frames it skipped because a newer one came. */
  readonly drops: number;
  /** For how long of the time a frame was waiting, in milliseconds. */
  readonly waitedMs: number;
  /** Bytes that the connection took a second. */
  readonly bytesASecond: number;
  /** What the connection could take, in bytes a second; undefined where nobody can tell. */
  readonly roomASecond: number | undefined;
  /** Whether the line had nothing to carry when the measurement was taken: whatever is late then, the line is not. */
  readonly isIdle: boolean;
}

/** At most one change in so long. */
const REST_MS = 5_000;
/** A step up that gets into trouble within so long has failed: the next one waits twice as long, a minute at most. */
const TRIAL_MS = 10_000;
const LONGEST_PAUSE_MS = 60_000;
/** A line that has become so many times faster since it was full is another line: nothing is waited for. */
const NEWS = 3;
/** A step up is at most to so many times what the line takes now: of what was never tried, little is known. */
const MOST_TIMES_UP = 10;
/** Of the pictures offered, or of the time: more than this dropped, or waited for, is trouble. */
const TROUBLE = 0.15;
/** As many measurements in a row decide that there is trouble: one may be a hiccup. */
const DECIDING = 2;
/** Of what a line was seen to take, so much is used: it is never steady, and pictures are to pass it one by one. */
const USED_DOWN = 0.85;
/** Less on the way up, which costs more when it is wrong: what fits on the way up must not be trouble afterwards. */
const USED_UP = 0.75;
/** The least of so many measurements is what there is room for. */
const ROOMS = 3;
/**
 * For how long after a change no more room is believed in than the line had when it was full, be it not so much more that
 * it is another line: of a full line it is known what it carries, of any other it is guessed.
 */
const DOUBTING_MS = 20_000;
/** A line that has so many times the room that it usually had on this rung has returned, */
const RETURNED = 1.8;
/** and has so many times more than it shows: what makes all round trips longer hides it, of small pictures most. */
const HIDDEN = 3;
/** From so long after a change it is seen what is usual: round trips become shorter gradually. */
const SETTLING_MS = 3_000;
/** How much of each measurement goes into what is usual. */
const SHARE_OF_NEW = 0.1;
/** How long all must have gone well before a step up. */
const CALM_MS = 1_000;
/** The same where nobody can tell what the line has room for. */
const BLIND_CALM_MS = 3_000;
/** After so long without trouble one step up is tried, against what was measured: a shaky line looks slower than it is. */
const DOUBT_MS = 60_000;

/**
 * Decides on which rung of its ladder a viewer stands, from the highest, 0, down. Pure: it is fed with measurements, and
 * told what became of its decisions.
 */
export class RungChoice {
  #rung = 0;
  #changedAt = -Infinity;
  #trial: { readonly roomASecond: number } | undefined;
  #pauseMs = REST_MS;
  #failedRoom = 0;
  /** What the line carried when it was full, in bytes a second. */
  #fullASecond = Infinity;
  #rooms: readonly number[] = [];
  #usualRoom: number | undefined;
  #calmSince: number | undefined;
  #troubled: readonly Measurement[] = [];

  /** The rung it stands on. */
  get rung(): number {
    return this.#rung;
  }

  /** Whether the last change is long enough ago for another. */
  mayChange(atMs: number): boolean {
    return atMs - this.#changedAt >= REST_MS;
  }

  /**
   * The rung it is to stand on from now.
   * @param rates gives the bytes a second of each rung, as far as they are known
   */
  choose(measured: Measurement, rates: () => readonly number[]): number {
    const { atMs, frames, drops } = measured;
    if (isTrouble(measured)) {
      this.#calmSince = undefined;
      this.#rooms = [];
      this.#troubled = [...this.#troubled, measured].slice(-DECIDING);
      return this.#troubled.length < DECIDING ? this.#rung : this.#lower(atMs, rates);
    }
    this.#troubled = [];
    if (this.#trial !== undefined && atMs - this.#changedAt >= TRIAL_MS) this.#succeed();
    if (drops > 0.05 * (frames + drops)) this.#calmSince = undefined;
    else this.#calmSince ??= atMs - measured.spanMs;
    if (measured.roomASecond !== undefined) this.#note(measured.roomASecond, atMs);
    return this.#rung === 0 || !this.mayChange(atMs) ? this.#rung : this.#higher(measured, rates);
  }

  /** It stands on that rung now. */
  moved(rung: number, { atMs }: Measurement): void {
    this.#trial = rung < this.#rung ? { roomASecond: Math.min(...this.#rooms) } : undefined;
    this.#rung = rung;
    this.#changedAt = atMs;
    this.#calmSince = undefined;
    this.#rooms = [];
    this.#usualRoom = undefined;
    this.#troubled = [];
  }

  /** It could not be moved, and stays: not tried again soon. */
  refused({ atMs }: Measurement): void {
    this.#changedAt = atMs;
  }

  #note(roomASecond: number, atMs: number): void {
    const [oldest] = this.#rooms;
    if (oldest !== undefined && this.#rooms.length === ROOMS && atMs - this.#changedAt >= SETTLING_MS) {
      const usual = this.#usualRoom ?? oldest;
      this.#usualRoom = usual + SHARE_OF_NEW * (oldest - usual);
    }
    this.#rooms = [...this.#rooms, roomASecond].slice(-ROOMS);
  }

  #lower(atMs: number, rates: () => readonly number[]): number {
    if (this.#trial !== undefined) this.#fail(this.#trial.roomASecond);
    const taken = this.#troubled.map(({ bytesASecond }) => bytesASecond);
    const least = Math.min(...taken);
    const bytes = least > 0 ? least : Math.max(...taken) / DECIDING;
    // It takes nothing at all: smaller pictures help nobody, and whether it is still there is asked elsewhere.
    if (bytes === 0) return this.#rung;
    this.#fullASecond = bytes;
    if (!this.mayChange(atMs)) return this.#rung;
    const all = rates();
    const lowest = Math.max(this.#rung, all.length - 1);
    const fitting = all.findIndex((rate, rung) => rung > this.#rung && rate <= USED_DOWN * bytes);
    return fitting === -1 ? lowest : fitting;
  }

  #higher({ atMs, roomASecond, bytesASecond }: Measurement, rates: () => readonly number[]): number {
    const calmMs = this.#calmSince === undefined ? 0 : atMs - this.#calmSince;
    const hasPaused = atMs - this.#changedAt >= this.#pauseMs;
    if (roomASecond === undefined) {
      return hasPaused && calmMs >= BLIND_CALM_MS ? Math.floor(this.#rung / 2) : this.#rung;
    }
    const room = Math.min(...this.#rooms);
    const isNews = room >= NEWS * Math.max(this.#fullASecond, this.#failedRoom);
    if (this.#rooms.length < ROOMS || calmMs < CALM_MS || !(hasPaused || isNews)) return this.#rung;
    const hasReturned = room >= RETURNED * (this.#usualRoom ?? Infinity);
    const isBelieved = isNews || atMs - this.#changedAt >= DOUBTING_MS;
    const likely = isBelieved ? room : Math.min(room, this.#fullASecond);
    const believed = hasReturned ? HIDDEN * room : likely;
    const most = Math.min(USED_UP * believed, MOST_TIMES_UP * bytesASecond);
    const fitting = rates().findIndex((rate) => rate <= most);
    if (fitting !== -1 && fitting < this.#rung) return fitting;
    return hasPaused && calmMs >= DOUBT_MS ? this.#rung - 1 : this.#rung;
  }

  #succeed(): void {
    this.#trial = undefined;
    this.#pauseMs = REST_MS;
    this.#failedRoom = 0;
  }

  #fail(roomASecond: number): void {
    this.#trial = undefined;
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * this.#pauseMs);
    this.#failedRoom = Math.max(this.#failedRoom, roomASecond);
  }
}

/** Frames that are dropped while none had to wait long came in a burst, which is the source's doing. */
function isTrouble({ spanMs, frames, drops, waitedMs, isIdle }: Measurement): boolean {
  return !isIdle && drops > TROUBLE * (frames + drops) && waitedMs > TROUBLE * spanMs;
}

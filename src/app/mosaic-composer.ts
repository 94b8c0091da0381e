import type { CapturedImage, Frame } from "../core/frame.ts";
import type { MosaicWish } from "../delivery/mosaics.ts";
import { openMosaic, type MosaicCanvas } from "../images/compose-mosaic.ts";
import { layoutMosaic } from "../images/mosaic-layout.ts";
import type { StreamStatus } from "../wire/api-types.ts";
import { ENCODE_TURNS } from "./turns.ts";

/** A stream in a mosaic. */
export interface Member {
  /** Its newest picture, a placeholder included. */
  readonly newest: Frame | undefined;
  /** Wishes for its pictures. Returns the function that takes the wish back. */
  watch(): () => void;
  /** What it is doing. */
  status(): StreamStatus;
}

/** The streams there are, by their names. */
export type Members = () => ReadonlyMap<string, Member>;

/** Most streams in a mosaic of all there are. */
const MOST_CELLS = 36;
/** Cells that ask for a turn at once: a mosaic of many leaves turns to others. */
const AT_ONCE = 3;

interface Cell {
  readonly name: string;
  member: Member | undefined;
  release: () => void;
  /** The picture or the words that it holds. */
  shown: Uint8Array | string | undefined;
  isWaiting: boolean;
}

/** The streams of one mosaic that is watched, and the canvas that they are drawn on. */
export class MosaicComposer {
  readonly #wish: MosaicWish;
  readonly #members: Members;
  #cells: readonly Cell[] = [];
  #canvas: MosaicCanvas | undefined;
  #isClosed = false;

  constructor(wish: MosaicWish, members: Members) {
    this.#wish = wish;
    this.#members = members;
  }

  /** Whether no cell waits for a stream's first picture, as far as the last composition knew. */
  get isComplete(): boolean {
    return this.#cells.every(({ isWaiting }) => !isWaiting);
  }

  /**
   * Composes the newest pictures there are; undefined where no cell has changed. Not before the last call has ended, and
   * not after {@link close}.
   * @throws MjpegError `ERR_MODULE_MISSING`
   */
  async compose(): Promise<CapturedImage | undefined> {
    const isNew = this.#follow();
    const canvas = await this.#canvasOf(isNew);
    const changes = await this.#update(canvas);
    if (this.#isClosed || (changes.length === 0 && !isNew)) return undefined;
    const jpeg = await inTurn(() => canvas.encode(this.#wish.quality));
    return { jpeg, capturedAt: changes.length === 0 ? Date.now() : Math.max(...changes) };
  }

  /** Lets its streams sleep. What is being composed ends soon, without a picture. */
  close(): void {
    this.#isClosed = true;
    for (const cell of this.#cells) cell.release();
    this.#cells = [];
  }

  /** Streams come, go and change their sources while they are shown. Returns whether the cells are others now. */
  #follow(): boolean {
    const members = this.#members();
    const names = this.#wish.streams ?? [...members.keys()].slice(0, MOST_CELLS);
    const isNew =
      this.#canvas === undefined ||
      names.length !== this.#cells.length ||
      this.#cells.some(({ name }, index) => name !== names[index]);
    const before = this.#cells;
    if (isNew) this.#cells = names.map(emptyCell);
    for (const cell of this.#cells) {
      const member = members.get(cell.name);
      if (member === cell.member) continue;
      cell.release();
      cell.member = member;
      cell.release = member?.watch() ?? nothing;
    }
    // Only now, so that what stays is not without a watcher in between.
    if (isNew) for (const cell of before) cell.release();
    return isNew;
  }

  async #canvasOf(isNew: boolean): Promise<MosaicCanvas> {
    if (this.#canvas !== undefined && !isNew) return this.#canvas;
    // First out of memory, then the next.
    this.#canvas = undefined;
    const names = this.#cells.map(({ name }) => name);
    const layout = layoutMosaic(names.length, this.#wish.columns, this.#wish.width);
    this.#canvas = await openMosaic(layout, names);
    return this.#canvas;
  }

  /** Draws what has changed. Returns when that was captured. */
  async #update(canvas: MosaicCanvas): Promise<number[]> {
    const cells = this.#cells.entries();
    const changes: number[] = [];
    const drawNext = async () => {
      for (const [index, cell] of cells) {
        if (this.#isClosed) return;
        if (look(cell).shows === cell.shown) continue;
        await inTurn(async () => {
          if (this.#isClosed) return;
          const { shows, capturedAt } = look(cell);
          cell.shown = shows;
          if (await draw(canvas, index, shows)) changes.push(capturedAt);
        });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, drawNext));
    return changes;
  }
}

/** Works when it is its turn among all that decode and encode. */
async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  const release = await ENCODE_TURNS.next();
  return work().finally(release);
}

function emptyCell(name: string): Cell {
  return { name, member: undefined, release: nothing, shown: undefined, isWaiting: true };
}

/** What a cell should hold now. */
function look(cell: Cell): { readonly shows: Uint8Array | string; readonly capturedAt: number } {
  const words = wordsFor(cell);
  const newest = cell.member?.newest;
  if (words !== undefined || newest === undefined) return { shows: words ?? "", capturedAt: Date.now() };
  return { shows: newest.jpeg, capturedAt: newest.capturedAt };
}

/** Why a cell has no picture; undefined where it has one. */
function wordsFor(cell: Cell): string | undefined {
  const { member } = cell;
  const status = member?.status();
  const isLive = status?.state === "live" && member?.newest !== undefined;
  cell.isWaiting = status !== undefined && !isLive && isAwaited(status);
  if (member === undefined || status === undefined) return "there is no stream of this name now";
  if (status.state === "ended") return "has ended";
  if (member.newest !== undefined) return undefined;
  return status.reason ?? "waiting for its first picture";
}

function isAwaited({ state }: StreamStatus): boolean {
  return state === "idle" || state === "starting" || state === "live";
}

async function draw(canvas: MosaicCanvas, index: number, shows: Uint8Array | string): Promise<boolean> {
  try {
    await (typeof shows === "string" ? canvas.tell(index, shows) : canvas.show(index, shows));
    return true;
  } catch {
    // A picture that cannot be decoded is left out: the next one may be better.
    return false;
  }
}

function nothing(): void {
  // A cell without a stream holds no wish.
}

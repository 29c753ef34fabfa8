/** One wearer's angles on the page: the latest, and the last minute for the chart. */
import type { AnglesMessage, TrailView } from '../../wire.ts';

const TRACK_MS = 60_000;
/** Points further apart have missing data between them; they are not joined. */
const GAP_MS = 1500;
/** After this long without a new sample the wearer counts as not seen. */
const UNSEEN_MS = 3000;

export interface TrackPoints {
  /** Seconds before now, negative. */
  readonly agoS: number[];
  /** null: a gap. */
  readonly flexionDeg: (number | null)[];
}

export class AngleTrack {
  latest: AnglesMessage;
  /** The page's clock when the latest sample arrived. */
  arrivedMs: number;
  readonly #tMs: number[] = [];
  readonly #flexionDeg: number[] = [];

  constructor(first: AnglesMessage, arrivedMs: number) {
    this.latest = first;
    this.arrivedMs = arrivedMs;
    this.push(first, arrivedMs);
  }

  push(message: AnglesMessage, arrivedMs: number): void {
    this.latest = message;
    this.arrivedMs = arrivedMs;
    const lastMs = this.#tMs.at(-1);
    // A restarted replay begins anew.
    if (lastMs !== undefined && message.tMs < lastMs) this.#clear();
    if (message.tMs !== this.#tMs.at(-1)) {
      this.#tMs.push(message.tMs);
      this.#flexionDeg.push(message.flexionDeg);
    }
    this.#forgetBefore(message.tMs - TRACK_MS - GAP_MS);
  }

  /** What the service still held of the last minute: replaces what this page has of it. */
  restore(trail: TrailView): void {
    const { tMs, flexionDeg } = this.latest;
    this.#clear();
    for (const [i, afterMs] of trail.afterMs.entries()) {
      this.#tMs.push(trail.startMs + afterMs);
      this.#flexionDeg.push(trail.flexionDeg[i] ?? Number.NaN);
    }
    if ((this.#tMs.at(-1) ?? -Infinity) < tMs) {
      this.#tMs.push(tMs);
      this.#flexionDeg.push(flexionDeg);
    }
  }

  isSeen(nowMs: number): boolean {
    return nowMs - this.arrivedMs < UNSEEN_MS;
  }

  /** The moment on the sample clock that the page's `nowMs` stands for. */
  sampleNowMs(nowMs: number): number {
    return this.latest.tMs + (this.isSeen(nowMs) ? 0 : nowMs - this.arrivedMs);
  }

  points(nowMs: number): TrackPoints {
    const endMs = this.sampleNowMs(nowMs);
    const agoS: number[] = [];
    const flexionDeg: (number | null)[] = [];
    let lastMs: number | undefined;
    for (const [i, tMs] of this.#tMs.entries()) {
      if (tMs < endMs - TRACK_MS) continue;
      if (lastMs !== undefined && tMs - lastMs > GAP_MS) {
        agoS.push((lastMs + 1 - endMs) / 1000);
        flexionDeg.push(null);
      }
      agoS.push((tMs - endMs) / 1000);
      flexionDeg.push(this.#flexionDeg[i] ?? null);
      lastMs = tMs;
    }
    return { agoS, flexionDeg };
  }

  #clear(): void {
    this.#tMs.length = 0;
    this.#flexionDeg.length = 0;
  }

  #forgetBefore(tMs: number): void {
    const keep = this.#tMs.findIndex((t) => t >= tMs);
    if (keep > 0) {
      this.#tMs.splice(0, keep);
      this.#flexionDeg.splice(0, keep);
    }
  }
}

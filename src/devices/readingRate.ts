/** The rate of a sensor that nobody has set, from the stamps of its samples: phones measure at 50, 77, 100.6 or 209 Hz. Pure. */

const MOST_INTERVALS = 128;
const LEAST_INTERVALS = 20;
const LEAST_SPAN_US = 1e6;
/** Intervals that are further from the median than this are holes or doubles, not the rhythm. */
const RHYTHM_RATIO = 0.5;

export class ReadingRate {
  #intervalsUs: number[] = [];
  #lastUs = NaN;
  #spanUs = 0;

  push(tickUs: number): void {
    const intervalUs = tickUs - this.#lastUs;
    this.#lastUs = tickUs;
    if (!(intervalUs > 0)) return;
    this.#spanUs += intervalUs;
    this.#intervalsUs.push(intervalUs);
    if (this.#intervalsUs.length > MOST_INTERVALS) this.#intervalsUs.shift();
  }

  /** Since the first sample. */
  get spanUs(): number {
    return this.#spanUs;
  }

  /** To a tenth of a hertz; undefined until a second of samples has been seen. */
  get rateHz(): number | undefined {
    if (this.#intervalsUs.length < LEAST_INTERVALS || this.#spanUs < LEAST_SPAN_US) return undefined;
    const sorted = [...this.#intervalsUs].sort((a, b) => a - b);
    const median = sorted[sorted.length >> 1];
    const rhythm = sorted.filter((interval) => Math.abs(interval - median) <= RHYTHM_RATIO * median);
    const meanUs = rhythm.reduce((sum, interval) => sum + interval, 0) / rhythm.length;
    return Math.round(1e7 / meanUs) / 10;
  }
}

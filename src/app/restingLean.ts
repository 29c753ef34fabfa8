/**
 * How the wearer holds the trunk at rest: the median lean from the own upright, by hour and in all. Sinking forward over the day or over
 * weeks is the slump trend; one sensor's error is about 5° [E:BAILES24], so smaller changes say nothing.
 *
 * In    seconds of one sensor   Out   medians to half a degree; of hours with at least five minutes at rest
 */
import type { SecondSummary } from '../motion/index.ts';

const LOWEST_DEG = -45;
const HIGHEST_DEG = 90;
const STEP_DEG = 0.5;
const LEAST_S = 300;
/** At rest: sitting or standing, the trunk neither bends nor is shaken. */
const MOST_RATE_DPS = 15;
const MOST_MOVEMENT_G = 0.03;

class Histogram {
  readonly #counts = new Uint32Array((HIGHEST_DEG - LOWEST_DEG) / STEP_DEG);
  seconds = 0;

  add(deg: number): void {
    const bin = Math.floor((deg - LOWEST_DEG) / STEP_DEG);
    if (bin < 0 || bin >= this.#counts.length) return;
    this.#counts[bin]++;
    this.seconds++;
  }

  get medianDeg(): number {
    let seen = 0;
    const bin = this.#counts.findIndex((count) => (seen += count) >= this.seconds / 2);
    return LOWEST_DEG + (bin + 0.5) * STEP_DEG;
  }
}

export class RestingLean {
  readonly #all = new Histogram();
  readonly #byHour = new Map<number, Histogram>();

  /** @param hour of the day, or of the recording where its calendar is not known */
  addSecond({ values, activity }: SecondSummary, hour: number): void {
    const { flexionDeg, flexionRateMaxDps = 0, movementG = 0 } = values;
    const isAtRest = activity === 'upright' && flexionRateMaxDps < MOST_RATE_DPS && movementG < MOST_MOVEMENT_G;
    if (flexionDeg === undefined || !isAtRest) return;
    let ofHour = this.#byHour.get(hour);
    if (!ofHour) {
      ofHour = new Histogram();
      this.#byHour.set(hour, ofHour);
    }
    ofHour.add(flexionDeg);
    this.#all.add(flexionDeg);
  }

  toJson(): { restingS: number; medianDeg: number | null; byHourDeg: Record<string, number> } {
    const hours = [...this.#byHour].filter(([, { seconds }]) => seconds >= LEAST_S).toSorted(([a], [b]) => a - b);
    return {
      restingS: this.#all.seconds,
      medianDeg: this.#all.seconds >= LEAST_S ? this.#all.medianDeg : null,
      byHourDeg: Object.fromEntries(hours.map(([hour, histogram]) => [String(hour), histogram.medianDeg])),
    };
  }
}

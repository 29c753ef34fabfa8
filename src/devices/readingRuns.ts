/** Samples with a stamp each → parts of evenly spaced samples with one stamp; a hole begins a new part. Pure. */
import { SampleFlag } from '../model/block.ts';
import { mps2FromG, radFromDeg } from '../model/units.ts';
import type { ImuPart } from './define.ts';
import type { Reading } from './sensorLoggerMessage.ts';

/** A longer run would wander from its stamp by the error of the rate. */
const LONGEST_RUN = 64;
/** How much of a stamp's deviation the expected rhythm follows. */
const FOLLOW_RATIO = 0.2;
/** In periods: closer to the one before is a double; later than expected by so much, one is missing between. Stamps jitter. */
const DOUBLE_RATIO = 0.25;
const HOLE_RATIO = 0.75;
/** Beyond what the chips of phones measure (±16 g, ±2000 deg/s), with room for calibration. */
const IMPLAUSIBLE = { acc: mps2FromG(18), gyr: radFromDeg(2200) } as const;

/** @param readings in the order of time. A sample that is much too close to the one before it is a double, and left out. */
export function readingRuns(quantity: ImuPart['quantity'], readings: readonly Reading[], rateHz: number): ImuPart[] {
  const periodUs = 1e6 / rateHz;
  const runs: Reading[][] = [];
  let lastUs = -Infinity;
  let expectedUs = -Infinity;
  for (const reading of readings) {
    const { tickUs } = reading;
    if (tickUs - lastUs < DOUBLE_RATIO * periodUs) continue;
    lastUs = tickUs;
    const follows = tickUs - expectedUs < HOLE_RATIO * periodUs;
    const run = runs.at(-1);
    if (run && follows && run.length < LONGEST_RUN) run.push(reading);
    else runs.push([reading]);
    expectedUs = periodUs + (follows ? expectedUs + FOLLOW_RATIO * (tickUs - expectedUs) : tickUs);
  }
  return runs.map((run) => partOf(quantity, run, periodUs));
}

/** The stamps of all samples of a run say when its first one was taken, not only its own. */
function partOf(quantity: ImuPart['quantity'], run: readonly Reading[], periodUs: number): ImuPart {
  const n = run.length;
  const [{ tickUs: firstUs }] = run;
  const aheadUs = run.reduce((sum, { tickUs }, i) => sum + (tickUs - firstUs - i * periodUs), 0) / n;
  const values = new Float64Array(3 * n);
  const flags = new Uint8Array(n);
  run.forEach(({ xyz }, i) => {
    const isWhole = xyz.every(Number.isFinite);
    values.set(isWhole ? xyz : [NaN, NaN, NaN], 3 * i);
    if (isWhole && xyz.some((value) => Math.abs(value) > IMPLAUSIBLE[quantity])) flags[i] |= SampleFlag.implausible;
  });
  return { quantity, n, tick: Math.round(firstUs + aheadUs), values, flags };
}

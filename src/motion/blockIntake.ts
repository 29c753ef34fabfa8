/**
 * Samples of a block into the frame: turned to segment axes, what cannot be used marked as missing, gaps marked and reported.
 *
 * In    `ImuBlock`s of one sensor in time order (sensor frame, SI)
 * Out   frame.tS, stepS, marks, flags, acc, accSizeMps2, gyr
 * Gaps  longer than 1.5 sample periods are marked and reported (`gap` events); beyond 0.5 s all filters start anew.
 *       Samples without a number, or with one that no wearable can measure, are missing.
 */
import { type ImuBlock, SampleFlag } from '../model/block.ts';
import { motionEventId } from '../model/event.ts';
import type { Calibration } from '../model/person.ts';
import { Mark, type MotionFrame } from './motionFrame.ts';
import type { EmitEvent } from './operator.ts';

/** A step longer than this many sample periods is a gap. */
const GAP_PERIODS = 1.5;
/** Filters start anew after a gap longer than this. */
const RESTART_S = 0.5;
/** Beyond the widest ranges on the market, 200 g and 4000 °/s. */
const MOST_ACC_MPS2 = 2000;
const MOST_GYR_RADPS = 100;

export class BlockIntake {
  readonly #periodS: number;
  readonly #hasGyroscope: boolean;
  /** Time of the last sample that was there, s; an array, because a number that changes at every sample would be boxed. */
  readonly #clock = Float64Array.of(NaN);
  #mount: Calibration['mount'];

  constructor(rateHz: number, hasGyroscope: boolean, mount: Calibration['mount']) {
    this.#periodS = 1 / rateHz;
    this.#hasGyroscope = hasGyroscope;
    this.#mount = mount;
  }

  set mount(mount: Calibration['mount']) {
    const isOther = mount.some((m, i) => m !== this.#mount[i]);
    this.#mount = mount;
    // A changed mount turns the body frame: orientation has to start anew.
    if (isOther) this.#clock[0] = NaN;
  }

  snapshot(): { lastS: number; mount: Calibration['mount'] } {
    return { lastS: this.#clock[0], mount: this.#mount };
  }

  restore({ lastS, mount }: { lastS: number; mount: Calibration['mount'] }): void {
    this.#clock[0] = lastS;
    this.#mount = mount;
  }

  /** Samples [from, to) of the block. */
  fill(block: ImuBlock, from: number, to: number, frame: MotionFrame, emit: EmitEvent): void {
    const n = to - from;
    frame.n = n;
    const gyr = this.#hasGyroscope ? block.gyrRadps : undefined;
    turn(this.#mount, block.accMps2, 3 * from, frame.acc, n);
    if (gyr) turn(this.#mount, gyr, 3 * from, frame.gyr, n);
    else frame.gyr.fill(NaN, 0, 3 * n);
    const { tS, flags } = frame;
    for (let i = 0; i < n; i++) {
      tS[i] = block.tS[from + i];
      flags[i] = block.flags[from + i];
    }
    this.#mark(frame, emit);
  }

  /** A missing sample leaves the clock where it was, so that the next good one sees how long nothing was known. */
  #mark({ n, tS, stepS, marks, flags, acc, accSizeMps2, gyr }: MotionFrame, emit: EmitEvent): void {
    const periodS = this.#periodS;
    const mostStepS = GAP_PERIODS * periodS;
    const hasGyroscope = this.#hasGyroscope;
    let lastS = this.#clock[0];
    for (let i = 0; i < n; i++) {
      const accSquared = squared(acc, 3 * i);
      accSizeMps2[i] = Math.sqrt(accSquared);
      stepS[i] = periodS;
      marks[i] = 0;
      // No number, or one that no wearable can measure: nothing of it may reach the filters, which would keep it for long.
      const isThere =
        accSquared <= MOST_ACC_MPS2 ** 2 &&
        (!hasGyroscope || squared(gyr, 3 * i) <= MOST_GYR_RADPS ** 2) &&
        (flags[i] & SampleFlag.implausible) === 0 &&
        Math.abs(tS[i]) < Infinity;
      if (!isThere) {
        marks[i] = Mark.missing;
        continue;
      }
      const startS = lastS;
      const sinceS = tS[i] - startS;
      lastS = tS[i];
      if (sinceS > 0 && sinceS <= mostStepS) continue;
      const isRestart = !(sinceS > 0 && sinceS <= RESTART_S);
      marks[i] = isRestart ? Mark.restart | Mark.gapBefore : Mark.gapBefore;
      if (!isRestart) stepS[i] = sinceS;
      if (sinceS > 0) tellGap(startS, lastS, emit);
    }
    this.#clock[0] = lastS;
  }
}

function tellGap(startS: number, endS: number, emit: EmitEvent): void {
  emit({
    id: motionEventId('gap', startS),
    type: 'gap',
    startS,
    endS,
    decidedS: endS,
    confidence: 1,
    reason: 'no samples',
  });
}

/** Sensor axes → segment axes, n samples from index `start` of `from`. */
function turn(mount: Calibration['mount'], from: Float64Array, start: number, to: Float64Array, n: number): void {
  const xx = mount[0];
  const xy = mount[1];
  const xz = mount[2];
  const yx = mount[3];
  const yy = mount[4];
  const yz = mount[5];
  const zx = mount[6];
  const zy = mount[7];
  const zz = mount[8];
  for (let o = 0; o < 3 * n; o += 3) {
    const x = from[start + o];
    const y = from[start + o + 1];
    const z = from[start + o + 2];
    to[o] = xx * x + xy * y + xz * z;
    to[o + 1] = yx * x + yy * y + yz * z;
    to[o + 2] = zx * x + zy * y + zz * z;
  }
}

/** |v|²; NaN when a part is. */
function squared(v: Float64Array, i: number): number {
  return v[i] * v[i] + v[i + 1] * v[i + 1] + v[i + 2] * v[i + 2];
}

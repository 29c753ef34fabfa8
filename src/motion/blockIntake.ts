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
import { FRAME_CAPACITY, Mark, type MotionFrame } from './motionFrame.ts';
import type { EmitEvent } from './operator.ts';

/** A step longer than this many sample periods is a gap. */
const GAP_PERIODS = 1.5;
/** Filters start anew after a gap longer than this. */
const RESTART_S = 0.5;
/** Beyond the widest ranges on the market, 200 g and 4000 °/s. */
const MOST_ACC_MPS2 = 2000;
const MOST_GYR_RADPS = 100;

/** Working memory of one call, shared by all streams: |gyr|. */
const GYR_SIZE_RADPS = new Float64Array(FRAME_CAPACITY);

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
    frame.n = to - from;
    const gyr = this.#hasGyroscope ? block.gyrRadps : undefined;
    turn(this.#mount, block.accMps2, from, frame.acc, frame.accSizeMps2, frame.n);
    if (gyr) turn(this.#mount, gyr, from, frame.gyr, GYR_SIZE_RADPS, frame.n);
    else {
      frame.gyr.fill(NaN, 0, 3 * frame.n);
      // A device that has one, and a block without: missing.
      GYR_SIZE_RADPS.fill(this.#hasGyroscope ? NaN : 0);
    }
    this.#mark(block, from, frame, emit);
  }

  /** A missing sample leaves the clock where it was, so that the next good one sees how long nothing was known. */
  #mark(block: ImuBlock, from: number, frame: MotionFrame, emit: EmitEvent): void {
    const { n, tS, stepS, marks, flags, accSizeMps2 } = frame;
    const { tS: blockS, flags: blockFlags } = block;
    const periodS = this.#periodS;
    const mostStepS = GAP_PERIODS * periodS;
    let lastS = this.#clock[0];
    for (let i = 0; i < n; i++) {
      const nowS = blockS[from + i];
      const bits = blockFlags[from + i];
      tS[i] = nowS;
      flags[i] = bits;
      stepS[i] = periodS;
      marks[i] = 0;
      // No number, or one that no wearable can measure: nothing of it may reach the filters, which would keep it for long.
      const isThere =
        accSizeMps2[i] <= MOST_ACC_MPS2 &&
        GYR_SIZE_RADPS[i] <= MOST_GYR_RADPS &&
        (bits & SampleFlag.implausible) === 0 &&
        Math.abs(nowS) < Infinity;
      if (!isThere) {
        marks[i] = Mark.missing;
        continue;
      }
      const startS = lastS;
      const sinceS = nowS - startS;
      lastS = nowS;
      if (sinceS > 0 && sinceS <= mostStepS) continue;
      const isRestart = !(sinceS > 0 && sinceS <= RESTART_S);
      marks[i] = isRestart ? Mark.restart | Mark.gapBefore : Mark.gapBefore;
      if (!isRestart) stepS[i] = sinceS;
      if (sinceS > 0) tellGap(startS, nowS, emit);
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

/** Sensor axes → segment axes, n samples from the block's sample `first`, and their sizes; NaN when a part is. */
function turn(
  mount: Calibration['mount'],
  from: Float64Array,
  first: number,
  to: Float64Array,
  sizes: Float64Array,
  n: number,
): void {
  const xx = mount[0];
  const xy = mount[1];
  const xz = mount[2];
  const yx = mount[3];
  const yy = mount[4];
  const yz = mount[5];
  const zx = mount[6];
  const zy = mount[7];
  const zz = mount[8];
  for (let i = 0; i < n; i++) {
    const x = from[3 * (first + i)];
    const y = from[3 * (first + i) + 1];
    const z = from[3 * (first + i) + 2];
    const turnedX = xx * x + xy * y + xz * z;
    const turnedY = yx * x + yy * y + yz * z;
    const turnedZ = zx * x + zy * y + zz * z;
    to[3 * i] = turnedX;
    to[3 * i + 1] = turnedY;
    to[3 * i + 2] = turnedZ;
    sizes[i] = Math.sqrt(turnedX * turnedX + turnedY * turnedY + turnedZ * turnedZ);
  }
}

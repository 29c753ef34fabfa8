/** How far the vertical that the motion core finds is from the true one, with the gyroscope and without it. */
import { emptyBlock, type ImuBlock } from '../../src/model/block.ts';
import { degFromRad } from '../../src/model/units.ts';
import { TrunkMotion } from '../../src/motion/index.ts';
import { STRAIGHT } from '../motion/trunkRun.ts';

/** Up in the frame of the block at one sample, unit; undefined: not known, or not to be judged. */
export type TrueUp = (i: number) => ArrayLike<number> | undefined;

export interface VerticalErrors {
  readonly rmsDeg: number;
  readonly p95Deg: number;
}

export function verticalErrors(block: ImuBlock, hasGyroscope: boolean, trueUp: TrueUp): VerticalErrors {
  const up = upOf(block, hasGyroscope);
  const errorsDeg: number[] = [];
  for (let i = 0; i < block.n; i++) {
    const truth = trueUp(i);
    if (truth) errorsDeg.push(angleDeg(up, 3 * i, truth));
  }
  return summaryOf(errorsDeg);
}

/** Every recording counts alike, however long, as in the BROAD benchmark. */
export function meanOf(errors: readonly VerticalErrors[]): VerticalErrors {
  const mean = (of: (one: VerticalErrors) => number): number =>
    errors.reduce((sum, one) => sum + of(one), 0) / errors.length;
  return { rmsDeg: mean(({ rmsDeg }) => rmsDeg), p95Deg: mean(({ p95Deg }) => p95Deg) };
}

function summaryOf(errorsDeg: readonly number[]): VerticalErrors {
  const sorted = errorsDeg.toSorted((a, b) => a - b);
  const meanSquare = errorsDeg.reduce((sum, deg) => sum + deg * deg, 0) / errorsDeg.length;
  return { rmsDeg: Math.sqrt(meanSquare), p95Deg: sorted[Math.floor(0.95 * sorted.length)] };
}

/** Up at every sample, 3n. */
function upOf(block: ImuBlock, hasGyroscope: boolean): Float64Array {
  const up = new Float64Array(3 * block.n);
  let at = 0;
  const options = { rateHz: block.rateHz, placement: 'chest', hasGyroscope, calibration: STRAIGHT } as const;
  const motion = new TrunkMotion(options, {
    onFrame: (frame) => {
      up.set(frame.up.subarray(0, 3 * frame.n), 3 * at);
      at += frame.n;
    },
  });
  motion.push(block);
  return up;
}

/** Settled orientation of the same block: where there is no reference, the best that is known. */
export function settledUpOf(block: ImuBlock): Float64Array {
  const up = new Float64Array(3 * block.n);
  let at = 0;
  const options = { rateHz: block.rateHz, placement: 'chest', hasGyroscope: true, calibration: STRAIGHT } as const;
  const motion = new TrunkMotion(options, {
    onSettled: (samples) => {
      up.set(samples.up.subarray(0, 3 * samples.n), 3 * at);
      at += samples.n;
    },
  });
  motion.push(block);
  motion.flush();
  return up;
}

/** From columns x, y, z of m/s² and rad/s, means of `box` samples. */
export function averagedBlock(
  n: number,
  rateHz: number,
  box: number,
  acc: readonly Float64Array[],
  gyr: readonly Float64Array[],
): ImuBlock {
  const count = Math.floor(n / box);
  const gyrRadps = new Float64Array(3 * count);
  const block = { ...emptyBlock(count, rateHz / box, true), gyrRadps };
  const mean = (column: Float64Array, i: number): number =>
    column.subarray(box * i, box * (i + 1)).reduce((sum, value) => sum + value, 0) / box;
  for (let i = 0; i < count; i++) {
    block.tS[i] = (i * box) / rateHz;
    for (let c = 0; c < 3; c++) {
      block.accMps2[3 * i + c] = mean(acc[c], i);
      gyrRadps[3 * i + c] = mean(gyr[c], i);
    }
  }
  return block;
}

function angleDeg(up: Float64Array, o: number, truth: ArrayLike<number>): number {
  const cosine = up[o] * truth[0] + up[o + 1] * truth[1] + up[o + 2] * truth[2];
  return degFromRad(Math.acos(Math.min(1, Math.max(-1, cosine))));
}

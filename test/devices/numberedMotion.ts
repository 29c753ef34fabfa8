/** A motion whose every sample says when it was taken: what a host receives can be checked against what the sensor measured. */
import type { MotionSource } from '../../firmware-mocks/motionSource.ts';
import type { ImuBlock } from '../../src/model/block.ts';
import { mps2FromG, radFromDeg } from '../../src/model/units.ts';

/** A number counts tenths of a millisecond of true time. */
export const NUMBERS_PER_S = 10_000;
const DIGITS = 2000;
/** Far from the rail, and too little force for the wearable to report an impact or a free fall. */
const LOWEST_RAW = 1000;
const ACC_STEP_MPS2 = mps2FromG(16) / 32_768;
/** Coarse enough for wearables that round to a tenth of a degree per second. */
const GYR_STEP_RADPS = radFromDeg(1);
const CHECKS = 500;

const digitsOf = (number: number): [number, number, number] => [
  number % DIGITS,
  Math.floor(number / DIGITS) % DIGITS,
  Math.floor(number / DIGITS ** 2) % DIGITS,
];
const checkOf = ([low, middle, high]: readonly [number, number, number]): number =>
  (7 * low + 11 * middle + 13 * high) % CHECKS;

export class NumberedMotion implements MotionSource {
  readonly durationS = Infinity;
  readonly frame = 'sensor';
  /** Number of every sample that the sensor has taken, in order. */
  readonly taken: number[] = [];

  sampleInto(tS: number, _periodS: number, out: Float64Array): boolean {
    const number = Math.round(tS * NUMBERS_PER_S);
    this.taken.push(number);
    const digits = digitsOf(number);
    for (let axis = 0; axis < 3; axis++) out[axis] = (LOWEST_RAW + digits[axis]) * ACC_STEP_MPS2;
    out.fill(checkOf(digits) * GYR_STEP_RADPS, 3);
    return true;
  }
}

/** The number of a sample as the host received it; NaN when its values are not those of any sample. */
export function numberOf({ accMps2, gyrRadps }: ImuBlock, i: number): number {
  const digit = (axis: number): number => Math.round(accMps2[3 * i + axis] / ACC_STEP_MPS2) - LOWEST_RAW;
  const digits: [number, number, number] = [digit(0), digit(1), digit(2)];
  for (let axis = 0; axis < 3; axis++) {
    if (Math.round((gyrRadps?.[3 * i + axis] ?? NaN) / GYR_STEP_RADPS) !== checkOf(digits)) return NaN;
  }
  return digits[0] + DIGITS * (digits[1] + DIGITS * digits[2]);
}

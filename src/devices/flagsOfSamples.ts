/** Flags of samples that come as floats: where a sensor is at the end of its range, where its values cannot be, and where they are none. */
import { SampleFlag } from '../model/block.ts';
import type { DecodedItem, ImuPart } from './define.ts';

/** What a quantity reads at the end of its range. */
export interface Rail {
  readonly quantity: ImuPart['quantity'];
  /** Full scale, in the unit of the values. */
  readonly range: number;
  /** Share of full scale from which on the sensor is at its rail. */
  readonly railRatio: number;
  /** Share of full scale beyond which scale or bytes are wrong. */
  readonly implausibleRatio: number;
}

interface JudgedValues extends Rail {
  /** 3n values. */
  readonly values: Float64Array;
}

/** Flags of `n` samples. One that is not finite in any quantity is made NaN in all of them, and told. */
export function flagsOfSamples(
  n: number,
  judged: readonly JudgedValues[],
  emit: (item: DecodedItem) => void,
): Uint8Array {
  const flags = new Uint8Array(n);
  let notFinite = 0;
  for (let i = 0; i < n; i++) {
    if (judged.every(({ values }) => Number.isFinite(largestOf(values, i)))) {
      for (const one of judged) flags[i] |= flagOf(one, largestOf(one.values, i));
    } else {
      for (const { values } of judged) values.fill(NaN, 3 * i, 3 * i + 3);
      notFinite++;
    }
  }
  if (notFinite > 0) {
    emit({ kind: 'problem', message: `data: expected finite numbers, found ${notFinite} of ${n} samples without` });
  }
  return flags;
}

function flagOf({ quantity, range, railRatio, implausibleRatio }: Rail, largest: number): number {
  const ratio = largest / range;
  const clipped = quantity === 'acc' ? SampleFlag.accClipped : SampleFlag.gyrClipped;
  return (ratio >= railRatio ? clipped : 0) | (ratio > implausibleRatio ? SampleFlag.implausible : 0);
}

/** NaN when any of the three is. */
const largestOf = (values: Float64Array, i: number): number =>
  Math.max(Math.abs(values[3 * i]), Math.abs(values[3 * i + 1]), Math.abs(values[3 * i + 2]));

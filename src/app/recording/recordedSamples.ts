/** Samples as a recorder writes them: on the recording's axis, with so many decimals that every format holds the same numbers. */
import { emptyBlock, type ImuBlock } from '../../model/block.ts';
import { RECORDED_DECIMALS } from './recording.ts';

/** The same number as a decimal of so many digits. */
const rounded = (value: number, decimals: number): number => Number(value.toFixed(decimals));

export const roundedTimeS = (tS: number): number => rounded(tS, RECORDED_DECIMALS.time);

/**
 * A copy of samples `[from, to)`. The gyroscope is there when the recording has one, and NaN where the sensor has none.
 *
 * @param axisS the sample's time on the recording's axis
 */
export function recordedSamples(
  block: ImuBlock,
  range: { readonly from: number; readonly to: number },
  { hasGyroscope, axisS }: { readonly hasGyroscope: boolean; readonly axisS: (hostS: number) => number },
): ImuBlock {
  const n = range.to - range.from;
  const copy = emptyBlock(n, block.rateHz, hasGyroscope);
  for (let i = 0; i < n; i++) {
    const from = range.from + i;
    copy.tS[i] = roundedTimeS(axisS(block.tS[from]));
    copy.flags[i] = block.flags[from];
    for (let c = 0; c < 3; c++) {
      copy.accMps2[3 * i + c] = rounded(block.accMps2[3 * from + c], RECORDED_DECIMALS.acc);
      if (copy.gyrRadps)
        copy.gyrRadps[3 * i + c] = rounded(block.gyrRadps?.[3 * from + c] ?? NaN, RECORDED_DECIMALS.gyr);
    }
  }
  return copy;
}

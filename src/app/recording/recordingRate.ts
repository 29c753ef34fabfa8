/** The nominal rate of a recording. */
import { PlumblineError } from '../../model/errors.ts';
import type { Recording } from './recording.ts';

/** Rates that a sidecar may state; a median outside them means that `t_s` is not in seconds. */
const RATE_RANGE_HZ = [5, 2000] as const;
const MAX_RATE_RATIO = 1.5;
/** So many differences of time give the median. */
const LOOKED_AT = 5000;

/**
 * Stated, or from the median of the first time differences.
 * @throws PlumblineError `recording/invalid` when times and stated rate contradict each other, or no wearable is that fast or slow
 */
export async function rateOf(recording: Recording): Promise<number> {
  const periodS = await medianPeriodS(recording);
  const stated = recording.sidecar.rateHz;
  if (stated !== undefined) {
    // Beyond this, most steps would be gaps, or movements would seem that much faster.
    const ratio = periodS === undefined ? 1 : periodS * stated;
    if (ratio <= MAX_RATE_RATIO && ratio >= 1 / MAX_RATE_RATIO) return stated;
    throw new PlumblineError(
      'recording/invalid',
      `expected samples ${seconds(1 / stated)} apart as rateHz ${stated} says, found ${seconds(periodS)} (is t_s in seconds?)`,
    );
  }
  if (periodS === undefined) {
    throw new PlumblineError(
      'recording/invalid',
      'expected at least two samples to find the rate, found fewer (state rateHz)',
    );
  }
  if (1 / periodS >= RATE_RANGE_HZ[0] && 1 / periodS <= RATE_RANGE_HZ[1]) return 1 / periodS;
  throw new PlumblineError(
    'recording/invalid',
    `expected ${RATE_RANGE_HZ[0]} to ${RATE_RANGE_HZ[1]} samples per second, found samples ${seconds(periodS)} apart (is t_s in seconds?)`,
  );
}

const seconds = (periodS = NaN): string => `${Number(periodS.toPrecision(3))} s`;

async function medianPeriodS(recording: Recording): Promise<number | undefined> {
  const differences: number[] = [];
  let lastS = NaN;
  await recording.read(
    { rateHz: 100, units: 'si' },
    {
      onBlocks({ main }) {
        for (let i = 0; i < main.n; i++) {
          if (main.tS[i] > lastS) differences.push(main.tS[i] - lastS);
          lastS = main.tS[i];
        }
        return differences.length > LOOKED_AT ? 'stop' : undefined;
      },
    },
  );
  differences.sort((a, b) => a - b);
  return differences.at(differences.length >> 1);
}

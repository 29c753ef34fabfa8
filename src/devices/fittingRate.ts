import { PlumblineError } from '../model/errors.ts';

/**
 * The highest rate on offer that is not above the wished one; `ratesHz` ascends.
 * @param found how a refusal names what was wished
 * @throws PlumblineError `device/refused` when even the lowest is above it
 */
export function fittingRateHz<RateHz extends number>(
  ratesHz: readonly RateHz[],
  wishedHz: number,
  found = `${wishedHz} Hz`,
): RateHz {
  const fitting = ratesHz.findLast((choice) => choice <= wishedHz);
  if (fitting !== undefined) return fitting;
  throw new PlumblineError('device/refused', `expected a rate of at least ${ratesHz[0]} Hz, found ${found}`);
}

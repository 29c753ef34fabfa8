/** How sure a rule can be that a limit was really passed, given how far beyond it the measurement lies. */

/** Root-mean-square error of trunk inclination from one sensor, deg [E:BAILES24]. */
export const INCLINATION_ERROR_DEG = 5;
/** Error of lateral flexion and of axial rotation, the larger of both sides, deg [E:BAILES24]. */
export const LATERAL_ERROR_DEG = 10;
export const ROTATION_ERROR_DEG = 16;
/** Error of the forward speed, deg/s; our own decision: no published figure for one trunk sensor. */
export const SPEED_ERROR_DPS = 10;

/**
 * Probability that the true value is beyond the limit when the measurement is `excess` beyond it and its error is normal
 * with standard deviation `error`: 0.5 at the limit, 0.98 two deviations beyond. Logistic form of the normal
 * distribution (Bowling et al. 2009, J Ind Eng Manag 2:114, eq. 7, largest error 0.01), two decimals.
 */
export function certaintyBeyond(excess: number, error: number): number {
  return Math.round(100 / (1 + Math.exp((-1.702 * excess) / error))) / 100;
}

/** One decimal: what is finer than that is noise. */
export const tenths = (value: number): number => Math.round(value * 10) / 10;

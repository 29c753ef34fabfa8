/** When leaning forward is a bend, and how long is long enough. */
import type { RuleInput } from './define.ts';

/**
 * Clinical specification 3, common rules: sitting, standing or walking. Not lying or reclined, and not while it is
 * unknown; the lean of a chair rise is dealt with by `transfer`. Not while the sensor sits otherwise than it should (EV-CALIB).
 */
export function mayBend({ posture, isWornDifferently }: RuleInput): boolean {
  return !isWornDifferently && posture !== 'lying' && posture !== 'reclined' && posture !== 'unknown';
}

/**
 * Mostly on a side: lying on it, or on the way there. The sagittal angle then says nothing: a trunk that lies a little on its front
 * reads as far bent forward. A deep bend that is twisted leans up to 45° to a side.
 */
export const isOnSide = ({ lateralDeg }: RuleInput): boolean => Math.abs(lateralDeg) > 55;

/** Timers start anew when data is missing for longer: the same time after which filters do. */
export const TIMER_RESET_S = 0.5;

/** Sums of sample steps miss the whole second by rounding; a tenth of a sample at 100 Hz is let go. */
const ROUNDING_S = 0.001;
export const reached = (heldS: number, neededS: number): boolean => heldS >= neededS - ROUNDING_S;

/** Said with every verdict: one sensor cannot tell a hip hinge from a rounded back. */
export const ONE_SENSOR = 'one sensor';
/** Both, and the limit is that of the spine. */
export const TWO_SENSORS = 'two sensors';

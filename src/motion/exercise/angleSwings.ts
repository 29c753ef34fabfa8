/**
 * Swings of an angle: away from a resting level and back to it.
 *
 * In    an angle of a segment, rad   Out  swings with their range, resting level and time near the extreme
 * Method the angle, low-passed both ways at 2 Hz, has turning points where it comes back by `minDeg`; low, high, low is a swing.
 *        Its range is the smaller of the way there and the way back: who gets into position first does not start from the
 *        resting level.
 */
import { DEG_PER_RAD, RAD_PER_DEG } from '../../model/units.ts';
import { zeroPhaseLowPass } from './zeroPhase.ts';

export interface SwingParams {
  readonly minDeg: number;
  readonly maxDeg: number;
  readonly minS: number;
  readonly maxS: number;
  /** Where the line of the trunk rests between swings, forward of upright. */
  readonly restFromDeg: number;
  readonly restToDeg: number;
}

export interface Swing {
  /** Samples of the segment, both inside. */
  readonly first: number;
  readonly last: number;
  readonly peak: number;
  readonly rangeDeg: number;
  readonly restDeg: number;
  readonly holdS: number;
}

const SMOOTH_HZ = 2;
/** A swing begins and ends at a tenth of its range. */
const EDGE_RATIO = 0.1;
/** Near enough to the extreme to count as held. */
const HOLD_RATIO = 0.85;

export function angleSwings(angleRad: Float64Array, rateHz: number, params: SwingParams): Swing[] {
  const smooth = zeroPhaseLowPass(angleRad, SMOOTH_HZ, rateHz);
  const turns = turningPoints(smooth, params.minDeg * RAD_PER_DEG);
  const swings: Swing[] = [];
  for (let k = 1; k < turns.length - 1; k++) {
    if (smooth[turns[k]] < smooth[turns[k - 1]]) continue;
    const swing = swingAt(smooth, turns[k - 1], turns[k], turns[k + 1], rateHz);
    const lastingS = (swing.last - swing.first) / rateHz;
    const isSwing =
      swing.rangeDeg >= params.minDeg &&
      swing.rangeDeg <= params.maxDeg &&
      lastingS >= params.minS &&
      lastingS <= params.maxS;
    if (isSwing) swings.push(swing);
  }
  return swings;
}

/** Alternating lows and highs, the ends included. */
function turningPoints(values: Float64Array, least: number): number[] {
  const turns: number[] = [];
  let low = 0;
  let high = 0;
  /** +1 while a high is looked for, −1 a low, 0 before the first turn. */
  let direction = 0;
  for (let i = 1; i < values.length; i++) {
    if (values[i] > values[high]) high = i;
    if (values[i] < values[low]) low = i;
    if (direction >= 0 && values[high] - values[i] >= least) {
      if (direction === 0 && high > low) turns.push(low);
      turns.push(high);
      direction = -1;
      low = i;
    } else if (direction <= 0 && values[i] - values[low] >= least) {
      if (direction === 0 && low > high) turns.push(high);
      turns.push(low);
      direction = 1;
      high = i;
    }
  }
  if (direction > 0) turns.push(high);
  if (direction < 0) turns.push(low);
  return turns;
}

function swingAt(values: Float64Array, before: number, peak: number, after: number, rateHz: number): Swing {
  const range = values[peak] - Math.max(values[before], values[after]);
  const rest = values[peak] - range;
  const edge = rest + EDGE_RATIO * range;
  const held = rest + HOLD_RATIO * range;
  let first = peak;
  let last = peak;
  let holdSamples = 1;
  while (first > before && values[first - 1] > edge) if (values[--first] >= held) holdSamples++;
  while (last < after && values[last + 1] > edge) if (values[++last] >= held) holdSamples++;
  return {
    first,
    last,
    peak,
    rangeDeg: range * DEG_PER_RAD,
    restDeg: rest * DEG_PER_RAD,
    holdS: holdSamples / rateHz,
  };
}

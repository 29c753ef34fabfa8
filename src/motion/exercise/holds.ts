/**
 * How long a posture was kept: the trunk within some degrees of the wearer's own upright, and still.
 *
 * Limits  standing at a wall, standing free and sitting tall read the same: what was meant is known from the session.
 */
import { RAD_PER_DEG } from '../../model/units.ts';
import type { Hold } from './exercise.ts';
import type { Segment, SpanColumns } from './spanColumns.ts';
import { zeroPhaseLowPass } from './zeroPhase.ts';

export interface HoldParams {
  readonly withinDeg: number;
  /** Shorter ones are not told. */
  readonly minS: number;
  /** A shorter excursion does not end a hold. */
  readonly bridgeS: number;
}

const SMOOTH_HZ = 2;
/** Root mean square of the vertical acceleration: slow steps have 0.5 m/s², breathing and swaying below 0.1 [D]. */
const STILL_MPS2 = 0.3;
const GRAVITY_HZ = 0.3;
const POWER_HZ = 1;

export function holdsWithin(columns: SpanColumns, { from, to }: Segment, params: HoldParams): Hold[] {
  const { tS, rateHz } = columns;
  const flexion = zeroPhaseLowPass(columns.flexionRad.subarray(from, to), SMOOTH_HZ, rateHz);
  const lateral = zeroPhaseLowPass(columns.lateralRad.subarray(from, to), SMOOTH_HZ, rateHz);
  const power = movementPower(columns.verticalMps2.subarray(from, to), rateHz);
  const within = params.withinDeg * RAD_PER_DEG;
  const holds: Hold[] = [];
  let startS = NaN;
  let lastS = NaN;
  const close = (): void => {
    if (lastS - startS >= params.minS) holds.push({ startS, endS: lastS, holdS: lastS - startS });
    startS = NaN;
  };
  for (let i = from; i < to; i++) {
    const isStill = power[i - from] < STILL_MPS2 * STILL_MPS2;
    if (isStill && Math.abs(flexion[i - from]) <= within && Math.abs(lateral[i - from]) <= within) {
      if (Number.isNaN(startS)) startS = tS[i];
      lastS = tS[i];
    } else if (tS[i] - lastS > params.bridgeS) close();
  }
  close();
  return holds;
}

/** Square of what moves up and down, (m/s²)², over about half a second. */
function movementPower(verticalMps2: Float64Array, rateHz: number): Float64Array {
  const slow = zeroPhaseLowPass(verticalMps2, GRAVITY_HZ, rateHz);
  return zeroPhaseLowPass(
    verticalMps2.map((mps2, i) => (mps2 - slow[i]) ** 2),
    POWER_HZ,
    rateHz,
  );
}

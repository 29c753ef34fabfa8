/**
 * What a second sensor at the pelvis adds to the events of the chest: how much of a movement was the spine's, and how much came from
 * the hips. The events themselves stay those of the chest.
 *
 * In    an event, the spine's trail
 * Out   the event with fields where the pelvis was there:
 *       `forwardBend` `spineFlexionDeg`, `pelvisDeg` at the peak, `pattern` · `sideBend` `spineLateralDeg`, `pelvisDeg` at the peak ·
 *       `twist` `spineRotationDeg` (excursion at its furthest, left +), confidence up to 0.8 as far as the spine agrees
 * Source signal specification 2.3 (hip hinge and rounding); shares and confidence [D]
 * Limits  nothing is added to a movement whose peak lies further back than the trail reaches
 */
import type { MotionEvent } from '../../model/event.ts';
import type { SpineTrail } from './spineTrail.ts';

export interface BendPatternParams {
  /** Share of the bend that is the spine's. */
  readonly hingeMostRatio: number;
  readonly roundingLeastRatio: number;
}

/** Own decision: whole-trunk bending of healthy adults shares about half and half between hips and spine. */
const BEND_PATTERN_DEFAULTS: BendPatternParams = { hingeMostRatio: 0.25, roundingLeastRatio: 0.6 };

export type BendPattern = 'hinge' | 'rounding' | 'mixed';

/** From one sensor, and with a spine that turned just as far; clinical specification, EV-TWIST. */
const ONE_SENSOR_CONFIDENCE = 0.6;
const BOTH_CONFIDENCE = 0.8;
/** Peaks are looked for this far around. */
const PEAK_WITHIN_S = 0.1;

/** A hip hinge carries the straight back along; rounding bends the back over a pelvis that hardly moves. */
export function bendPattern(
  spineDeg: number,
  pelvisDeg: number,
  { hingeMostRatio, roundingLeastRatio }: BendPatternParams = BEND_PATTERN_DEFAULTS,
): BendPattern {
  const spine = Math.max(0, spineDeg);
  const share = spine / (spine + Math.max(0, pelvisDeg));
  if (share <= hingeMostRatio) return 'hinge';
  return share >= roundingLeastRatio ? 'rounding' : 'mixed';
}

export function withSpineFields(event: MotionEvent, trail: SpineTrail): MotionEvent {
  const { type, peakS } = event;
  if (peakS === undefined) return event;
  if (type === 'twist') return withRotation(event, trail);
  if (type !== 'forwardBend' && type !== 'sideBend') return event;
  const isForward = type === 'forwardBend';
  const spineDeg = trail.deg(isForward ? 'flexion' : 'lateral', peakS, PEAK_WITHIN_S);
  const pelvisDeg = trail.deg(isForward ? 'pelvisFlexion' : 'pelvisLateral', peakS, PEAK_WITHIN_S);
  if (Number.isNaN(spineDeg + pelvisDeg)) return event;
  if (!isForward) return { ...event, spineLateralDeg: spineDeg, pelvisDeg };
  return { ...event, spineFlexionDeg: spineDeg, pelvisDeg, pattern: bendPattern(spineDeg, pelvisDeg) };
}

function withRotation(event: MotionEvent, trail: SpineTrail): MotionEvent {
  let spineRotationDeg = NaN;
  for (const deg of trail.between('excursion', event.startS, event.endS)) {
    if (!(Math.abs(deg) <= Math.abs(spineRotationDeg))) spineRotationDeg = deg;
  }
  if (Number.isNaN(spineRotationDeg)) return event;
  const towardsDeg = event['side'] === 'left' ? spineRotationDeg : -spineRotationDeg;
  const agreement = Math.min(1, Math.max(0, towardsDeg / Number(event['peakDeg'])));
  const confidence = event.confidence + agreement * (BOTH_CONFIDENCE - ONE_SENSOR_CONFIDENCE);
  return { ...event, confidence: Math.min(BOTH_CONFIDENCE, confidence), spineRotationDeg };
}

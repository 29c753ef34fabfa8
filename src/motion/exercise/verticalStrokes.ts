/**
 * Strokes of the trunk's height: one way, up or down, from rest to rest.
 *
 * In    vertical acceleration of a segment, m/s²
 * Out   strokes with signed height (up +), bounds at a tenth of the largest speed
 * Method a stroke is the run between two zeros of the vertical speed that is fast, far and long enough
 * Source sit-to-stand of SKDH: rise ≥ 0.125 m at ≥ 0.2 m/s (signal specification 4.5); other sizes with their exercise
 * Limits heights are a proxy. Integration needs the pulses of a
 *        landing sampled: not below 45 Hz.
 */
import type { Segment, SpanColumns } from './spanColumns.ts';
import { verticalSpeed } from './verticalSpeed.ts';

export interface StrokeParams {
  readonly minM: number;
  readonly maxM: number;
  /** Fast enough that a still second is rest: at rest the speed is zero. Slow small ones look still while they move. */
  readonly restsBetween: boolean;
  readonly minMps: number;
  readonly minStrokeS: number;
  /** Slower ones cannot be told from drift. */
  readonly maxStrokeS: number;
  /** Longest stop between the two strokes of a repetition. */
  readonly maxStopS: number;
}

export interface Stroke {
  /** Samples of the span, both inside. */
  readonly first: number;
  readonly last: number;
  /** Up +. */
  readonly heightM: number;
}

const EDGE_RATIO = 0.1;
/** Shorter segments hold no repetition. */
const MIN_SEGMENT_S = 2;

export function verticalStrokes(columns: SpanColumns, { from, to }: Segment, params: StrokeParams): Stroke[] {
  if (to - from < MIN_SEGMENT_S * columns.rateHz) return [];
  const speedMps = verticalSpeed(columns.verticalMps2.subarray(from, to), columns.rateHz, params.restsBetween);
  const strokes: Stroke[] = [];
  let begin = 0;
  for (let i = 1; i <= speedMps.length; i++) {
    if (i < speedMps.length && speedMps[i] > 0 === speedMps[begin] > 0) continue;
    const stroke = strokeWithin(speedMps, begin, i, columns.rateHz, params);
    if (stroke) strokes.push({ ...stroke, first: stroke.first + from, last: stroke.last + from });
    begin = i;
  }
  return strokes;
}

/** The stroke in speed[begin, end), which has one sign, if it is one. */
function strokeWithin(
  speedMps: Float64Array,
  begin: number,
  end: number,
  rateHz: number,
  { minM, maxM, minMps, minStrokeS, maxStrokeS }: StrokeParams,
): Stroke | undefined {
  let most = begin;
  for (let i = begin; i < end; i++) if (Math.abs(speedMps[i]) > Math.abs(speedMps[most])) most = i;
  const edgeMps = EDGE_RATIO * Math.abs(speedMps[most]);
  let first = begin;
  let last = end - 1;
  while (Math.abs(speedMps[first]) < edgeMps) first++;
  while (Math.abs(speedMps[last]) < edgeMps) last--;
  let heightM = 0;
  for (let i = first; i <= last; i++) heightM += speedMps[i] / rateHz;
  const sizeM = Math.abs(heightM);
  const isStroke =
    Math.abs(speedMps[most]) >= minMps &&
    sizeM >= minM &&
    sizeM <= maxM &&
    last - first >= minStrokeS * rateHz &&
    last - first <= maxStrokeS * rateHz;
  return isStroke ? { first, last, heightM } : undefined;
}

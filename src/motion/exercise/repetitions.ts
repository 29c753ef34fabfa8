/** Repetitions of one segment by the pattern of the exercise; form is judged elsewhere. */
import { DEG_PER_RAD } from '../../model/units.ts';
import { angleSwings, type SwingParams } from './angleSwings.ts';
import type { Pattern, Repetition } from './exercise.ts';
import { exerciseLandings, inTrains, type Landing } from './impactTrain.ts';
import type { Segment, SpanColumns } from './spanColumns.ts';
import { type Stroke, type StrokeParams, verticalStrokes } from './verticalStrokes.ts';

export function repetitionsIn(
  columns: SpanColumns,
  segment: Segment,
  pattern: Pattern,
  impacts: readonly Landing[],
): Repetition[] {
  if (pattern.by === 'strokes') return strokeRepetitions(columns, segment, pattern.order, pattern.strokes);
  if (pattern.by === 'swings') return swingRepetitions(columns, segment, pattern.turning, pattern.swings);
  if (pattern.by === 'hold') return [];
  const within = impacts.filter(
    ({ peakS }) => peakS >= columns.tS[segment.from] && peakS <= columns.tS[segment.to - 1],
  );
  const landings = exerciseLandings(within, pattern.train);
  const rises = pattern.rise && verticalStrokes(columns, segment, pattern.rise).filter((s) => s.heightM > 0);
  return inTrains(landingRepetitions(columns, landings, rises, pattern.rise?.maxStopS ?? 0), pattern.train);
}

/** The stroke back is about as large as the one there: whoever only sits down has not done a squat. */
const LEAST_BACK_RATIO = 0.5;

function strokeRepetitions(
  columns: SpanColumns,
  segment: Segment,
  order: 'downUp' | 'upDown' | 'up',
  params: StrokeParams,
): Repetition[] {
  const { tS } = columns;
  const strokes = verticalStrokes(columns, segment, params);
  const firstSign = order === 'downUp' ? -1 : 1;
  const repetitions: Repetition[] = [];
  for (let k = 0; k < strokes.length; k++) {
    const there = strokes[k];
    if (Math.sign(there.heightM) !== firstSign) continue;
    const back = order === 'up' ? there : strokes[k + 1];
    if (back === undefined) break;
    if (order !== 'up' && !isReturn(there, back, tS, params.maxStopS)) continue;
    if (back !== there) k++;
    repetitions.push({
      startS: tS[there.first],
      endS: tS[back.last],
      peakS: tS[there.last],
      tempoS: tS[back.last] - tS[there.first],
      heightM: Math.abs(there.heightM),
    });
  }
  return repetitions;
}

function isReturn(there: Stroke, back: Stroke, tS: Float64Array, maxStopS: number): boolean {
  const ratio = -back.heightM / there.heightM;
  return ratio >= LEAST_BACK_RATIO && ratio <= 1 / LEAST_BACK_RATIO && tS[back.first] - tS[there.last] <= maxStopS;
}

function swingRepetitions(
  { tS, flexionRad, rateHz }: SpanColumns,
  { from, to }: Segment,
  turning: 'forward' | 'upward',
  params: SwingParams,
): Repetition[] {
  const sign = turning === 'forward' ? 1 : -1;
  const angle = flexionRad.slice(from, to).map((rad) => sign * rad);
  return angleSwings(angle, rateHz, params)
    .map((swing) => ({ ...swing, restDeg: sign * swing.restDeg }))
    .filter(({ restDeg }) => restDeg >= params.restFromDeg && restDeg <= params.restToDeg)
    .map(({ first, last, peak, rangeDeg, holdS }) => ({
      startS: tS[from + first],
      endS: tS[from + last],
      peakS: tS[from + peak],
      tempoS: tS[from + last] - tS[from + first],
      turnDeg: rangeDeg,
      holdS,
    }));
}

/** A rise counts for one landing: it begins after the one before and ends, where the drop begins, at most `maxStopS` earlier. */
function landingRepetitions(
  { tS }: SpanColumns,
  landings: readonly Landing[],
  rises: readonly Stroke[] | undefined,
  maxStopS: number,
): Repetition[] {
  const repetitions: Repetition[] = [];
  let lastS = NaN;
  for (const { startS, endS, peakS, peakG, band } of landings) {
    const rise = rises?.find((s) => tS[s.last] <= peakS && tS[s.last] >= peakS - maxStopS && !(tS[s.first] < lastS));
    if (rises && !rise) continue;
    repetitions.push({
      startS: rise ? tS[rise.first] : startS,
      endS,
      peakS,
      ...(Number.isNaN(lastS) ? {} : { tempoS: peakS - lastS }),
      ...(rise ? { heightM: rise.heightM } : {}),
      peakG,
      band,
    });
    lastS = peakS;
  }
  return repetitions;
}

/** Most forward lean and most side lean between two times, degrees. */
export function leansBetween(
  { tS, n, flexionRad, lateralRad }: SpanColumns,
  startS: number,
  endS: number,
): {
  leanDeg: number;
  sideDeg: number;
  midLineDeg: number;
} {
  let most = -Infinity;
  let least = Infinity;
  let side = 0;
  for (let i = 0; i < n; i++) {
    if (tS[i] < startS || tS[i] > endS) continue;
    most = Math.max(most, flexionRad[i]);
    least = Math.min(least, flexionRad[i]);
    side = Math.max(side, Math.abs(lateralRad[i]));
  }
  return {
    leanDeg: most * DEG_PER_RAD,
    sideDeg: side * DEG_PER_RAD,
    midLineDeg: ((most + least) / 2) * DEG_PER_RAD,
  };
}

export function walkingShareRatio({ tS, n, walking }: SpanColumns, startS: number, endS: number): number {
  let samples = 0;
  let walked = 0;
  for (let i = 0; i < n; i++) {
    if (tS[i] < startS || tS[i] > endS) continue;
    samples++;
    walked += walking[i];
  }
  return samples > 0 ? walked / samples : 0;
}

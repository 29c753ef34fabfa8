/**
 * The thresholds of the motion core: what each means, its unit, default, range and source. The same for everybody; what is too far for a
 * person is a rule (`rules/limitTable.ts`).
 *
 * Sources: signal specification section in brackets; [C] clinical specification; [D] our own default, anchored on the development
 * recordings where its text says so. `docs/signals.md` lists them all.
 */
import { PlumblineError } from '../model/errors.ts';

export interface ParameterDefinition<Key extends string = string> {
  readonly key: Key;
  readonly unit: 'deg' | 'deg/s' | 's' | 'm/s2' | 'g' | 'ratio' | 'count';
  readonly default: number;
  /** What may be set instead. */
  readonly min: number;
  readonly max: number;
  readonly meaning: string;
  readonly source: string;
}

type Row<Key extends string> = readonly [
  key: Key,
  unit: ParameterDefinition['unit'],
  value: number,
  range: readonly [number, number],
  meaning: string,
  source: string,
];

const define = <const Key extends string>(...rows: readonly Row<Key>[]): readonly ParameterDefinition<Key>[] =>
  rows.map(([key, unit, value, [min, max], meaning, source]) => ({
    key,
    unit,
    default: value,
    min,
    max,
    meaning,
    source,
  }));

export const PARAMETERS = define(
  ['bendEnterDeg', 'deg', 30, [10, 60], 'a forward bend of the thorax begins to count', '2.5 bend'],
  ['bendLeaveDeg', 'deg', 20, [5, 50], 'it is over below this, and starts where this was crossed', '2.5 bend'],
  ['bendConfirmS', 's', 0.3, [0, 2], 'held beyond bendEnterDeg for this long', '2.5 bend'],
  ['bendDeepDeg', 'deg', 60, [40, 100], 'flagged as deep', '2.5 bend'],
  [
    'pelvisBendRatio',
    'ratio',
    2 / 3,
    [0.3, 1],
    'of bendEnterDeg and bendLeaveDeg at the pelvis, which takes part in a bend with less than the whole of it',
    '[D] finds all 60 bends of SisFall D16 (with 1: 85 %) and none in its 1.4 h of walking and jogging',
  ],
  ['sustainedDeg', 'deg', 20, [10, 60], 'leaning forward counts as held', 'lowest caution angle of any tier [C 2.3]'],
  ['sustainedS', 's', 15, [5, 600], 'held for at least this long', 'lowest hold time of any tier [C 2.3]'],
  ['sustainedBreakS', 's', 2, [0, 10], 'upright for no longer than this does not end it', '[C] EV-BEND-HOLD'],
  ['sideReachDeg', 'deg', 20, [10, 45], 'a side bend has to reach this', '2.5 side_bend'],
  ['sideLeaveDeg', 'deg', 12, [5, 30], 'it starts and ends here', '2.5 side_bend'],
  ['sideConfirmS', 's', 0.5, [0, 2], 'beyond sideLeaveDeg for at least this long', '2.5 side_bend'],
  ['sideLyingDeg', 'deg', 65, [50, 90], 'no upright trunk leans so far: on the way to lying', '[D]'],
  ['twistReachDeg', 'deg', 20, [15, 60], 'a twist has to reach this, from where the torso turned', '2.5 twist'],
  ['twistLeaveDeg', 'deg', 12, [5, 30], 'it starts and ends here', '2.5 twist'],
  ['twistLongestS', 's', 6, [2, 15], 'what comes back later was a turn', '2.5 twist'],
  ['twistInclinationDeg', 'deg', 35, [20, 60], 'most inclination during it, unless bent forward', '2.5 twist'],
  ['twistBentLateralDeg', 'deg', 50, [20, 60], 'most lean to a side while bent and twisting', '[D] beyond: on a side'],
  ['twistStepS', 's', 1, [0, 3], 'no step from its start until this long after its end', '[C] EV-TWIST'],
  ['bendTwistS', 's', 3, [0, 10], 'bend and twist no further apart are one movement', '[C] EV-BENDTWIST'],
  [
    'steppingMps2',
    'm/s2',
    0.65,
    [0.3, 2],
    'vertical shaking (RMS over 0.5 s) beyond this is a step',
    '[D] twists at most 0.44 (TrunkyXL, 77), any ten steps at least 0.93 (SisFall D01-D04, Voisard)',
  ],
  [
    'runningMps2',
    'm/s2',
    6.5,
    [4, 10],
    'shaking beyond this is running, in which nobody bends',
    '[D] forward bends at most 4.3 (UMAFall, SisFall, TrunkyXL, 137), what looks like one while running at least 9.5 (DSADS, 10)',
  ],
  ['abruptRiseDeg', 'deg', 8, [4, 20], 'an abrupt flexion rises at least this far', '2.5 abrupt_flexion'],
  ['abruptMostDeg', 'deg', 30, [20, 60], 'from here on it is a forward bend', '[D] bendEnterDeg'],
  ['abruptQuickS', 's', 0.35, [0.1, 1], 'quick one: rises within', '2.5 abrupt_flexion'],
  ['abruptLeastG', 'g', 0.3, [0.1, 1], 'quick one: with a jolt of at least', '2.5 abrupt_flexion'],
  ['abruptMostG', 'g', 1.5, [1, 4], 'quick one: and at most', '2.5 abrupt_flexion'],
  ['abruptQuickBackS', 's', 1, [0.3, 3], 'quick one: back within', '2.5 abrupt_flexion'],
  ['abruptFastDps', 'deg/s', 60, [30, 200], 'fast one: at least this speed', '[C] EV-JERK'],
  ['abruptFastS', 's', 1, [0.3, 2], 'fast one: rises within', '[C] EV-JERK'],
  ['abruptFastBackS', 's', 2, [0.5, 5], 'fast one: back within', '[C] EV-JERK'],
  ['getUpForS', 's', 1, [0.3, 5], 'who sinks back sooner has not got up', '[D]'],
  ['downForS', 's', 1.5, [0.5, 5], 'the trunk lies beyond 60°, backwards or sideways, for this long', '[D]'],
  ['straightWithinS', 's', 4, [1, 10], 'straight up from the back within this is a sit-up', '2.5 situp'],
  ['straightSideDeg', 'deg', 25, [10, 45], 'and less far to a side than this on the way', '2.5 situp'],
  ['rolledSideDeg', 'deg', 44, [30, 70], 'on a side: a log roll passes this', '2.5 log_roll: |u·R| > 0.7'],
  ['rolledForS', 's', 0.5, [0.2, 3], 'for this long', '2.5 log_roll'],
  ['crunchRaisedDeg', 'deg', 15, [8, 45], 'a crunch raises the lying trunk by at least this', '2.5 crunch_rep'],
  ['crunchDownDeg', 'deg', 8, [3, 20], 'and lets it down to this', '[D]'],
  ['crunchCount', 'count', 3, [1, 10], 'so many are an exercise', '2.5 crunch_rep'],
  ['crunchWithinS', 's', 30, [10, 120], 'within this time', '2.5 crunch_rep'],
  ['turnPeakDps', 'deg/s', 15, [8, 60], 'a turn is at least this fast at its fastest', '4.5 turns'],
  ['turnEdgeDps', 'deg/s', 5, [2, 15], 'and begins and ends here', '4.5 turns'],
  ['turnMergeS', 's', 0.5, [0.05, 2], 'pieces no further apart are one', '[D]; 0.05 s in 4.5 without smoothing'],
  ['turnLeastDeg', 'deg', 45, [20, 120], 'smaller ones are not told', '[D]'],
);

type ParameterKey = (typeof PARAMETERS)[number]['key'];
export type MotionParameters = Readonly<Record<ParameterKey, number>>;

export const DEFAULT_PARAMETERS = Object.fromEntries(
  PARAMETERS.map(({ key, default: value }) => [key, value]),
) as MotionParameters;

/**
 * The defaults with some values replaced.
 * @throws PlumblineError `config/invalid` that names every unknown key and every value out of its range
 */
export function motionParameters(changes: Readonly<Record<string, unknown>> = {}): MotionParameters {
  const problems = parameterProblems(changes);
  if (problems.length > 0) throw new PlumblineError('config/invalid', `parameters: ${problems.join('; ')}`);
  return { ...DEFAULT_PARAMETERS, ...changes };
}

/** In words, for each key that is unknown or whose value is out of its range. */
export const parameterProblems = (changes: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(changes).flatMap(([key, value]) => problemOf(key, value) ?? []);

function problemOf(key: string, value: unknown): string | undefined {
  const definition = PARAMETERS.find((parameter) => parameter.key === key);
  if (!definition) return `expected a parameter of the motion core, found ${key}`;
  const { min, max, unit } = definition;
  const isWithin = typeof value === 'number' && value >= min && value <= max;
  return isWithin ? undefined : `expected ${key} from ${min} to ${max} ${unit}, found ${String(value)}`;
}

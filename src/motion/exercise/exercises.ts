/**
 * The exercises that a trunk sensor can count, in the order of the programme (clinical specification, section 5).
 *
 * Sizes: [D] design defaults from geometry, wide enough for small and tall people. No public recordings exist of most of them:
 * they were tried on synthetic motion only, and are no validated figures.
 */
import { defineExercise, type FormRule } from './exercise.ts';
import type { StrokeParams } from './verticalStrokes.ts';

const BOTH = { chest: true, waist: true } as const;
/** A squat to a chair lowers the trunk by 0.3-0.45 m, a lunge by 0.2-0.35 m; sizes of SKDH's sit-to-stand. */
const LOWERING: StrokeParams = {
  minM: 0.125,
  maxM: 0.9,
  restsBetween: true,
  minMps: 0.2,
  minStrokeS: 0.4,
  maxStrokeS: 4,
  maxStopS: 5,
};
/** Range of the ankle: 0.04-0.1 m. Half a step of walking is as high, but shorter than 0.35 s. */
const HEEL_RISE: StrokeParams = {
  minM: 0.025,
  maxM: 0.15,
  restsBetween: false,
  minMps: 0.04,
  minStrokeS: 0.35,
  maxStrokeS: 4,
  maxStopS: 5,
};
/** Impacts need this: at 50 Hz nominal, a wearable's own clock may be some per cent slow. */
const IMPACT_RATE_HZ = 45;
const SLOW_RATE_HZ = 20;
/** Beyond the mount's and the neutral's own error. */
const PUSH_UP_LINE_DEG = 10;
const PRONE_LIFT_DEG = 20;
const PRONE_HOLD_S = 2;
const SQUAT_LEAN_OVER_CAUTION_DEG = 15;
const LUNGE_SIDE_DEG = 15;

/** Mid angle of the body's line: hands on a wall about 20°, on a bench or table 35-65°, on the floor about 80° from upright. */
const BENCH_FROM_DEG = 35;
const FLOOR_FROM_DEG = 68;
export function pushUpVariant(lineDeg: number): 'wall' | 'bench' | 'floor' {
  if (lineDeg >= FLOOR_FROM_DEG) return 'floor';
  return lineDeg >= BENCH_FROM_DEG ? 'bench' : 'wall';
}

const notJudged = (why: string): FormRule => ({ seenAt: { chest: why, waist: why }, fault: () => undefined });
const atMost = (what: string, deg: number | undefined, mostDeg: number): string | undefined =>
  deg !== undefined && deg > mostDeg ? `${what} ${deg.toFixed(0)}°, at most ${mostDeg.toFixed(0)}° here` : undefined;

const IMPACT_FORM: FormRule = {
  seenAt: { chest: 'impacts at the chest are counted, not calibrated', waist: true },
  fault: ({ peakG = 0 }, { impactCapG }) =>
    peakG > impactCapG ? `landed with ${peakG.toFixed(1)} g, at most ${impactCapG} g here` : undefined,
};

export const EXERCISES = [
  defineExercise({
    id: 'wallStand',
    name: 'Wall stand, tall posture hold',
    clinicalId: 'EX-WALL',
    seenAt: BOTH,
    pattern: { by: 'hold', hold: { withinDeg: 5, minS: 3, bridgeS: 0.5 } },
    minRateHz: SLOW_RATE_HZ,
    stepsRuleOut: false,
    form: notJudged('a hold counts while it is within 5° of the own upright'),
    cannotSee: 'muscle effort; whether the back touches the wall',
    source: 'EX-WALL: within 5° of neutral',
  }),
  defineExercise({
    id: 'proneExtension',
    name: 'Prone trunk extension',
    clinicalId: 'EX-PRONE-EXT',
    seenAt: {
      chest: true,
      waist: 'the pelvis stays on the floor when the chest is lifted: wear the sensor on the chest for this exercise',
    },
    pattern: {
      by: 'swings',
      turning: 'upward',
      swings: { minDeg: 5, maxDeg: 45, minS: 0.8, maxS: 40, restFromDeg: 60, restToDeg: 120 },
    },
    minRateHz: SLOW_RATE_HZ,
    stepsRuleOut: true,
    form: {
      seenAt: { chest: true, waist: 'not seen' },
      fault: ({ turnDeg, holdS = 0 }) =>
        atMost('lifted', turnDeg, PRONE_LIFT_DEG) ??
        (holdS < PRONE_HOLD_S ? `stayed up ${holdS.toFixed(1)} s, at least ${PRONE_HOLD_S} s is asked` : undefined),
    },
    cannotSee: 'whether the cushion is there',
    source: 'EX-PRONE-EXT: lift ≤ 20°, ≥ 2 s up',
  }),
  defineExercise({
    id: 'squat',
    name: 'Squat to chair',
    clinicalId: 'EX-SQUAT',
    seenAt: BOTH,
    pattern: { by: 'strokes', order: 'downUp', strokes: LOWERING },
    minRateHz: SLOW_RATE_HZ,
    stepsRuleOut: false,
    form: {
      seenAt: { chest: true, waist: 'the waist does not see how far the trunk leans' },
      fault: ({ leanDeg }, { flexCautionDeg }) =>
        atMost('leant forward', leanDeg, flexCautionDeg + SQUAT_LEAN_OVER_CAUTION_DEG),
    },
    cannotSee: 'knees, load lifted',
    source: 'EX-SQUAT: lean ≤ flexCautionDeg + 15 with one sensor',
  }),
  defineExercise({
    id: 'sitToStand',
    name: 'Sit to stand',
    clinicalId: 'EX-SQUAT',
    seenAt: BOTH,
    pattern: { by: 'strokes', order: 'up', strokes: LOWERING },
    minRateHz: SLOW_RATE_HZ,
    stepsRuleOut: false,
    form: notJudged('standing up needs a lean: it has no form rule'),
    cannotSee: 'whether the hands help',
    source: 'van Lummel; sizes of SKDH (signal specification 4.5)',
  }),
  defineExercise({
    id: 'lunge',
    name: 'Lunge',
    clinicalId: 'EX-LUNGE',
    seenAt: BOTH,
    pattern: { by: 'strokes', order: 'downUp', strokes: LOWERING },
    minRateHz: SLOW_RATE_HZ,
    stepsRuleOut: false,
    form: {
      seenAt: { chest: true, waist: 'the waist does not see how far the trunk tilts' },
      fault: ({ sideDeg }) => atMost('tilted to the side', sideDeg, LUNGE_SIDE_DEG),
    },
    cannotSee: 'which leg, knee',
    source: 'EX-LUNGE: side ≤ 15°',
  }),
  defineExercise({
    id: 'heelRaise',
    name: 'Heel raise',
    clinicalId: 'EX-HEELRAISE1',
    seenAt: BOTH,
    pattern: { by: 'strokes', order: 'upDown', strokes: HEEL_RISE },
    minRateHz: SLOW_RATE_HZ,
    stepsRuleOut: true,
    form: notJudged('sway has no own limit yet'),
    cannotSee: 'which side, whether a hand supports',
    source: 'EX-HEELRAISE1',
  }),
  defineExercise({
    id: 'pushUp',
    name: 'Push-up at the wall, a bench or the floor',
    clinicalId: 'EX-PUSHUP',
    seenAt: BOTH,
    pattern: {
      by: 'swings',
      turning: 'forward',
      swings: { minDeg: 5, maxDeg: 35, minS: 0.8, maxS: 15, restFromDeg: 4, restToDeg: 100 },
    },
    minRateHz: SLOW_RATE_HZ,
    stepsRuleOut: true,
    form: {
      seenAt: BOTH,
      fault: ({ turnDeg = 0, sideDeg }) =>
        atMost('the line of the body changed by ±', turnDeg / 2, PUSH_UP_LINE_DEG) ??
        atMost('tilted to the side', sideDeg, PUSH_UP_LINE_DEG),
    },
    cannotSee: 'load on the hands',
    source: 'EX-PUSHUP: trunk line constant ±10°',
  }),
  defineExercise({
    id: 'stomp',
    name: 'Stomps',
    clinicalId: 'EX-STOMP',
    seenAt: BOTH,
    pattern: { by: 'impacts', train: { minG: 1, spacingS: 0.5, minTrain: 3, maxPauseS: 8 } },
    minRateHz: IMPACT_RATE_HZ,
    stepsRuleOut: false,
    form: IMPACT_FORM,
    cannotSee: 'which foot, what floor',
    source: 'EX-STOMP: upright, within the cap; threshold above walking (Hannam 2017, medium band)',
  }),
  defineExercise({
    id: 'heelDrop',
    name: 'Heel drops',
    clinicalId: 'EX-HEELDROP',
    seenAt: BOTH,
    pattern: {
      by: 'impacts',
      train: { minG: 0.5, spacingS: 0.6, minTrain: 3, maxPauseS: 20 },
      rise: HEEL_RISE,
    },
    minRateHz: IMPACT_RATE_HZ,
    stepsRuleOut: true,
    form: IMPACT_FORM,
    cannotSee: 'stiff or soft knees',
    source: 'EX-HEELDROP: rise and drop, within the cap',
  }),
] as const;

export type ExerciseId = (typeof EXERCISES)[number]['id'];
export const EXERCISE_IDS = EXERCISES.map(({ id }) => id) as [ExerciseId, ...ExerciseId[]];

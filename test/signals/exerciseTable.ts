/** The exercises as docs/signals.md has them, from their definitions. */
import type { ExerciseDefinition, FormRule, Pattern } from '../../src/motion/exercise/exercise.ts';
import { EXERCISES } from '../../src/motion/exercise/exercises.ts';

export const EXERCISE_HEADER = ['exercise', 'one repetition is', 'from', 'form is judged', 'not seen'];

export const exerciseRows = (): string[][] =>
  EXERCISES.map(({ id, name, clinicalId, pattern, minRateHz, form, seenAt, cannotSee }: ExerciseDefinition) => [
    `${name} \`${id}\` (${clinicalId})`,
    `${patternInWords(pattern)}${seenAt.waist === true ? '' : '; chest only'}`,
    `${minRateHz} Hz`,
    judged(form),
    cannotSee,
  ]);

function patternInWords(pattern: Pattern): string {
  if (pattern.by === 'strokes') {
    const { minM, maxM, minMps, minStrokeS, maxStrokeS } = pattern.strokes;
    const order = { downUp: 'down and up again', upDown: 'up and down again', up: 'up' }[pattern.order];
    return `the trunk’s height goes ${order}: ${minM}-${maxM} m, at least ${minMps} m/s, ${minStrokeS}-${maxStrokeS} s each way`;
  }
  if (pattern.by === 'swings') {
    const { minDeg, maxDeg, minS, maxS, restFromDeg, restToDeg } = pattern.swings;
    return `the trunk’s line turns ${pattern.turning} by ${minDeg}-${maxDeg}° and back in ${minS}-${maxS} s, from a rest at ${restFromDeg}-${restToDeg}° of flexion`;
  }
  if (pattern.by === 'impacts') {
    const { minG, spacingS, minTrain } = pattern.train;
    const rise = pattern.rise ? 'a rise, then ' : '';
    return `${rise}an impact of at least ${minG} g, ${spacingS} s or more from the next, at least ${minTrain} of them, not at the rhythm of steps`;
  }
  const { withinDeg, minS, bridgeS } = pattern.hold;
  return `within ${withinDeg}° of the own upright and still, for at least ${minS} s, breaks up to ${bridgeS} s`;
}

function judged({ seenAt }: FormRule): string {
  const sites = (['chest', 'waist'] as const).filter((site) => seenAt[site] === true);
  return sites.length > 0 ? `at the ${sites.join(' and the ')}` : `no: ${String(seenAt.chest)}`;
}

/**
 * What public recordings can say about exercise counters: that walking and jogging are none, and that getting up from a chair
 * is one. SisFall, waist; D07-D10 are one sit-down and one rise each. `PRINT_FIGURES=1` prints what is found.
 */
import { describe, expect, it } from 'vitest';
import type { ExerciseId } from '../../../src/motion/exercise/exercises.ts';
import { hasShared } from '../../sharedData.ts';
import { SISFALL_CALIBRATION, sisfallTrials } from '../sisfallBlocks.ts';
import { countedIn } from './exerciseRun.ts';

const SUBJECTS = ['SA03', 'SA17', 'SE01', 'SE05'];
const ON_FOOT = ['D01', 'D02', 'D03', 'D04'];
const CHAIR = ['D07', 'D08', 'D09', 'D10'];

/** One count per trial. */
function countsOf(id: ExerciseId, activities: readonly string[]): number[] {
  const counts = Array.from(
    sisfallTrials(SUBJECTS, activities),
    ({ block }) => countedIn(id, [block], { placement: 'waist' }, { calibration: SISFALL_CALIBRATION }).count,
  );
  if (process.env['PRINT_FIGURES']) process.stdout.write(`${id} in ${activities.join(' ')}: ${counts.join(' ')}\n`);
  return counts;
}
const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

describe.skipIf(!hasShared)(`exercises in SisFall${hasShared ? '' : ' (skipped: no ../shared)'}`, () => {
  it.each(['stomp', 'heelDrop'] as const)('27 minutes of walking and jogging hold no %s', (id) => {
    expect(sumOf(countsOf(id, ON_FOOT))).toBe(0);
  });

  /** Slow walking of an older subject: known, and the reason why exercises are only looked for in guided spans. */
  it.each(['squat', 'lunge'] as const)('27 minutes of walking and jogging hold at most one %s', (id) => {
    expect(sumOf(countsOf(id, ON_FOOT))).toBeLessThanOrEqual(1);
  });

  it('27 minutes of walking and jogging hold at most six heel raises', () => {
    expect(sumOf(countsOf('heelRaise', ON_FOOT))).toBeLessThanOrEqual(6);
  });

  it('getting up from a chair is one sit-to-stand in half of the trials at least, rarely off by more than one: rough, and told so', () => {
    const counts = countsOf('sitToStand', CHAIR);
    expect(counts.filter((count) => Math.abs(count - 1) <= 1).length / counts.length).toBeGreaterThanOrEqual(0.9);
    expect(counts.filter((count) => count === 1).length / counts.length).toBeGreaterThanOrEqual(0.5);
  });
});

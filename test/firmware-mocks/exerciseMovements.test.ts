import { describe, expect, test } from 'vitest';
import type { ExerciseMovement, Movement } from '../../firmware-mocks/movement.ts';
import { ScriptedMotion } from '../../firmware-mocks/scriptedMotion.ts';
import { gFromMps2, STANDARD_GRAVITY_MPS2 } from '../../src/model/units.ts';

const RATE_HZ = 500;
const still: Movement = { do: 'stand', forS: 1, swayDeg: 0 };
const script = (exercise: ExerciseMovement['exercise'], more: Partial<ExerciseMovement> = {}): Movement[] => [
  still,
  { do: 'exercise', exercise, repetitions: 3, inS: 2, restS: 1, ...more },
  still,
];

/** Acceleration along the trunk, which stays upright in these. */
function alongTrunkG(movements: readonly Movement[]): number[] {
  const motion = new ScriptedMotion(movements);
  const out = new Float64Array(6);
  return Array.from({ length: Math.floor(motion.durationS * RATE_HZ) }, (_, i) => {
    motion.sampleInto(i / RATE_HZ, 1 / RATE_HZ, out);
    return gFromMps2(out[1]);
  });
}

describe.each(['heelDrop', 'stomp'] as const)('%s', (exercise) => {
  test('lands with the impact that was asked for', () => {
    expect(Math.max(...alongTrunkG(script(exercise, { impactG: 2.4 }))) - 1).toBeCloseTo(2.4, 1);
  });

  test('leaves the body at rest: what falls is caught', () => {
    const overG = alongTrunkG(script(exercise)).map((g) => g - 1);
    const speedMps = overG.reduce((sum, g) => sum + (g * STANDARD_GRAVITY_MPS2) / RATE_HZ, 0);
    expect(Math.abs(speedMps)).toBeLessThan(0.01);
  });
});

test.each([
  ['squat', 30, 0],
  ['lunge', 8, 5],
] as const)('a %s leans %i° and tilts %i° at its lowest', (exercise, leanDeg, sideDeg) => {
  const motion = new ScriptedMotion(script(exercise));
  const { flexionDeg, lateralDeg } = motion.truthAt(2);
  expect(flexionDeg).toBeCloseTo(leanDeg, 6);
  expect(lateralDeg).toBeCloseTo(sideDeg, 6);
});

test.each(['proneExtension', 'pushUpFloor', 'squat'] as const)('after %s the wearer stands again', (exercise) => {
  const motion = new ScriptedMotion([...script(exercise), { do: 'walk', forS: 3 }, still]);
  expect(motion.truthAt(motion.durationS).flexionDeg).toBeCloseTo(0, 6);
});

test('nobody exercises lying down', () => {
  const lying: Movement[] = [
    { do: 'sit', forS: 1 },
    { do: 'lie', how: 'straight', forS: 1 },
  ];
  expect(() => new ScriptedMotion([...lying, ...script('squat').slice(1)])).toThrow(/standing before "exercise"/);
});

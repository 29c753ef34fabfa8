/**
 * Repetitions of scripted exercises through ordinary sensors. The scripts are geometry, not people: what passes here says that
 * counting, tempo and form follow from a signal of that shape.
 */
import { describe, expect, it } from 'vitest';
import type { ExerciseMovement, Movement } from '../../../firmware-mocks/movement.ts';
import { EXERCISE_IDS, type ExerciseId } from '../../../src/motion/exercise/exercises.ts';
import { coughBlock, counted, countedIn, type ExerciseRun } from './exerciseRun.ts';

const stand = (forS: number): Movement => ({ do: 'stand', forS });
const exercise = (name: ExerciseMovement['exercise'], more: Partial<ExerciseMovement> = {}): Movement[] => [
  stand(5),
  { do: 'exercise', exercise: name, repetitions: 10, inS: 3, restS: 1, ...more },
  stand(5),
];

describe.each([
  ['squat', 'squat', [2, 3, 5]],
  ['lunge', 'lunge', [2.5, 4]],
  ['heelRaise', 'heelRaise', [1.5, 3]],
  ['heelDrop', 'heelDrop', [1.5, 2.5]],
  ['stomp', 'stomp', [0.8, 1.5]],
  ['pushUpWall', 'pushUp', [2, 4]],
  ['pushUpBench', 'pushUp', [2, 4]],
  ['pushUpFloor', 'pushUp', [2, 4]],
  ['proneExtension', 'proneExtension', [4, 7]],
] as const)('20 times %s', (script, id, temposS) => {
  it.each(temposS.flatMap((inS) => [1, 2, 3].map((seed) => [inS, seed] as const)))(
    'of %f s are 20 ± 1, sensor %i',
    (inS, seed) => {
      for (const [rateHz, restS] of [
        [52, 0.6],
        [100, 2],
      ] as const) {
        const { repetitions } = counted(id, exercise(script, { repetitions: 20, inS, restS }), { rateHz, seed });
        expect(Math.abs(repetitions.length - 20)).toBeLessThanOrEqual(1);
      }
    },
  );
});

describe('tempo', () => {
  it.each([2, 3, 5])('a squat of %f s is told within a fifth, its depth too', (inS) => {
    const { tempoMedianS, repetitions } = counted('squat', exercise('squat', { inS }), { placement: 'waist' });
    expect(Math.abs(Number(tempoMedianS) / inS - 1)).toBeLessThan(0.2);
    expect(Math.abs(Number(repetitions[4].heightM) / 0.4 - 1)).toBeLessThan(0.15);
  });

  it('of heel drops is the time from landing to landing', () => {
    const { tempoMedianS } = counted('heelDrop', exercise('heelDrop', { inS: 2, restS: 1 }), { placement: 'waist' });
    expect(tempoMedianS).toBeCloseTo(3, 1);
  });
});

describe('landings at 1.8 g', () => {
  it.each([52, 100, 200])('read as 1.8 g in the high band at %i Hz at the waist', (rateHz) => {
    for (const id of ['heelDrop', 'stomp'] as const) {
      const { repetitions } = counted(id, exercise(id, { inS: 2 }), { placement: 'waist', rateHz });
      for (const { peakG, band } of repetitions) {
        expect(Math.abs(Number(peakG) - 1.8)).toBeLessThan(0.25);
        expect(band).toBe('high');
      }
    }
  });

  it('beyond the cap of the person are not in good form; the chest does not judge it', () => {
    const drops = exercise('heelDrop', { inS: 2, impactG: 2.5 });
    const atWaist = counted('heelDrop', drops, { placement: 'waist', limits: { impactCapG: 1.5 } });
    expect(atWaist.formShareRatio).toBe(0);
    expect(atWaist.repetitions[0].formReason).toMatch(/landed with 2\.\d g, at most 1\.5 g/);
    const atChest = counted('heelDrop', drops, { limits: { impactCapG: 1.5 } });
    expect(atChest.formShareRatio).toBeUndefined();
    expect(atChest.formNotSeen).toMatch(/not calibrated/);
  });
});

describe('form', () => {
  const shareOf = (id: ExerciseId, movements: readonly Movement[], run: ExerciseRun = {}): number | undefined =>
    counted(id, movements, run).formShareRatio;

  it.each([
    [40, 1],
    [50, 0],
  ])('a squat that leans %i° at a caution angle of 30°: good share %i', (leanDeg, share) => {
    expect(shareOf('squat', exercise('squat', { leanDeg }))).toBe(share);
  });

  it('a caution angle of 20° allows 35°', () => {
    expect(shareOf('squat', exercise('squat', { leanDeg: 40 }), { limits: { flexCautionDeg: 20 } })).toBe(0);
  });

  it('the waist counts squats and says that it does not see the lean', () => {
    const result = counted('squat', exercise('squat'), { placement: 'waist' });
    expect(result.count).toBe(10);
    expect(result.formNotSeen).toMatch(/does not see/);
    expect(result.repetitions[0].leanDeg).toBeUndefined();
  });

  it.each([
    [10, 1],
    [20, 0],
  ])('a lunge that tilts %i° to the side: good share %i', (sideDeg, share) => {
    expect(shareOf('lunge', exercise('lunge', { sideDeg }))).toBe(share);
  });

  it.each([
    [14, 5, 1],
    [28, 5, 0],
    [14, 2, 0],
  ])('lying prone, lifted %i° in a repetition of %i s: good share %i', (leanDeg, inS, share) => {
    expect(shareOf('proneExtension', exercise('proneExtension', { leanDeg, inS }))).toBe(share);
  });

  it.each([
    ['pushUpWall', 'wall'],
    ['pushUpBench', 'bench'],
    ['pushUpFloor', 'floor'],
  ] as const)('%s is told by the line of the body: %s', (script, variant) => {
    for (const placement of ['chest', 'waist'] as const) {
      const { repetitions } = counted('pushUp', exercise(script), { placement });
      expect(repetitions.map((r) => r.variant)).toEqual(repetitions.map(() => variant));
    }
  });
});

describe('holds', () => {
  it('lying prone, up for 3.6 s between two lifts of 1.2 s: held within 1 s', () => {
    const { repetitions } = counted('proneExtension', exercise('proneExtension', { inS: 6 }));
    for (const { holdS } of repetitions) expect(Math.abs(Number(holdS) - 3.6)).toBeLessThan(1);
  });

  it.each([1, 2, 3])('30 s tall between two bends are 30 ± 1 s, sensor %i', (seed) => {
    const bend: Movement = { do: 'bend', toDeg: 40, inS: 0.8, holdS: 1, backS: 0.8 };
    const { holds } = counted('wallStand', [bend, stand(30), bend], { seed });
    expect(holds).toHaveLength(1);
    expect(Math.abs(holds[0].holdS - 30)).toBeLessThan(1);
  });

  it('walking is no hold', () => {
    const { holds } = counted('wallStand', [{ do: 'walk', forS: 30 }]);
    expect(holds).toEqual([]);
  });
});

describe.each(['chest', 'waist'] as const)('no repetition, worn at the %s,', (placement) => {
  const nothing: readonly (readonly [string, readonly Movement[]])[] = [
    ['walking', [stand(3), { do: 'walk', forS: 40 }, stand(3)]],
    ['slow walking', [stand(3), { do: 'walk', forS: 40, cadencePerMin: 75, bounceMm: 12 }, stand(3)]],
    ['standing still', [stand(40)]],
  ];
  it.each(nothing)('from %s', (_what, movements) => {
    const counts = EXERCISE_IDS.map((id) => [id, counted(id, movements, { placement, seed: 4 }).count]);
    expect(counts).toEqual(EXERCISE_IDS.map((id) => [id, 0]));
  });

  it('from sitting still once seated', () => {
    const sitting: Movement[] = [stand(3), { do: 'sit', forS: 60 }];
    for (const id of EXERCISE_IDS) expect(counted(id, sitting, { placement, fromS: 6 }).count).toBe(0);
  });

  it('from sitting down, which is half a squat', () => {
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const { count } = counted('squat', [stand(5), { do: 'sit', forS: 30 }], { placement, seed });
      expect(count).toBe(0);
    }
  });

  it.each([0.5, 1.5])('from one jerk of %f g, as a cough makes', (peakG) => {
    for (const id of EXERCISE_IDS) expect(countedIn(id, [coughBlock(100, peakG)], { placement }).count).toBe(0);
  });
});

describe('sit to stand', () => {
  const five: Movement[] = Array.from({ length: 5 }, (): Movement[] => [
    { do: 'sit', forS: 2 },
    { do: 'standUp' },
    stand(2),
  ]).flat();
  it.each([1, 2, 3])('five times is five, sensor %i', (seed) => {
    for (const placement of ['chest', 'waist'] as const) {
      expect(counted('sitToStand', [stand(4), ...five], { placement, seed }).count).toBe(5);
    }
  });
});

describe('what cannot be seen is said', () => {
  it('a waist sensor refuses the prone extension in words', () => {
    const result = counted('proneExtension', exercise('proneExtension'), { placement: 'waist' });
    expect(result.refused).toMatch(/wear the sensor on the chest/);
    expect(result.count).toBe(0);
  });

  it('a sensor of 26 Hz refuses landings', () => {
    expect(counted('heelDrop', exercise('heelDrop'), { rateHz: 26 }).refused).toMatch(
      /45 samples per second or more, found 26/,
    );
  });

  it('nothing is counted across a second without samples, and coverage says so', () => {
    const whole = counted('squat', exercise('squat'));
    const gappy = counted('squat', exercise('squat'), { lost: [13.5, 15.5] });
    expect(whole.count).toBe(10);
    expect(gappy.count).toBe(9);
    expect(whole.coveredS - gappy.coveredS).toBeCloseTo(2, 1);
  });

  it('a gap of a fifth of a second is bridged', () => {
    expect(counted('squat', exercise('squat'), { lost: [13.5, 13.7] }).count).toBe(10);
  });
});

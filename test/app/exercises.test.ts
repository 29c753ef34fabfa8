/** `exercises.json` and the impacts of `day.json`, from a recording whose sidecar names guided exercises. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Movement } from '../../firmware-mocks/movement.ts';
import type { ExerciseResult } from '../../src/motion/exercise/exerciseSpan.ts';
import { temporaryFolder } from '../e2e/plumblineProcess.ts';
import { analyze, csvOf, readJson, rowsOf, SIDECAR, write } from './writtenRecordings.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

/** 10 s, 12 squats of 4 s with their rests, 4 s, 20 heel drops of 2.5 s with theirs. */
const MOVEMENTS: readonly Movement[] = [
  { do: 'stand', forS: 10 },
  { do: 'exercise', exercise: 'squat', repetitions: 12, inS: 3, restS: 1 },
  { do: 'stand', forS: 4 },
  { do: 'exercise', exercise: 'heelDrop', repetitions: 20, inS: 1.5, restS: 1 },
  { do: 'stand', forS: 4 },
];
const SQUATS = { startS: 8, endS: 60, exercise: 'squat' };
const DROPS = { startS: 60, endS: 115, exercise: 'heelDrop' };

let runs = 0;
function analysed(sidecar: object): { code: number | null; stderr: readonly string[]; out: string } {
  const place = join(folder.path, String(++runs));
  const out = join(place, 'out');
  mkdirSync(place);
  const text = csvOf(rowsOf(MOVEMENTS, 100));
  const { code, stderr } = analyze([write(place, 'x.csv', text, { ...SIDECAR, ...sidecar }), '--out', out]);
  return { code, stderr, out: join(out, 'x') };
}

describe('a recording with guided exercises', () => {
  const { code, stderr, out } = analysed({ placement: 'waist', exercises: [SQUATS, { ...DROPS, impactCapG: 1.5 }] });

  it('is analysed into repetitions, tempo and form', () => {
    expect([code, stderr]).toEqual([0, []]);
    const [squats, drops] = readJson(out, 'exercises.json') as ExerciseResult[];
    expect(squats).toMatchObject({ ...SQUATS, count: 12, holds: [] });
    expect(squats.formNotSeen).toMatch(/waist/);
    expect(Math.abs(Number(squats.tempoMedianS) - 3)).toBeLessThan(0.5);
    expect(drops).toMatchObject({ ...DROPS, count: 20, formShareRatio: 0 });
  });

  it('adds the impacts of the day up by band', () => {
    const [day] = readJson(out, 'day.json') as { impacts: Record<string, number>; impactsCalibrated: boolean }[];
    expect(day.impacts).toEqual({ low: 0, medium: 0, high: 20 });
    expect(day.impactsCalibrated).toBe(true);
  });
});

it('without exercises in the sidecar there is no exercises.json, and a chest sensor’s impacts are not calibrated', () => {
  const { out } = analysed({});
  expect(existsSync(join(out, 'exercises.json'))).toBe(false);
  expect(readJson(out, 'day.json')).toMatchObject([{ impactsCalibrated: false, impacts: { high: 20 } }]);
});

it.each([
  [{ ...SQUATS, exercise: 'handstand' }, /exercises\.0\.exercise/],
  [{ ...SQUATS, endS: 5 }, /expected endS after startS/],
  [{ ...SQUATS, endS: 9000 }, /expected 3600 s at most/],
])('a sidecar with %j is refused in words', (exercise, problem) => {
  const { code, stderr } = analysed({ exercises: [exercise] });
  expect(code).toBe(1);
  expect(stderr.join('\n')).toMatch(problem);
});

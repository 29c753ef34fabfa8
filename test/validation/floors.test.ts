import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { figureUnit } from '../../bench/validation/figureUnits.ts';
import {
  betterOf,
  compareWithFloors,
  type Floor,
  floorLine,
  type Floors,
  floorsOf,
  isFailure,
  ofScorers,
} from '../../bench/validation/floors.ts';
import { valuesInPage } from '../../bench/validation/page.ts';
import { SCORERS } from '../../bench/validation/scorers.ts';
import { committed } from '../committedFile.ts';
import { figure, scoresOf } from './madeScores.ts';

const RECALL: Floor = { value: 0.9, unit: '%', better: 'more', tolerance: 0.0005 };
const ERROR: Floor = { value: 0.6, unit: 'deg', better: 'less', tolerance: 0.005 };
const change = (floor: Floor, value: number) => compareWithFloors({ a: floor }, { a: { ...floor, value } })[0].change;

describe('a figure against its committed value', () => {
  it.each([
    ['a recall that fell', RECALL, 0.89, 'worse'],
    ['a recall that rose', RECALL, 0.91, 'better'],
    ['a recall as it was', RECALL, 0.9, 'same'],
    ['a recall lower within tolerance', RECALL, 0.8996, 'same'],
    ['an error that grew', ERROR, 0.61, 'worse'],
    ['an error that shrank', ERROR, 0.59, 'better'],
    ['an error larger within tolerance', ERROR, 0.604, 'same'],
  ] as const)('%s is %s', (_what, floor, value, expected) => {
    expect(change(floor, value)).toBe(expected);
  });

  it('worse and missing are failures, better, same and new are not', () => {
    const now = { same: RECALL, worse: { ...RECALL, value: 0.5 }, better: { ...RECALL, value: 1 }, new: RECALL };
    const verdicts = compareWithFloors({ same: RECALL, worse: RECALL, better: RECALL, missing: RECALL }, now);
    expect(verdicts.map((v) => v.change)).toEqual(verdicts.map((v) => v.figure));
    expect(
      verdicts
        .filter(isFailure)
        .map((v) => v.figure)
        .sort(),
    ).toEqual(['missing', 'worse']);
  });

  it('is told with committed, found and tolerance', () => {
    const [worse] = compareWithFloors({ a: RECALL }, { a: { ...RECALL, value: 0.5 } });
    expect(floorLine(worse)).toBe('a: committed 0.9, found 0.5, tolerance 0.0005');
    const [missing] = compareWithFloors({ a: RECALL }, {});
    expect(floorLine(missing)).toBe('a: committed 0.9, found nothing, tolerance 0.0005');
  });
});

describe('which way a figure improves', () => {
  it.each([
    ['inclination.settled.26', 'less'],
    ['events.oneSensor.twist.recall', 'more'],
    ['events.bendHit.sisfall.D16', 'more'],
    ['events.falseWhileWalking.twist', 'less'],
    ['events.bendHit.sisfall.D15', undefined],
  ])('by name: %s %s', (name, expected) => {
    expect(betterOf(name, [])).toBe(expected);
  });

  it('the target goes before the name', () => {
    expect(betterOf('inclination.causal.95', [{ key: 'inclination.causal.95', op: '>=', target: 1 }])).toBe('more');
  });

  it('a figure that no group describes is a mistake', () => {
    expect(() => betterOf('events.newFigure', [])).toThrow('add it to a scorer');
  });
});

describe('committed values from a run', () => {
  it('leave out figures without value, without direction, and of scorers that are not listed', () => {
    const scores = scoresOf({
      'inclination.causal.95': figure({ value: 0.65432198, unit: 'deg' }),
      'inclination.causal.48': figure({ value: null, unit: 'deg' }),
      'events.bendHit.sisfall.D15': figure({ value: 0.3 }),
      'unlisted.figure.recall': figure({ value: 0.3 }),
    });
    expect(floorsOf(scores)).toEqual({
      'inclination.causal.95': { value: 0.654322, unit: 'deg', better: 'less', tolerance: 0.005 },
    });
  });

  it('can be narrowed to the scorers that ran', () => {
    expect(Object.keys(ofScorers({ 'inclination.a': ERROR, 'events.b': RECALL }, ['events']))).toEqual(['events.b']);
  });
});

describe('test/validation/floors.json and docs/validation.md', () => {
  const floors = JSON.parse(readFileSync(new URL('floors.json', import.meta.url), 'utf8')) as Floors;
  const inPage = valuesInPage(committed('docs/validation.md'));
  const UPDATE = 'run npm run validate -- --update-floors';

  it('say the same value of every figure', () => {
    for (const [name, { value, unit }] of Object.entries(floors.full)) {
      expect(inPage[name], `${name}: ${UPDATE}`).toBe(figureUnit(unit).show(value));
    }
  });

  it('hold the quick run to figures of the page', () => {
    expect(Object.keys(floors.quick).filter((name) => !(name in inPage))).toEqual([]);
  });

  it('hold figures of every scorer, with the tolerance of their unit', () => {
    for (const part of [floors.full, floors.quick]) {
      for (const { name } of SCORERS) expect(Object.keys(ofScorers(part, [name]))).not.toEqual([]);
      for (const { unit, tolerance } of Object.values(part)) expect(tolerance).toBe(figureUnit(unit).tolerance);
    }
  });
});

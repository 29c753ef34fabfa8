import { describe, expect, it } from 'vitest';
import type { RecordingInfo } from '../../bench/validation/figureGroup.ts';
import { extentLine, pageOf, valuesInPage, verdictOf } from '../../bench/validation/page.ts';
import { extentOf } from '../../bench/validation/recordingIndex.ts';
import { groupOf, SCORERS } from '../../bench/validation/scorers.ts';
import { brokenRuns } from '../../bench/validation/scores.ts';
import { figure, resultOf, scoresOf } from './madeScores.ts';

const TARGET = { key: 'inclination.causal.95', op: '<=', target: 0.66, anchor: 0.792 } as const;
const D16 = 'events.bendHit.sisfall.D16';
const scores = scoresOf(
  {
    'inclination.causal.95': figure({ label: 'twist f1', value: 0.7, unit: 'deg', ci: [0.5, 0.9], n: 2 }),
    [D16]: figure({ value: 0.5, n: 2 }),
  },
  [TARGET, { key: D16, op: '>=', target: 0.4 }],
);
const extent = { recordings: 2, hours: 0.5 };
const page = (given: Partial<Parameters<typeof pageOf>[0]> = {}): string =>
  pageOf({ version: '1.2.3', scorers: SCORERS, scores, extentOf: () => extent, ...given });

describe('the validation page', () => {
  it('shows value, interval, number, target, verdict and peer of a figure', () => {
    expect(page()).toContain(
      '| Twist F1 | 0.70 deg | 0.50 deg to 0.90 deg | 2 recordings | at most 0.66 deg | missed | 0.79 deg | `inclination.causal.95` |',
    );
  });

  it('counts targets and names what is missed', () => {
    expect(page()).toContain(
      '**1 of 2 targets are met.** Missed:\n\n- Twist F1: 0.70 deg, at most 0.66 deg was asked.',
    );
  });

  it('a target whose figure was not scored is missed', () => {
    expect(page({ scores: { ...scores, targets: [{ ...TARGET, key: 'inclination.gone' }] } })).toContain(
      '- `inclination.gone`: not scored',
    );
  });

  it('names the data sets, also those that are only in tables', () => {
    expect(page()).toContain('| SisFall |');
    expect(page()).toContain('| DSADS |');
  });

  it('gives back its values', () => {
    expect(valuesInPage(page())).toEqual({ 'inclination.causal.95': '0.70 deg', [D16]: '50.0 %' });
  });

  it('is not made when the scorer took other recordings than the group says', () => {
    expect(() => page({ extentOf: () => ({ ...extent, recordings: 3 }) })).toThrow('expected 3 recordings');
  });

  it('says the tolerance of the units that it has, and of no other', () => {
    expect(page()).toContain('| deg | 0.005 |');
    expect(page()).not.toContain('| ms |');
  });

  it('comes out the same twice', () => {
    expect(page()).toBe(page());
  });
});

describe('the verdict on a figure', () => {
  it.each([
    ['met', figure({ value: 0.66 }), TARGET],
    ['missed', figure({ value: 0.67 }), TARGET],
    ['no target', figure({}), undefined],
    ['no value', figure({ value: null }), TARGET],
    ['incomplete: 2 recordings not analysed', figure({ value: 0.1, failures: 2 }), TARGET],
  ])('%s', (expected, found, target) => {
    expect(verdictOf(found, target)).toBe(expected);
  });
});

describe('what stands behind a group of figures', () => {
  const walk = (subject: string, activity: string, ageYears: number): RecordingInfo => ({
    id: activity,
    subject,
    activity,
    ageYears,
    hours: 0.25,
    labelledEvents: 0,
  });
  const recordings = [walk('A', 'D16', 71), walk('A', 'D16', 71), walk('B', 'D16', 19), walk('C', 'D15', 90)];

  it('are the people, ages, recordings and hours that the scorer takes', () => {
    const found = extentOf(groupOf(D16), () => recordings);
    expect(found).toEqual({ people: 2, agesYears: [19, 71], recordings: 3, hours: 0.75 });
    expect(extentLine(groupOf(D16), found)).toBe(
      'Data: SisFall. Placement: waist. 2 people (19 to 71 years), 3 recordings, 0.75 h.',
    );
  });

  it('a board is nobody', () => {
    const board = groupOf('inclination.causal.95');
    const found = extentOf(board, () => recordings.slice(0, 1));
    expect(extentLine({ ...board, placement: 'a board' }, found)).toBe(
      'Data: BROAD. Placement: a board. 1 recording, 0.25 h.',
    );
  });
});

describe('a run is broken', () => {
  const broken = (given: Parameters<typeof resultOf>[1]): string[] =>
    brokenRuns({ targets: [], results: { events: resultOf('events', given) } });

  it.each([
    ['by a recording that could not be analysed', { failures: [{ name: 'r1', reason: 'no output' }] }, 'r1: no output'],
    ['by a failed run', { runFailures: ['killed'] }, 'killed'],
    ['by a scorer that ended early', { crashed: true }, 'ended early'],
    ['without a recording', { recordings: 0 }, 'no recording'],
  ])('%s', (_what, given, text) => {
    expect(broken(given)).toEqual([expect.stringContaining(text)]);
  });

  it('not by anything else', () => {
    expect(broken({})).toEqual([]);
  });
});

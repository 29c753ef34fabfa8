/** The command from end to end, with a made-up scorer that hands out given scores. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Floors } from '../../bench/validation/floors.ts';
import { floorsKind, makesPage, parseOptions } from '../../bench/validation/options.ts';
import type { Scores } from '../../bench/validation/scores.ts';
import { validate } from '../../bench/validation/validate.ts';
import { temporaryFolder } from '../e2e/plumblineProcess.ts';
import { figure, resultOf, scoresOf } from './madeScores.ts';

const SCORER = `
import { copyFileSync } from 'node:fs';
copyFileSync(new URL('scores.json', import.meta.url), process.argv[process.argv.indexOf('--json') + 1]);
process.exitCode = 1;
`;
const NAME = 'inclination.causal.95';
const RECORDING = { id: 'trial', n: 3600, rateHz: 1 };
const scoresWith = (value: number): Scores => {
  const { targets, results } = scoresOf({ [NAME]: figure({ value, unit: 'deg' }) });
  return { targets, results: { ...results, events: resultOf('events') } };
};

describe('npm run validate', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let root: string;
  let said: string[];
  const path = (...names: string[]): string => join(folder.path, ...names);
  const run = (...argv: string[]): boolean => validate({ root, say: (line) => said.push(line) }, parseOptions(argv));
  const page = (): string => readFileSync(join(root, 'docs/validation.md'), 'utf8');
  const give = (scores: Scores): void => writeFileSync(path('shared/score/scores.json'), JSON.stringify(scores));

  beforeEach(() => {
    folder = temporaryFolder();
    root = path('repository');
    said = [];
    for (const name of ['repository/docs', 'repository/test/validation']) mkdirSync(path(name), { recursive: true });
  });
  afterEach(() => folder.remove());

  const addShared = (): void => {
    mkdirSync(path('shared/score'), { recursive: true });
    mkdirSync(path('shared/data/broad'), { recursive: true });
    writeFileSync(path('shared/score/all.mjs'), SCORER);
    const subject = { format: 'i16le-planar-gz/1', recordings: [RECORDING] };
    writeFileSync(path('shared/data/broad/01.json'), JSON.stringify(subject));
  };

  it('says that there are no recordings beside the repository, and touches nothing', () => {
    expect(run()).toBe(true);
    expect(said).toEqual(['skipped: no ../shared']);
    expect(existsSync(join(root, 'docs/validation.md'))).toBe(false);
  });

  describe('with recordings', () => {
    beforeEach(() => {
      addShared();
      give(scoresWith(0.65));
      expect(run('--update-floors')).toBe(true);
      said = [];
    });

    it('commits to what it finds, in full and quick, and writes the page', () => {
      const floors = JSON.parse(readFileSync(join(root, 'test/validation/floors.json'), 'utf8')) as Floors;
      expect([floors.full[NAME]?.value, floors.quick[NAME]?.value]).toEqual([0.65, 0.65]);
      expect(page()).toContain('| 0.65 deg |');
      expect(page()).toContain('1 recording, 1.00 h.');
    });

    it('a worse figure is a failure and stands in the page', () => {
      give(scoresWith(0.7));
      expect(run()).toBe(false);
      expect(said).toContain(`worse: ${NAME}: committed 0.65, found 0.7, tolerance 0.005`);
      expect(page()).toContain('| 0.70 deg |');
    });

    it('the quick run fails on a worse figure too and leaves the page alone', () => {
      give(scoresWith(0.7));
      expect(run('--quick')).toBe(false);
      expect(page()).toContain('| 0.65 deg |');
    });

    it('a better figure is no failure', () => {
      give(scoresWith(0.5));
      expect(run('--quick')).toBe(true);
    });

    it('a figure that is missing is a failure', () => {
      give({ targets: [], results: { inclination: resultOf('inclination'), events: resultOf('events') } });
      expect(run('--quick')).toBe(false);
      expect(said).toContain(`missing: ${NAME}: committed 0.65, found nothing, tolerance 0.005`);
    });

    it('a recording that could not be analysed is a failure, and neither page nor floors are made from it', () => {
      const { targets, results } = scoresWith(0.5);
      const broken = resultOf('events', { failures: [{ name: 'r1', reason: 'no output' }] });
      give({ targets, results: { ...results, events: broken } });
      expect(run()).toBe(false);
      expect(run('--update-floors')).toBe(false);
      expect(said.join('\n')).toContain('r1: no output');
      expect(page()).toContain('| 0.65 deg |');
    });

    it('a scorer that is not run is not missed', () => {
      give({ targets: [], results: { events: resultOf('events') } });
      expect(run('--only', 'events')).toBe(true);
    });

    it('a scorer that writes nothing is an error', () => {
      writeFileSync(path('shared/score/all.mjs'), 'process.exitCode = 2;');
      expect(() => run()).toThrow('expected scores, found none');
    });
  });
});

describe('the options', () => {
  it('pass on what is the scorers’ own', () => {
    expect(parseOptions(['--jobs', '1', '--work', 'w']).passedOn).toEqual(['--work', 'w', '--jobs', '1']);
  });

  it.each([
    [['--limit', '0']],
    [['--limit', 'x']],
    [['--quick', '--limit', '3']],
    [['--update-floors', '--quick']],
    [['--x']],
  ])('%j is refused', (argv) => {
    expect(() => parseOptions(argv)).toThrow();
  });

  it.each([
    [[], true, 'full'],
    [['--quick'], false, 'quick'],
    [['--limit', '7'], false, undefined],
    [['--only', 'events'], false, 'full'],
    [['--only', 'events,inclination'], true, 'full'],
    [['--only', 'events,inclination,falls'], false, 'full'],
  ] as const)('%j writes the page: %s, is held against %s', (argv, writes, kind) => {
    const options = parseOptions(argv);
    expect(makesPage(options)).toBe(writes);
    expect(floorsKind(options.limit)).toBe(kind);
  });
});

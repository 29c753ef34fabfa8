/** docs/signals.md: what is made from the program in it is what the program does today. One file, because one page is written. */
import { describe, expect, it } from 'vitest';
import { MOTION_EVENT_TYPES } from '../../src/model/event.ts';
import type { MetricDefinition } from '../../src/model/metric.ts';
import { METRICS } from '../../src/motion/index.ts';
import { PARAMETERS } from '../../src/motion/parameters.ts';
import { committed, expectCommittedPart } from '../committedFile.ts';
import { hasShared } from '../sharedData.ts';
import { POSES } from '../signPoses.ts';
import { EXERCISE_HEADER, exerciseRows } from './exerciseTable.ts';
import { pathOf, pictureOf } from './picture.ts';
import { SCENES } from './scenes.ts';
import { bendErrors, type TiltErrors, tiltOfRecordings, tiltOfScripts } from './tiltErrors.ts';

const PAGE = 'docs/signals.md';
const pictures = SCENES.map(pictureOf);

const tableOf = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
const degrees = (deg: number): string => (Object.is(deg, -0) ? '0' : String(deg).replace('-', '−'));

describe('docs/signals.md', () => {
  it('has the table of signs that the tests hold', () => {
    const rows = POSES.map(([pose, accMps2, flexionDeg, lateralDeg, inclinationDeg]) => [
      pose,
      accMps2.map((mps2) => degrees(mps2)).join(', '),
      flexionDeg === undefined ? 'not defined' : degrees(flexionDeg),
      degrees(lateralDeg),
      degrees(inclinationDeg),
    ]);
    const header = ['pose', 'accelerometer X, Y, Z, m/s²', 'flexion, °', 'lateral, °', 'inclination, °'];
    expectCommittedPart(PAGE, 'poses', tableOf(header, rows));
  });

  it('shows every picture, with words for those who do not see it', () => {
    const shown = pictures.map((picture) => `![${picture.description}](${pathOf(picture)})`);
    expectCommittedPart(PAGE, 'pictures', shown.join('\n'));
  });

  it('says when each event of the pictures was known', () => {
    const rows = pictures.map(({ scene, events }) => [
      `\`${scene.type}\``,
      events.map(({ startS, endS }) => (endS - startS).toFixed(2)).join(', '),
      events.map(({ endS, decidedS }) => (decidedS - endS).toFixed(2)).join(', '),
    ]);
    const header = ['event of the picture', 'lasted, s', 'known so long after its end, s'];
    expectCommittedPart(PAGE, 'decided', tableOf(header, rows));
  });

  it('has the metrics and the exercises as they are defined', () => {
    const metrics = METRICS.map(({ id, unit, description, positive = '' }: MetricDefinition) => [
      `\`${id}\``,
      unit,
      positive,
      description,
    ]);
    expectCommittedPart(PAGE, 'metrics', tableOf(['each second', 'unit', 'positive', 'what it is'], metrics));
    expectCommittedPart(PAGE, 'exercises', tableOf(EXERCISE_HEADER, exerciseRows()));
  });

  it('lists every threshold with its range and source', () => {
    const rows = PARAMETERS.map(({ key, unit, default: value, min, max, meaning, source }) => [
      `\`${key}\``,
      `${Number(value.toFixed(2))} ${unit}`,
      `${min} to ${max}`,
      meaning,
      source,
    ]);
    const header = ['threshold', 'default', 'range', 'what it means', 'source'];
    expectCommittedPart(PAGE, 'thresholds', tableOf(header, rows));
  });

  it('defines every kind of event, or says that it is not found yet', () => {
    const missing = MOTION_EVENT_TYPES.filter((type) => !committed(PAGE).includes(`\`${type}\``));
    expect(missing).toEqual([]);
  });

  it('keeps the place of the table of thresholds', () => {
    expect(committed(PAGE)).toMatch(/<!-- thresholds -->[\s\S]*<!-- \/thresholds -->/);
  });
});

const tiltTable = (rows: readonly TiltErrors[]): string => {
  const cellsOf = (errors: TiltErrors['withGyroscope']): string[] =>
    errors ? [errors.rmsDeg, errors.p95Deg].map((deg) => `${deg.toFixed(deg < 1 ? 2 : 1)}°`) : ['-', '-'];
  return tableOf(
    ['movement', 'accelerometer only: RMS', '95 % below', 'with gyroscope: RMS', '95 % below'],
    rows.map(({ what, without, withGyroscope }) => [what, ...cellsOf(without), ...cellsOf(withGyroscope)]),
  );
};

describe('the vertical without a gyroscope', () => {
  const tilt = tiltOfScripts();

  it('is as good as with one while standing still', () => {
    expect(tilt.still.without.p95Deg).toBeLessThan(1);
  });

  it('is behind in a bend, and more in a faster one', () => {
    expect(tilt.slow.without.rmsDeg).toBeGreaterThan(3);
    expect(tilt.brisk.without.rmsDeg).toBeGreaterThan(2 * tilt.slow.without.rmsDeg);
  });

  it('is stated in the document, on scripted motion', () => {
    expectCommittedPart(PAGE, 'tilt of scripts', tiltTable(Object.values(tilt)));
  });

  it('makes a fast bend late, and deeper than it is', () => {
    const rows = [0.5, 1, 2, 3].map((inS) => {
      const [without, withGyroscope] = [bendErrors(inS, false), bendErrors(inS, true)];
      expect(without.worstDeg).toBeGreaterThan(5 * withGyroscope.worstDeg);
      const lateS = without.startS - withGyroscope.startS;
      return [
        `${inS} s`,
        ...[without.worstDeg, withGyroscope.worstDeg].map((deg) => `${deg.toFixed(1)}°`),
        `${lateS.toFixed(2)} s`,
        ...[without.peakDeg, withGyroscope.peakDeg].map((deg) => `${deg.toFixed(0)}°`),
      ];
    });
    const header = [
      'bend to 60°, each way in',
      'worst on the way',
      'with gyroscope',
      'event later by',
      'peak read',
      'with gyroscope',
    ];
    expectCommittedPart(PAGE, 'tilt of bends', tableOf(header, rows));
  });

  it.skipIf(!hasShared)(
    `is stated in the document, on recordings${hasShared ? '' : ' (skipped: no ../shared)'}`,
    () => {
      const rows = tiltOfRecordings();
      expect(rows.filter(({ without }) => !(without.rmsDeg > 0))).toEqual([]);
      expectCommittedPart(PAGE, 'tilt of recordings', tiltTable(rows));
    },
  );
});

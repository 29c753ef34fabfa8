/** What `plumbline analyze` writes: the fields, units and meanings that people script against. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../e2e/plumblineProcess.ts';
import {
  analyze,
  COLUMNS,
  csvOf,
  readJson,
  readTable,
  rowsOf,
  SIDECAR,
  TWO_BENDS,
  write,
} from './writtenRecordings.ts';
import { walked } from '../motion/walkedBlock.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

let runs = 0;
const newFolder = (): string => {
  const path = join(folder.path, String(++runs));
  mkdirSync(path);
  return path;
};

interface Event {
  readonly id: string;
  readonly type: string;
  readonly startS: number;
  readonly endS: number;
  readonly peakS: number;
  readonly decidedS: number;
  readonly confidence: number;
  readonly peakDeg: number;
  readonly source: string;
  readonly reason: string;
  readonly pattern?: string;
  readonly pelvisDeg?: number;
  readonly spineFlexionDeg?: number;
}
interface Summary {
  readonly input: string;
  readonly durationS: number;
  readonly coveredS: number;
  readonly rateHz: number;
  readonly calibration: { readonly method: string; readonly confidence: number; readonly pelvis?: object };
  readonly counts: Readonly<Record<string, number>>;
  readonly notes: readonly string[];
}
interface Day {
  readonly day: string;
  readonly coveredS: number;
  readonly bends: number;
  readonly flexionBandS: Readonly<Record<string, number>>;
}

/** Analyses one recording `x.csv` and reads everything. */
function analyzed(text: string, sidecar: object = SIDECAR, more: readonly string[] = [], name = 'x.csv') {
  const inFolder = newFolder();
  const out = join(inFolder, 'out');
  const run = analyze([write(inFolder, name, text, sidecar), '--out', out, '--jobs', '1', ...more]);
  expect(run.stderr).toEqual([]);
  expect(run.code).toBe(0);
  const results = join(out, 'x');
  return {
    results,
    stdout: run.stdout,
    summary: readJson(results, 'summary.json') as Summary,
    events: readJson(results, 'events.json') as Event[],
    days: readJson(results, 'day.json') as Day[],
  };
}

const bendsOf = (events: readonly Event[]): Event[] => events.filter(({ type }) => type === 'forwardBend');
const plain = csvOf(rowsOf(TWO_BENDS));

describe('a recording of two bends', () => {
  const { results, summary, events, days, stdout } = analyzed(plain);

  it('leaves the files of the contract and nothing else', () => {
    expect(readdirSync(results).sort()).toEqual([
      'balance.json',
      'day.json',
      'events.json',
      'gait.json',
      'summary.json',
    ]);
    expect(readJson(results, 'gait.json')).toEqual({ initialContacts: [], bouts: [], turns: [] });
    expect(readJson(results, 'balance.json')).toEqual([]);
    expect(stdout).toBe('');
  });

  it('has a summary with all its fields', () => {
    expect(summary).toMatchObject({ input: 'x.csv', placement: 'chest', rateHz: 50, version: expect.any(String) });
    expect(summary.durationS).toBeCloseTo(22.4, 1);
    expect(summary.coveredS).toBeCloseTo(22.4, 1);
    expect(summary.calibration).toMatchObject({ method: 'fromData', confidence: expect.any(Number) });
    expect(summary.counts).toMatchObject({ forwardBend: 2, gap: 0, fall: 0 });
  });

  it('has two bend events, in order, with times on the recording’s axis and peaks within 2°', () => {
    expect(bendsOf(events)).toHaveLength(2);
    const [first, second] = bendsOf(events);
    expect(Math.abs(first.peakDeg - 50)).toBeLessThan(2);
    expect(Math.abs(second.peakDeg - 75)).toBeLessThan(2);
    for (const [bend, downS] of [
      [first, 5],
      [second, 10.4],
    ] as const) {
      expect(bend).toMatchObject({
        id: `forwardBend-${Math.round(bend.startS * 1000)}`,
        source: 'thorax',
        peakRateDps: expect.any(Number),
        durationS: expect.closeTo(bend.endS - bend.startS, 5),
      });
      expect(bend.startS).toBeGreaterThan(downS);
      expect(bend.peakS).toBeGreaterThan(bend.startS);
      expect(bend.endS).toBeGreaterThan(bend.peakS);
      expect(bend.decidedS).toBeGreaterThanOrEqual(bend.endS);
      expect(bend.confidence).toBeGreaterThan(0);
      expect(bend.confidence).toBeLessThanOrEqual(1);
    }
  });

  it('adds the day up to what was covered', () => {
    expect(days).toHaveLength(1);
    expect(days[0]).toMatchObject({ day: 'whole recording', bends: 2 });
    expect(days[0].coveredS).toBeCloseTo(summary.coveredS, 6);
    const inBandsS = Object.values(days[0].flexionBandS).reduce((sum, s) => sum + s, 0);
    expect(inBandsS).toBeCloseTo(summary.coveredS, 6);
  });
});

describe('the same movement, written otherwise', () => {
  const reference = analyzed(plain);

  it('zipped, with other line ends and no last line end, gives the same events', () => {
    const text = `\uFEFF${plain.replaceAll('\n', '\r\n').trimEnd()}`;
    expect(analyzed(text, SIDECAR, [], 'x.csv.gz').events).toEqual(reference.events);
  });

  it('in g and degrees per second, columns in another order, with a column of text', () => {
    const G = 9.80665;
    const DEG = 180 / Math.PI;
    const lines = rowsOf(TWO_BENDS).map(([tS, ax, ay, az, gx, gy, gz]) =>
      [gz * DEG, az / G, 'walking about', ax / G, ay / G, tS.toFixed(4), gx * DEG, gy * DEG].join(','),
    );
    const text = ['gyr_z,acc_z,note,acc_x,acc_y,t_s,gyr_x,gyr_y', ...lines].join('\n');
    const { events } = analyzed(text, { ...SIDECAR, accUnit: 'g', gyrUnit: 'deg/s' });
    expect(bendsOf(events).map(({ startS }) => startS)).toEqual(bendsOf(reference.events).map(({ startS }) => startS));
    bendsOf(events).forEach((bend, i) => expect(bend.peakDeg).toBeCloseTo(bendsOf(reference.events)[i].peakDeg, 2));
  });

  it('in another mount, stated as axes or as rows', () => {
    // "+Z-Y+X": the sensor's x points right, its y down, its z forward.
    const rows = rowsOf(TWO_BENDS).map(([tS, ax, ay, az, gx, gy, gz]) => [tS, az, -ay, ax, gz, -gy, gx]);
    const mounts = [
      '+Z-Y+X',
      [
        [0, 0, 1],
        [0, -1, 0],
        [1, 0, 0],
      ],
    ];
    for (const mount of mounts) {
      const { events } = analyzed(csvOf(rows), { ...SIDECAR, mount });
      expect(events).toEqual(reference.events);
    }
  });

  it('without a stated mount, which is then found', () => {
    const { mount: _mount, ...sidecar } = SIDECAR;
    const rows = rowsOf(TWO_BENDS).map(([tS, ax, ay, az, gx, gy, gz]) => [tS, az, -ay, ax, gz, -gy, gx]);
    const { events, summary } = analyzed(csvOf(rows), sidecar);
    expect(summary.calibration.method).toBe('mountFromData');
    expect(bendsOf(events)).toHaveLength(2);
    bendsOf(events).forEach((bend, i) => expect(Math.abs(bend.peakDeg - [50, 75][i])).toBeLessThan(3));
  });

  it('with a stated neutral, bent 20° forward, counts from there', () => {
    const leaning = rowsOf([
      { do: 'bend', toDeg: 20, inS: 1, holdS: 6, backS: 1 },
      { do: 'bend', toDeg: 70, inS: 1, holdS: 2, backS: 1 },
      { do: 'stand', forS: 6 },
    ]);
    const { events, summary } = analyzed(csvOf(leaning), { ...SIDECAR, neutral: { startS: 2, endS: 6 } });
    expect(summary.calibration).toMatchObject({ method: 'stated', confidence: 1 });
    expect(bendsOf(events)).toHaveLength(1);
    expect(Math.abs(bendsOf(events)[0].peakDeg - 50)).toBeLessThan(2);
  });
});

describe('calendar days', () => {
  const AROUND_MIDNIGHT_S = 12;

  it('follow from utcStart', () => {
    const utcStart = '2026-03-01T23:59:48Z';
    const { days } = analyzed(plain, { ...SIDECAR, utcStart });
    expect(days.map(({ day }) => day)).toEqual(['2026-03-01', '2026-03-02']);
    expect(days[0].coveredS).toBeCloseTo(AROUND_MIDNIGHT_S, 6);
    expect(days.map(({ bends }) => bends)).toEqual([2, 0]);
  });

  it('follow from Unix time', () => {
    const startS = Date.parse('2026-03-01T23:59:48Z') / 1000;
    const { days, events } = analyzed(csvOf(rowsOf(TWO_BENDS, 50, startS)));
    expect(days.map(({ day }) => day)).toEqual(['2026-03-01', '2026-03-02']);
    expect(bendsOf(events)[0].startS).toBeGreaterThan(startS + 5);
    expect(bendsOf(events)[0].startS).toBeLessThan(startS + 6);
  });
});

describe('missing data', () => {
  it('a gap is reported, not filled', () => {
    const rows = rowsOf(TWO_BENDS).filter(([tS]) => tS < 14.2 || tS >= 18.2);
    const { events, summary, days } = analyzed(csvOf(rows));
    const gaps = events.filter(({ type }) => type === 'gap');
    expect(gaps).toHaveLength(1);
    expect(gaps[0]).toMatchObject({ startS: expect.closeTo(14.18, 5), endS: expect.closeTo(18.2, 5) });
    expect(gaps[0].reason).not.toBe('');
    expect(summary.durationS).toBeCloseTo(22.4, 1);
    expect(summary.coveredS).toBeCloseTo(18.4, 1);
    expect(days[0].coveredS).toBeCloseTo(18.4, 1);
  });

  it('empty cells are missing samples: rows stay, cells stay empty', () => {
    const rows = rowsOf(TWO_BENDS);
    for (let i = 100; i < 110; i++) rows[i].fill(NaN, 1);
    rows[200][5] = NaN;
    const { results, events } = analyzed(csvOf(rows), SIDECAR, ['--orientation', '--angles']);
    expect(bendsOf(events)).toHaveLength(2);
    expect(events.filter(({ type }) => type === 'gap')).toHaveLength(2);
    const { rows: orientation } = readTable(results, 'orientation.csv');
    const { rows: angles } = readTable(results, 'angles.csv');
    for (const table of [orientation, angles]) expect(table).toHaveLength(rows.length);
    orientation.forEach((row, i) => {
      const missing = (i >= 100 && i < 110) || i === 200;
      expect(
        row.slice(1).every((value) => Number.isNaN(value) === missing),
        `row ${i}`,
      ).toBe(true);
    });
  });

  it.each([
    [[1, 0, 0, 0, 1, 0, 0, 0, 1], 0],
    [[1, 0, 0, 0, -1, 0, 0, 0, -1], 1],
  ] as const)('a stated mount that the steps speak against is noted (%j)', (mount, times) => {
    const { n, tS, accMps2 } = walked(50, 40, mount);
    const rows = Array.from({ length: n }, (_, i) => [tS[i], ...accMps2.subarray(3 * i, 3 * i + 3), 0, 0, 0]);
    const { summary } = analyzed(csvOf(rows), SIDECAR);
    const found = summary.notes.filter((note) => note.includes('sits upside down against its stated mount'));
    expect(found).toHaveLength(times);
  });

  it('a recording without gyroscope says what it cannot tell', () => {
    const rows = rowsOf(TWO_BENDS).map((row) => row.slice(0, 4));
    const { gyrUnit: _unit, ...sidecar } = SIDECAR;
    const text = csvOf(rows, ['t_s', 'acc_x', 'acc_y', 'acc_z']);
    const { results, summary, events } = analyzed(text, sidecar, ['--orientation', '--angles']);
    expect(summary.notes.join()).toContain('accelerometer only');
    expect(bendsOf(events)).toHaveLength(2);
    expect(events.filter(({ type }) => type === 'twist' || type === 'turn')).toEqual([]);
    const { header, rows: angles } = readTable(results, 'angles.csv');
    expect(angles.every((row) => Number.isNaN(row[header.indexOf('rotation_deg')]))).toBe(true);
    expect(readTable(results, 'orientation.csv').rows).toHaveLength(rows.length);
  });
});

describe('angles and orientation', () => {
  const rows = rowsOf(TWO_BENDS);
  const { results, events } = analyzed(plain, SIDECAR, ['--orientation', '--angles']);

  it('orientation.csv has unit quaternions from sensor to earth for every row', () => {
    const { header, rows: table } = readTable(results, 'orientation.csv');
    expect(header.join()).toBe('t_s,qw,qx,qy,qz,qw_settled,qx_settled,qy_settled,qz_settled');
    expect(table.map(([tS]) => tS)).toEqual(rows.map(([tS]) => Number(tS.toFixed(4))));
    table.forEach((row, i) => {
      for (const o of [1, 5]) {
        const [w, x, y, z] = row.slice(o, o + 4);
        expect(Math.hypot(w, x, y, z)).toBeCloseTo(1, 4);
        // While she stands, what the sensor feels points up in the earth frame.
        if (row[0] > 4) continue;
        const [, ax, ay, az] = rows[i];
        const up = 2 * (x * z - w * y) * ax + 2 * (w * x + y * z) * ay + (1 - 2 * (x * x + y * y)) * az;
        expect(up / Math.hypot(ax, ay, az)).toBeGreaterThan(0.999);
      }
    });
  });

  it('angles.csv has flexion, lateral, rotation and inclination for every row, causal and settled', () => {
    const { header, rows: table } = readTable(results, 'angles.csv');
    const names = ['flexion_deg', 'lateral_deg', 'rotation_deg', 'inclination_deg'];
    expect(header).toEqual(['t_s', ...names, ...names.map((name) => `${name}_settled`)]);
    expect(table).toHaveLength(rows.length);
    const deepest = Math.max(...table.map((row) => row[1]));
    expect(deepest).toBeCloseTo(Math.max(...bendsOf(events).map(({ peakDeg }) => peakDeg)), 2);
    const settledDeepest = Math.max(...table.map((row) => row[5]));
    expect(Math.abs(settledDeepest - 75)).toBeLessThan(2);
  });

  it('settled rows never came before the causal ones at 20 Hz (fixed: the recording failed)', () => {
    const slow = rowsOf(TWO_BENDS, 20);
    const at20Hz = analyzed(csvOf(slow), SIDECAR, ['--orientation', '--angles']);
    const { rows: table } = readTable(at20Hz.results, 'angles.csv');
    expect(table.map(([tS]) => tS)).toEqual(slow.map(([tS]) => Number(tS.toFixed(4))));
    expect(table.every((row) => Math.abs(row[1] - row[5]) < 5)).toBe(true);
  });

  it('a second sensor on the pelvis adds its orientation and the angles of the spine', () => {
    const straight: typeof TWO_BENDS = [{ do: 'stand', forS: 30 }];
    const pelvis = rowsOf(straight);
    const both = rows.map((row, i) => [...row, ...pelvis[i].slice(1)]);
    const columns = ['t_s', ...COLUMNS, ...COLUMNS.map((name) => `pelvis_${name}`)];
    // One sensor misses samples that the other has.
    for (let i = 300; i < 340; i++) both[i].fill(NaN, 7);
    for (let i = 320; i < 330; i++) both[i].fill(NaN, 1, 7);
    const two = analyzed(csvOf(both, columns), { ...SIDECAR, pelvisMount: '+X+Y+Z' }, ['--orientation', '--angles']);
    expect(bendsOf(two.events)).toHaveLength(2);
    for (const { pattern, pelvisDeg, spineFlexionDeg, peakDeg, source } of bendsOf(two.events)) {
      expect([source, pattern]).toEqual(['thorax', 'rounding']);
      expect(Math.abs(Number(pelvisDeg))).toBeLessThan(2);
      expect(Math.abs(Number(spineFlexionDeg) - peakDeg)).toBeLessThan(3);
    }
    expect(bendsOf(events).every((event) => !('pattern' in event))).toBe(true);
    expect(two.summary.calibration.pelvis).toMatchObject({ method: 'fromData' });
    const orientation = readTable(two.results, 'orientation.csv');
    expect(orientation.header.slice(9, 13)).toEqual(['pelvis_qw', 'pelvis_qx', 'pelvis_qy', 'pelvis_qz']);
    expect(orientation.rows).toHaveLength(both.length);
    const { header, rows: table } = readTable(two.results, 'angles.csv');
    const spine = header.indexOf('spine_flexion_deg');
    expect(header.slice(spine)).toEqual(
      ['spine_flexion_deg', 'spine_lateral_deg', 'spine_rotation_deg']
        .flatMap((name) => name)
        .concat(['spine_flexion_deg_settled', 'spine_lateral_deg_settled', 'spine_rotation_deg_settled']),
    );
    // The pelvis stays upright, so the spine does all of the bending.
    const deepest = Math.max(...table.map((row) => row[spine]).filter((deg) => !Number.isNaN(deg)));
    expect(Math.abs(deepest - 75)).toBeLessThan(3);
    for (const row of table) {
      const apartDeg = [0, 1, 2].map((c) => Math.abs(row[spine + c] - row[spine + 3 + c]));
      for (const deg of apartDeg) if (!Number.isNaN(deg)) expect(deg).toBeLessThan(5);
    }
    expect(table[325].slice(1).every(Number.isNaN)).toBe(true);
    expect(table[310][spine]).toBeNaN();
    expect(table[310][1]).not.toBeNaN();
  });
});

describe('many recordings', () => {
  const inFolder = newFolder();
  const names = ['a.csv', 'b.csv.gz', 'c.csv', 'd.csv'];
  names.forEach((name, i) => write(inFolder, name, csvOf(rowsOf(TWO_BENDS, 50 + 10 * i))));
  writeFileSync(join(inFolder, 'notes.txt'), 'not a recording');

  it('of a folder are all analysed, each into its own folder', () => {
    const out = join(newFolder(), 'deep', 'out');
    expect(analyze([inFolder, '--out', out])).toMatchObject({ code: 0, stderr: [] });
    expect(readdirSync(out).sort()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('one after the other or two at a time give the same bytes', () => {
    const outs = ['1', '2'].map((jobs) => {
      const out = join(newFolder(), 'out');
      expect(analyze([inFolder, '--out', out, '--jobs', jobs, '--angles', '--orientation']).code).toBe(0);
      return out;
    });
    for (const name of readdirSync(outs[0])) {
      for (const file of readdirSync(join(outs[0], name))) {
        const [one, two] = outs.map((out) => readFileSync(join(out, name, file)));
        expect(one.length).toBeGreaterThan(0);
        expect(one.equals(two), `${name}/${file}`).toBe(true);
      }
    }
  });

  it('with --json print one summary line each', () => {
    const out = join(newFolder(), 'out');
    const run = analyze([inFolder, '--out', out, '--json']);
    const summaries = run.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Summary);
    expect(summaries.map(({ input }) => input).sort()).toEqual(names);
    for (const summary of summaries) {
      expect(summary).toEqual(readJson(out, summary.input.split('.')[0], 'summary.json'));
    }
  });

  it('existing results are refused without --force and replaced with it', () => {
    const out = join(newFolder(), 'out');
    mkdirSync(join(out, 'a'), { recursive: true });
    writeFileSync(join(out, 'a', 'summary.json'), '{}');
    writeFileSync(join(out, 'a', 'stale.txt'), 'old');
    const refused = analyze([inFolder, '--out', out]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toHaveLength(1);
    expect(refused.stderr[0]).toContain('--force');
    expect(readdirSync(out)).toEqual(['a']);
    expect(analyze([inFolder, '--out', out, '--force']).code).toBe(0);
    expect(existsSync(join(out, 'a', 'stale.txt'))).toBe(false);
    expect(existsSync(join(out, 'a', 'summary.json'))).toBe(true);
  });

  it('a folder that holds no results is never removed, not even with --force', () => {
    const out = join(newFolder(), 'out');
    mkdirSync(join(out, 'a'), { recursive: true });
    writeFileSync(join(out, 'a', 'thesis.txt'), 'precious');
    const run = analyze([inFolder, '--out', out, '--force']);
    expect(run.code).toBe(1);
    expect(run.stderr.filter((line) => line.includes('expected results of an earlier analysis'))).toHaveLength(1);
    expect(existsSync(join(out, 'a', 'thesis.txt'))).toBe(true);
  });
});

describe('memory', () => {
  it('of a long recording is that of a short one', () => {
    const inFolder = newFolder();
    const minute = rowsOf([...TWO_BENDS, { do: 'walk', forS: 30 }, { do: 'stand', forS: 7.6 }], 100);
    const text = (minutes: number): string => {
      const cells = minute.map(([, ...values]) => values.map((value) => value.toFixed(5)).join(','));
      const lines = Array.from(
        { length: minutes * cells.length },
        (_, i) => `${(i / 100).toFixed(2)},${cells[i % cells.length]}`,
      );
      return `t_s,${COLUMNS.join(',')}\n${lines.join('\n')}\n`;
    };
    const peakBytes = (minutes: number): number => {
      const path = write(inFolder, `m${minutes}.csv`, text(minutes));
      const report = join(inFolder, `rss${minutes}`);
      const hook = `import { writeFileSync } from 'node:fs'; process.on('exit', () => writeFileSync(${JSON.stringify(report)}, String(process.resourceUsage().maxRSS)));`;
      const run = analyze(
        [path, '--out', join(inFolder, `out${minutes}`), '--jobs', '1', '--angles', '--orientation'],
        ['--import', `data:text/javascript,${encodeURIComponent(hook)}`],
      );
      expect(run.code).toBe(0);
      return Number(readFileSync(report, 'utf8')) * 1024;
    };
    // Until here the engine still warms up.
    const shortBytes = peakBytes(15);
    const longBytes = peakBytes(60);
    expect(longBytes / shortBytes).toBeLessThan(1.3);
  }, 60_000);
});

/** `plumbline convert`: the same numbers in another format, or a part of them. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { convert, type ConvertCommand } from '../../../src/app/convert.ts';
import { createMcapRecording } from '../../../src/app/recording/mcapRecordingFile.ts';
import { PlumblineProcess, temporaryFolder } from '../../e2e/plumblineProcess.ts';
import { analyze, COLUMNS, csvOf, readJson, rowsOf, TWO_BENDS, write } from '../writtenRecordings.ts';
import { blockFrom, RATE_HZ, readWhole, SENSOR, SIDECAR, writeSeconds } from './recordedSamples.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const newFolder = (): string => {
  const path = join(folder.path, crypto.randomUUID());
  mkdirSync(path);
  return path;
};
const converted = (path: string, out: string, more: Partial<ConvertCommand> = {}): Promise<number> =>
  convert({ path, out, fromS: undefined, toS: undefined, force: false, ...more });

const ROWS = rowsOf(TWO_BENDS);
/** Units, keys and numbers that are not ours: 15 digits, an odd time, exponents, missing cells, keys that nobody knows. */
const FOREIGN_SIDECAR = {
  accUnit: 'g',
  gyrUnit: 'deg/s',
  placement: 'waist',
  mount: '+Z-Y+X',
  study: { arm: 'B', visit: 2 },
};
const FOREIGN_ROWS = Array.from({ length: 1234 }, (_, i) => [
  1_786_000_000.0000005 + i / 64,
  0.123456789012345 * Math.sin(i),
  1 / 3,
  i % 10 === 0 ? NaN : 1e-9 * i,
  -250 + i / 7,
  i,
  Math.PI,
]);
const text = (rows: readonly number[][]): string =>
  [`t_s,${COLUMNS.join(',')}`, ...rows.map((row) => row.map((v) => (Number.isNaN(v) ? '' : String(v))).join(','))].join(
    '\n',
  );

describe('CSV → MCAP → CSV', () => {
  it.each([
    ['a recording with short decimals', csvOf(ROWS), SIDECAR],
    ['numbers of any form', text(FOREIGN_ROWS), FOREIGN_SIDECAR],
    [
      'no gyroscope',
      csvOf(
        ROWS.map((row) => row.slice(0, 4)),
        ['t_s', ...COLUMNS.slice(0, 3)],
      ),
      { ...SIDECAR, rateHz: 50 },
    ],
    [
      'a second sensor',
      csvOf(
        ROWS.map((row) => [...row, ...row.slice(1)]),
        ['t_s', ...COLUMNS, ...COLUMNS.map((name) => `pelvis_${name}`)],
      ),
      { ...SIDECAR, rateHz: undefined, pelvisMount: '+X+Y+Z' },
    ],
  ])('of %s gives the same numbers, keys and columns', async (_, csv, sidecar) => {
    const inFolder = newFolder();
    const rated = { ...sidecar, rateHz: undefined };
    const path = write(inFolder, 'x.csv', csv, rated);
    await converted(path, join(inFolder, 'y.mcap'));
    await converted(join(inFolder, 'y.mcap'), join(inFolder, 'z.csv.gz'));
    await converted(join(inFolder, 'z.csv.gz'), join(inFolder, 'u.csv'));
    const [before, between, after] = await Promise.all(
      ['x.csv', 'y.mcap', 'u.csv'].map((name) => readWhole(join(inFolder, name))),
    );
    expect(before.rows.length).toBeGreaterThan(1000);
    for (const { timesS, rows, pelvis } of [between, after]) {
      expect(timesS).toEqual(before.timesS);
      expect(rows.map(positiveZero)).toEqual(before.rows.map(positiveZero));
      expect(pelvis.map(positiveZero)).toEqual(before.pelvis.map(positiveZero));
    }
    expect(readJson(inFolder, 'u.json')).toEqual(readJson(inFolder, 'x.json'));
    expect(headerOf(join(inFolder, 'u.csv'))).toBe(headerOf(path));
  });
});

const positiveZero = (row: readonly number[]): number[] => row.map((value) => value + 0);
const headerOf = (path: string): string => readFileSync(path, 'utf8').split('\n', 1)[0];

describe('MCAP → CSV → MCAP', () => {
  it('keeps flags, gaps with their reasons, and the quality of the clock', async () => {
    const inFolder = newFolder();
    const path = join(inFolder, 'x.mcap');
    const file = await createMcapRecording(path, { force: false });
    file.begin({ layout: { main: SENSOR, pelvis: undefined }, sidecar: SIDECAR, rateHz: RATE_HZ, firstS: 0 });
    file.blocks({ main: blockFrom(0, 150), pelvis: undefined });
    file.note({ kind: 'clock', sensor: 'main', tS: 1.49, residualMs: 2.5 });
    file.note({ kind: 'gap', sensor: 'main', startS: 1.49, endS: 4, missingSamples: 250, reason: 'radioLoss' });
    file.blocks({ main: blockFrom(4, 150), pelvis: undefined });
    await file.close();
    await converted(path, join(inFolder, 'y.csv'));
    await converted(join(inFolder, 'y.csv'), join(inFolder, 'z.mcap'));
    const [before, after] = await Promise.all(['x.mcap', 'z.mcap'].map((name) => readWhole(join(inFolder, name))));
    expect(before.notes).toHaveLength(2);
    expect(before.rows.some((row) => row.at(-1) === 17)).toBe(true);
    expect({ ...after, notes: new Set(after.notes) }).toEqual({ ...before, notes: new Set(before.notes) });
  });

  it('of a part has only that part, on the same time axis', async () => {
    const inFolder = newFolder();
    const path = join(inFolder, 'x.mcap');
    await writeSeconds(path, 20);
    await converted(path, join(inFolder, 'y.csv'), { fromS: 7.5, toS: 12 });
    const { timesS } = await readWhole(join(inFolder, 'y.csv'));
    expect([timesS[0], timesS.at(-1), timesS.length]).toEqual([7.5, 11.99, 450]);
    await converted(join(inFolder, 'y.csv'), join(inFolder, 'z.mcap'), { fromS: 8, toS: 9 });
    expect((await readWhole(join(inFolder, 'z.mcap'))).timesS).toHaveLength(100);
  });

  it('of a recording that was cut has all that is whole, and ends as a recording does', async () => {
    const inFolder = newFolder();
    await writeSeconds(join(inFolder, 'x.mcap'), 5, false);
    const run = new PlumblineProcess(['convert', 'x.mcap', '--out', 'y.mcap'], { folder: inFolder });
    expect(await run.ended).toMatchObject({ code: 0 });
    expect(run.stderr).toMatch(/^x\.mcap was cut off: expected the end mark of the recording, found nothing/);
    expect(run.stdout).toBe('y.mcap: 500 samples\n');
    expect((await readWhole(join(inFolder, 'y.mcap'))).end.cut).toBeUndefined();
  });
});

describe('analyze', () => {
  it('gives the same results, byte for byte, whatever the format', async () => {
    const inFolder = newFolder();
    const path = write(inFolder, 'x.csv', csvOf(ROWS), {
      ...FOREIGN_SIDECAR,
      accUnit: 'm/s2',
      gyrUnit: 'rad/s',
      mount: '+X+Y+Z',
    });
    await converted(path, join(inFolder, 'y.mcap'));
    const out = join(inFolder, 'out');
    expect(analyze([path, join(inFolder, 'y.mcap'), '--out', out, '--angles', '--orientation'])).toMatchObject({
      code: 0,
      stderr: [],
    });
    const names = readdirSync(join(out, 'x')).filter((name) => name !== 'summary.json');
    expect(names).toContain('angles.csv');
    for (const name of names) expect(readFileSync(join(out, 'y', name))).toEqual(readFileSync(join(out, 'x', name)));
    expect(readJson(out, 'y', 'summary.json')).toEqual({
      ...(readJson(out, 'x', 'summary.json') as object),
      input: 'y.mcap',
    });
  });

  it('refuses two formats of one recording in a folder: both would be results called x', async () => {
    const inFolder = newFolder();
    await converted(write(inFolder, 'x.csv', csvOf(ROWS)), join(inFolder, 'x.mcap'));
    const run = analyze([inFolder, '--out', join(inFolder, 'out')]);
    expect(run.code).toBe(2);
    expect(run.stderr).toEqual([expect.stringMatching(/found two called x: .*x\.csv and .*x\.mcap$/)]);
    expect(existsSync(join(inFolder, 'out'))).toBe(false);
  });
});

describe('replay', () => {
  it('plays an MCAP recording through the live path', async () => {
    const inFolder = newFolder();
    await converted(write(inFolder, 'bends.csv', csvOf(ROWS)), join(inFolder, 'bends.mcap'));
    const config = { web: { port: 0 }, mqtt: { broker: 'embedded', port: 0 } };
    const run = new PlumblineProcess(['replay', 'bends.mcap', '--speed', '5'], { folder: inFolder, config });
    expect(await run.ended).toMatchObject({ code: 0 });
    expect(run.stdout).toMatch(/^Playing bends\.mcap: 22\.\d s at 5× as replay-bends$/m);
    expect(run.stdout).toMatch(/forwardBend/);
  });
});

describe('bad usage and bad input', () => {
  const inFolder = newFolder();
  write(inFolder, 'x.csv', csvOf(ROWS));
  writeFileSync(join(inFolder, 'there.mcap'), 'precious');
  writeFileSync(join(inFolder, 'beside.json'), 'precious');
  writeFileSync(join(inFolder, 'text.mcap'), 'hello, this is no recording');
  write(inFolder, 'bad.csv', `${csvOf(ROWS.slice(0, 300))}7,oops\n`);
  write(inFolder, 'alone.csv', csvOf(ROWS), null);

  it.each([
    [['gone.csv', '--out', 'y.mcap'], 2, /expected a recording, found nothing at gone\.csv/],
    [['x.csv', '--out', 'y.txt'], 2, /--out: expected a name that ends in \.mcap, \.csv or \.csv\.gz, found "y\.txt"/],
    [['x.csv'], 2, /expected --out <file>, found none/],
    [['x.csv', 'bad.csv', '--out', 'y.mcap'], 2, /expected one recording, found 2 arguments/],
    [['x.json', '--out', 'y.mcap'], 2, /expected a recording x\.mcap, x\.csv or x\.csv\.gz, found x\.json/],
    [['x.csv', '--out', './x.csv', '--force'], 2, /expected another file than the recording/],
    [['x.csv', '--out', 'there.mcap'], 2, /expected no recording yet, found there\.mcap \(--force overwrites\)/],
    [['x.csv', '--out', 'beside.csv'], 2, /expected no recording yet, found beside\.json \(--force overwrites\)/],
    [['x.csv', '--out', 'y.mcap', '--from', '5', '--to', '5'], 2, /--to: expected more than 5, found 5/],
    [['x.csv', '--out', 'y.mcap', '--from', '500'], 1, /expected samples to convert, found none/],
    [['text.mcap', '--out', 'y.csv'], 1, /expected an MCAP file \(894d434150300d0a\), found 68656c6c6f/],
    [['bad.csv', '--out', 'y.mcap'], 1, /\(line 302\)/],
    [['alone.csv', '--out', 'y.mcap'], 1, /expected a sidecar .*alone\.json/],
    [['x.csv', '--out', 'no/such/folder/y.mcap'], 1, /expected to write no\/such\/folder\/y\.mcap, found ENOENT/],
  ])('%j: exit code %i, one line, nothing written', async (args, code, says) => {
    const before = readdirSync(inFolder);
    const run = new PlumblineProcess(['convert', ...args], { folder: inFolder });
    expect(await run.ended).toMatchObject({ code });
    expect(run.stderr).toMatch(says);
    expect(run.stderr).toMatch(/^plumbline: [^\n]*\n$/);
    expect(readdirSync(inFolder)).toEqual(before);
    expect(readFileSync(join(inFolder, 'there.mcap'), 'utf8')).toBe('precious');
  });

  it('--force overwrites, and names what is no column of a recording', async () => {
    const labelled = csvOf(
      ROWS.map((row) => [...row, 1]),
      ['t_s', ...COLUMNS, 'label'],
    );
    write(inFolder, 'labelled.csv', labelled);
    const run = new PlumblineProcess(['convert', 'labelled.csv', '--out', 'beside.csv', '--force'], {
      folder: inFolder,
    });
    expect(await run.ended).toMatchObject({ code: 0 });
    expect(run.stderr).toBe('not carried over, no columns of a recording: label\n');
    expect((await readWhole(join(inFolder, 'beside.csv'))).rows).toHaveLength(ROWS.length);
  });

  it('a damaged recording leaves what was there, even with --force', async () => {
    const out = join(inFolder, 'there.mcap');
    await expect(converted(join(inFolder, 'bad.csv'), out, { force: true })).rejects.toThrow(/line 302/);
    expect(readFileSync(out, 'utf8')).toBe('precious');
    expect(readdirSync(inFolder).filter((name) => name.includes('partial'))).toEqual([]);
  });
});

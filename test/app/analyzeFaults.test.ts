/** Bad recordings: one clear line each, naming what was expected and found; the others are analysed. */
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../e2e/plumblineProcess.ts';
import { analyze, type Analysed, csvOf, rowsOf, SIDECAR, write } from './writtenRecordings.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

let runs = 0;
const newFolder = (): string => {
  const path = join(folder.path, String(++runs));
  mkdirSync(path);
  return path;
};

const ROWS = rowsOf([
  { do: 'stand', forS: 3 },
  { do: 'bend', toDeg: 60, inS: 0.6, holdS: 1, backS: 0.6 },
]);
const GOOD = csvOf(ROWS);
const GOOD_LINES = GOOD.split('\n');
/** Line numbers count the header as 1. */
const withLine = (line: number, text: string): string => GOOD_LINES.with(line - 1, text).join('\n');
const cellsOf = (line: number): string[] => GOOD_LINES[line - 1].split(',');
const withCell = (line: number, column: number, cell: string): string =>
  withLine(line, cellsOf(line).with(column, cell).join(','));
const without = (key: keyof typeof SIDECAR): object =>
  Object.fromEntries(Object.entries(SIDECAR).filter(([name]) => name !== key));

interface Bad {
  readonly is: string;
  readonly text?: string;
  readonly bytes?: Buffer;
  readonly name?: string;
  /** `null`: none. */
  readonly sidecar?: object | string | null;
  /** After `x.csv: `. */
  readonly says: RegExp;
}

const BAD: readonly Bad[] = [
  {
    is: 'a missing column',
    text: GOOD.replace('acc_y', 'accy'),
    says: /^expected the column acc_y, found t_s acc_x accy .*\(line 1\)$/,
  },
  {
    is: 'missing columns',
    text: GOOD.replace('gyr_x', 'a').replace('gyr_z', 'b'),
    says: /^expected the columns gyr_x, gyr_z, found .*\(line 1\)$/,
  },
  { is: 'no time', text: GOOD.replace('t_s', 'time'), says: /^expected the column t_s, found time .*\(line 1\)$/ },
  {
    is: 'a column twice',
    text: GOOD.replace('acc_y', 'acc_x'),
    says: /^expected each column once, found acc_x twice \(line 1\)$/,
  },
  {
    is: 'no number',
    text: withCell(7, 2, 'n/a'),
    says: /^expected a number in the column acc_y, found "n\/a" \(line 7\)$/,
  },
  { is: 'too few cells', text: withLine(9, '0.16,1,2'), says: /^expected 7 cells, found 3 \(line 9\)$/ },
  { is: 'too many cells', text: withLine(9, `${GOOD_LINES[8]},1`), says: /^expected 7 cells, found more \(line 9\)$/ },
  {
    is: 'time that stands still',
    text: withCell(12, 0, cellsOf(11)[0]),
    says: /^expected t_s to increase, found 0\.18 after 0\.18 \(line 12\)$/,
  },
  {
    is: 'time that goes back',
    text: withCell(12, 0, '0.01'),
    says: /^expected t_s to increase, found 0\.01 after 0\.18 \(line 12\)$/,
  },
  {
    is: 'an empty time',
    text: withCell(12, 0, ''),
    says: /^expected t_s to increase, found an empty cell \(line 12\)$/,
  },
  { is: 'an empty file', text: '', says: /^expected a header row, found an empty file$/ },
  { is: 'only a header', text: `${GOOD_LINES[0]}\n`, says: /^expected .*samples.*, found/ },
  {
    is: 'only a header, rate stated',
    text: GOOD_LINES[0],
    sidecar: { ...SIDECAR, rateHz: 50 },
    says: /^expected samples after the header, found none$/,
  },
  {
    is: 'only empty cells',
    text: csvOf(ROWS.map(([tS]) => [tS, NaN, NaN, NaN, NaN, NaN, NaN])),
    says: /^expected values in acc_x\/y\/z, found none$/,
  },
  {
    is: 'time in milliseconds',
    text: csvOf(ROWS.map(([tS, ...values]) => [1000 * tS, ...values])),
    says: /^expected 5 to 2000 samples per second, found samples 20 s apart \(is t_s in seconds\?\)$/,
  },
  {
    is: 'another rate than stated',
    text: GOOD,
    sidecar: { ...SIDECAR, rateHz: 100 },
    says: /^expected samples 0\.01 s apart as rateHz 100 says, found 0\.02 s/,
  },
  {
    is: 'g said to be m/s²',
    text: csvOf(ROWS.map(([tS, x, y, z, ...gyr]) => [tS, x / 9.8, y / 9.8, z / 9.8, ...gyr])),
    says: /^expected a median acceleration of about 1 g in acc_x\/y\/z, found 0\.10 g: is accUnit right\?$/,
  },
  {
    is: 'm/s² said to be g',
    text: GOOD,
    sidecar: { ...SIDECAR, accUnit: 'g' },
    says: /^expected a median acceleration of about 1 g .*, found \S+ g: is accUnit right\?$/,
  },
  {
    is: '°/s said to be rad/s',
    text: csvOf(ROWS.map(([tS, x, y, z, ...gyr]) => [tS, x, y, z, ...gyr.map((v) => (v * 180) / Math.PI)])),
    says: /^expected angular rates below 100 rad\/s, found \d+ rad\/s: is gyrUnit right\?$/,
  },
  { is: 'no sidecar', text: GOOD, sidecar: null, says: /^expected a sidecar .*x\.json .*, found none$/ },
  {
    is: 'a sidecar that is no JSON',
    text: GOOD,
    sidecar: '{"accUnit": "g",}',
    says: /^expected JSON in the sidecar .*x\.json, found /,
  },
  {
    is: 'thresholds that do not exist or cannot be',
    text: GOOD,
    sidecar: { ...SIDECAR, parameters: { bendEnterDeg: 500, bendAngle: 3 } },
    says: /expected bendEnterDeg from 10 to 60 deg, found 500.*expected a parameter of the motion core, found bendAngle/,
  },
  { is: 'a sidecar without unit', text: GOOD, sidecar: without('accUnit'), says: /accUnit.*expected.*found nothing/ },
  {
    is: 'a sidecar without unit of the gyroscope',
    text: GOOD,
    sidecar: without('gyrUnit'),
    says: /^expected gyrUnit "deg\/s" or "rad\/s" .*, found none/,
  },
  {
    is: 'a bad unit',
    text: GOOD,
    sidecar: { ...SIDECAR, accUnit: 'mg' },
    says: /accUnit.*expected.*"g".*"m\/s2".*found "mg"/,
  },
  {
    is: 'a bad placement',
    text: GOOD,
    sidecar: { ...SIDECAR, placement: 'wrist' },
    says: /placement.*expected.*"chest".*found "wrist"/,
  },
  {
    is: 'a left-handed mount',
    text: GOOD,
    sidecar: { ...SIDECAR, mount: '+X+Y-Z' },
    says: /mount.*expected.*right-handed.*found "\+X\+Y-Z"/,
  },
  {
    is: 'no mount at all',
    text: GOOD,
    sidecar: { ...SIDECAR, mount: 'front' },
    says: /mount.*expected.*found "front"/,
  },
  {
    is: 'a neutral outside of the recording',
    text: GOOD,
    sidecar: { ...SIDECAR, neutral: { startS: 100, endS: 110 } },
    says: /^expected samples between neutral\.startS 100 and endS 110, found none$/,
  },
  {
    is: 'a gzip that was cut off',
    name: 'x.csv.gz',
    bytes: gzipSync(GOOD).subarray(0, 4000),
    says: /^expected readable gzip CSV, found unexpected end of file \(line \d+\)$/,
  },
  {
    is: 'a gzip that is none',
    name: 'x.csv.gz',
    bytes: Buffer.from(GOOD),
    says: /^expected readable gzip CSV, found incorrect header check \(line 1\)$/,
  },
  {
    is: 'bytes of something else',
    bytes: Buffer.from([0, 255, 10, 13, 0, 200]),
    says: /^expected the column .*\(line 1\)$/,
  },
];

function writeBad(inFolder: string, { text = '', bytes, name = 'x.csv', sidecar = SIDECAR }: Bad): string {
  const isJson = typeof sidecar === 'object' && sidecar !== null;
  const path = write(inFolder, name, text, isJson ? sidecar : null);
  if (bytes) writeFileSync(path, bytes);
  if (typeof sidecar === 'string') writeFileSync(join(inFolder, 'x.json'), sidecar);
  if (sidecar === null) expect(existsSync(join(inFolder, 'x.json'))).toBe(false);
  return path;
}

describe('a recording with', () => {
  it.each(BAD)('$is fails in one line that says so, and leaves nothing behind', (bad) => {
    const inFolder = newFolder();
    const out = join(inFolder, 'out');
    const run = analyze([writeBad(inFolder, bad), '--out', out, '--jobs', '1', '--angles']);
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toHaveLength(1);
    const [file, ...message] = run.stderr[0].split(': ');
    expect(file).toBe(bad.name ?? 'x.csv');
    expect(message.join(': ')).toMatch(bad.says);
    expect(message.join(': ')).toMatch(/expected .*, found /);
    expect(readdirSync(out)).toEqual([]);
  });

  it('a fault late in it keeps the results that were there before', () => {
    const inFolder = newFolder();
    const out = join(inFolder, 'out');
    const path = write(inFolder, 'x.csv', GOOD);
    expect(analyze([path, '--out', out]).code).toBe(0);
    const before = readFileSync(join(out, 'x', 'events.json'), 'utf8');
    write(inFolder, 'x.csv', withCell(GOOD_LINES.length - 1, 1, 'oops'));
    expect(analyze([path, '--out', out, '--force']).code).toBe(1);
    expect(readFileSync(join(out, 'x', 'events.json'), 'utf8')).toBe(before);
    expect(readdirSync(out)).toEqual(['x']);
  });
});

describe('a folder with good and bad recordings', () => {
  it.each(['1', '2'])('gives results for the good and a line for each bad, %s at a time', (jobs) => {
    const inFolder = newFolder();
    for (const name of ['a.csv', 'c.csv.gz', 'e.csv']) write(inFolder, name, GOOD);
    write(inFolder, 'b.csv', withCell(20, 4, 'x'));
    write(inFolder, 'd.csv', GOOD, { ...SIDECAR, accUnit: 'kg' });
    const out = join(inFolder, 'out');
    const run = analyze([inFolder, '--out', out, '--jobs', jobs, '--json']);
    expect(run.code).toBe(1);
    expect(readdirSync(out).sort()).toEqual(['a', 'c', 'e']);
    expect(run.stdout.trim().split('\n')).toHaveLength(3);
    const [first, second, ...more] = [...run.stderr].sort();
    expect(first).toBe('b.csv: expected a number in the column gyr_x, found "x" (line 20)');
    expect(second).toMatch(/^d\.csv: .*accUnit/);
    expect(more).toEqual([]);
  });
});

describe('bad usage', () => {
  const inFolder = newFolder();
  const good = write(inFolder, 'good.csv', GOOD);
  const emptyFolder = newFolder();
  const other = write(newFolder(), 'good.csv', GOOD);
  const text = join(inFolder, 'notes.txt');
  writeFileSync(text, 'hello');
  let outs = 0;
  const out = (): string => join(inFolder, `out${++outs}`);

  const refusedFor = (args: readonly string[]): Analysed => {
    const run = analyze(args);
    expect(run.code).toBe(2);
    expect(run.stdout).toBe('');
    return run;
  };

  it.each([
    ['no path', () => ['--out', out()], /expected .*recording.*found none/],
    ['no --out', () => [good], /expected --out <dir>, found none/],
    ['an unknown option', () => [good, '--out', out(), '--angels'], /--angels/],
    ['no such path', () => [join(inFolder, 'gone.csv'), '--out', out()], /found nothing at .*gone\.csv/],
    ['an empty folder', () => [emptyFolder, '--out', out()], /expected recordings .*found none/],
    ['a file that is no recording', () => [text, '--out', out()], /expected a recording .*found .*notes\.txt/],
    ['two recordings of one name', () => [good, other, '--out', out()], /found two called good/],
    ['no jobs', () => [good, '--out', out(), '--jobs', '0'], /--jobs: expected a whole number .*found "0"/],
    ['half a job', () => [good, '--out', out(), '--jobs', '1.5'], /--jobs: expected a whole number .*found "1\.5"/],
    ['a file for --out', () => [good, '--out', text], /--out: expected a folder .*found/],
  ] as const)('%s: exit code 2, one message, nothing written', (_, args, says) => {
    const { stderr } = refusedFor(args());
    expect(stderr[0]).toMatch(/^plumbline: /);
    expect(stderr[0]).toMatch(says);
    expect(stderr.join('\n')).not.toMatch(/^\s+at /m);
    expect(readdirSync(inFolder).filter((name) => name.startsWith('out'))).toEqual([]);
  });
});

describe('a disk that is full', () => {
  const full = '/dev/full';

  it.skipIf(!existsSync(full))('is not taken for a mistake in the recording', () => {
    const inFolder = newFolder();
    const out = join(inFolder, 'out');
    // Every write into the results fails the way it does on a full disk.
    const hook = `import fs from 'node:fs'; import { syncBuiltinESMExports } from 'node:module';
      const open = fs.openSync; fs.openSync = (path, ...more) => String(path).includes('.partial') ? open('${full}', 'w') : open(path, ...more);
      syncBuiltinESMExports();`;
    closeSync(openSync(full, 'w'));
    const run = analyze(
      [write(inFolder, 'x.csv', GOOD), '--out', out, '--jobs', '1', '--angles'],
      ['--import', `data:text/javascript,${encodeURIComponent(hook)}`],
    );
    expect(run.code).toBe(1);
    expect(run.stderr).toEqual([expect.stringMatching(/^x\.csv: expected to write results, found ENOSPC/)]);
    expect(readdirSync(out)).toEqual([]);
  });
});

import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { rateOf, readCsvRecording } from '../../src/app/csvRecording.ts';
import { Recorder, type RecordingEnd } from '../../src/app/recorder.ts';
import { RecordingFile } from '../../src/app/recordingFile.ts';
import { readSidecar } from '../../src/app/sidecar.ts';
import { emptyBlock, type ImuBlock } from '../../src/model/block.ts';
import { configIn, PlumblineProcess, temporaryFolder } from '../e2e/plumblineProcess.ts';

const SUBJECT = {
  personId: 'anna',
  device: 'plumbline',
  placement: 'chest',
  mount: [0, 0, 1, 0, -1, 0, 1, 0, 0],
  gyroTiming: 'integratesBackward',
} as const;
const START_S = 1_786_000_000.0005;
const RATE_HZ = 100;

function blockAt(startS: number, n = 10, withGyroscope = true, rateHz = RATE_HZ): ImuBlock {
  const block = emptyBlock(n, rateHz, withGyroscope);
  block.tS.set(Array.from({ length: n }, (_, i) => startS + i / rateHz));
  block.accMps2.fill(1.234567);
  block.gyrRadps?.fill(-0.0000012);
  return block;
}

describe('a recorder', () => {
  let lines: string[];
  let sidecar: Record<string, unknown>;
  let ends: RecordingEnd[];
  beforeEach(() => {
    lines = [];
    sidecar = {};
    ends = [];
  });

  function recorder(durationS?: number): Recorder {
    const sink = {
      begin: (columns: readonly string[], about: object) => {
        lines.push(columns.join(','));
        sidecar = { ...about };
      },
      row: (cells: string) => void lines.push(cells),
    };
    return new Recorder(SUBJECT, sink, { durationS, onEnd: (end) => ends.push(end) });
  }

  const timesS = (): number[] => lines.slice(1).map((line) => Number(line.split(',')[0]));

  it('writes header and sidecar with the first sample, and times from there on', () => {
    recorder().onBlock(blockAt(START_S, 2));
    expect(lines).toEqual([
      't_s,acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z',
      '0.000500,1.23457,1.23457,1.23457,-0.000001,-0.000001,-0.000001',
      '0.010500,1.23457,1.23457,1.23457,-0.000001,-0.000001,-0.000001',
    ]);
    expect(sidecar).toEqual({
      accUnit: 'm/s2',
      gyrUnit: 'rad/s',
      gyroTiming: 'integratesBackward',
      placement: 'chest',
      mount: [
        [0, 0, 1],
        [0, -1, 0],
        [1, 0, 0],
      ],
      rateHz: RATE_HZ,
      utcStart: '2026-08-06T07:06:40.000Z',
      device: 'plumbline',
      personId: 'anna',
    });
  });

  it('leaves out the gyroscope of a wearable without one', () => {
    recorder().onBlock(blockAt(START_S, 1, false));
    expect(lines).toEqual(['t_s,acc_x,acc_y,acc_z', '0.000500,1.23457,1.23457,1.23457']);
    expect(sidecar).not.toHaveProperty('gyrUnit');
  });

  it('writes a missing sample as empty cells', () => {
    const block = blockAt(START_S, 1);
    block.accMps2.fill(NaN);
    block.gyrRadps?.fill(NaN);
    recorder().onBlock(block);
    expect(lines[1]).toBe('0.000500,,,,,,');
  });

  it('leaves a gap where data are missing, and counts it', () => {
    const running = recorder();
    running.onBlock(blockAt(START_S));
    running.onGap({ startS: START_S + 0.09, endS: START_S + 1, missingSamples: 90, reason: 'radioLoss' });
    running.onBlock(blockAt(START_S + 1));
    expect(timesS().slice(9, 11)).toEqual([0.0905, 1.0005]);
    expect(running).toMatchObject({ samples: 20, gaps: 1, lostSamples: 90 });
  });

  it.each([-3600, 3600])('goes on without a break when the clock of the computer is set by %i s', (setS) => {
    const running = recorder();
    running.onBlock(blockAt(START_S));
    running.onGap({ startS: START_S + 0.09, endS: START_S + setS, missingSamples: 0, reason: 'hostClockSet' });
    running.onBlock(blockAt(START_S + setS));
    running.onBlock(blockAt(START_S + setS + 0.1));
    expect(timesS()).toHaveLength(30);
    timesS().forEach((tS, i) => expect(tS).toBeCloseTo(0.0005 + i / RATE_HZ, 5));
    expect(running.gaps).toBe(0);
  });

  it('ends at its length, within a block', () => {
    const running = recorder(0.25);
    for (let i = 0; i < 5; i++) running.onBlock(blockAt(START_S + i / 10));
    expect(ends).toEqual([{ complete: true }]);
    expect(running.samples).toBe(25);
  });

  it('ends early when the wearable comes back with another rate', () => {
    const running = recorder();
    running.onBlock(blockAt(START_S));
    running.onBlock(blockAt(START_S + 1, 5, true, 50));
    expect(ends).toEqual([
      { complete: false, reason: 'expected 100 Hz as at the beginning, found 50 Hz after a new connection' },
    ]);
    expect(running.samples).toBe(10);
  });
});

describe('a recording file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-recording-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const fresh = (): string => join(folder, crypto.randomUUID(), 'x.csv');

  it('is on the disk after each flush, whole lines only', () => {
    const path = fresh();
    const file = new RecordingFile(path, false);
    file.begin(['t_s', 'acc_x'], { accUnit: 'g' });
    expect(readFileSync(path, 'utf8')).toBe('t_s,acc_x\n');
    expect(JSON.parse(readFileSync(path.replace('.csv', '.json'), 'utf8'))).toEqual({ accUnit: 'g' });
    file.row('0,1');
    expect(readFileSync(path, 'utf8')).toBe('t_s,acc_x\n');
    expect(file.flush()).toBeUndefined();
    expect(readFileSync(path, 'utf8')).toBe('t_s,acc_x\n0,1\n');
    file.row('1,1');
    file.close();
    expect(readFileSync(path, 'utf8')).toBe('t_s,acc_x\n0,1\n1,1\n');
  });

  it('never overwrites without being told to, neither recording nor sidecar', () => {
    for (const name of ['x.csv', 'x.json']) {
      const path = fresh();
      new RecordingFile(path, false).close();
      writeFileSync(path.replace('x.csv', name), 'precious');
      expect(() => new RecordingFile(path, false)).toThrow(/expected no recording yet, found .*\(--force overwrites\)/);
      // Also when told to, what is there stays until there is something to put in its place.
      new RecordingFile(path, true).close();
      expect(readFileSync(path.replace('x.csv', name), 'utf8')).toBe('precious');
    }
  });

  it('cannot be where nobody can write', () => {
    expect(() => new RecordingFile('/dev/null/x.csv', false)).toThrow(/expected to write \/dev\/null\/x\.csv, found/);
  });

  it.runIf(existsSync('/dev/full'))(
    'on a full disk keeps its rows, tries again, and says what is lost in the end',
    () => {
      const path = join(folder, 'full.csv');
      symlinkSync('/dev/full', path);
      const file = new RecordingFile(path, true);
      file.begin(['t_s'], {});
      file.row('0');
      expect(file.flush()).toContain('ENOSPC');
      expect(file.flush()).toContain('ENOSPC');
      expect(() => file.close()).toThrow(/expected room for .*full\.csv, found ENOSPC.*; the last 6 bytes are lost/);
    },
  );
});

describe('plumbline record', () => {
  const folder = temporaryFolder();
  afterAll(() => folder.remove());
  const WEARABLES = [
    { device: 'plumbline', name: 'Plumbline-0001', placement: 'chest', mount: '+Z-Y+X' },
    { device: 'movesense', name: 'Movesense 174630000192', placement: 'waist' },
  ];
  const CONFIG = configIn(folder.path, { people: [{ id: 'anna', wearables: WEARABLES }] });
  const run = (args: readonly string[], config: Record<string, unknown> = CONFIG): PlumblineProcess =>
    new PlumblineProcess(args, { config, folder: folder.path });
  const fresh = (): string => join(folder.path, `${crypto.randomUUID()}.csv`);

  async function rowsOf(path: string): Promise<number[]> {
    const timesS: number[] = [];
    await readCsvRecording(
      path,
      readSidecar(path),
      100,
      ({ main }) => void timesS.push(...main.tS.subarray(0, main.n)),
    );
    return timesS;
  }

  async function expectAnalysed(path: string): Promise<Record<string, unknown>> {
    const out = path.replace('.csv', '');
    const analysis = new PlumblineProcess(['analyze', path, '--out', out], { folder: folder.path });
    expect(await analysis.ended).toEqual({ code: 0, signal: null });
    expect(analysis.stderr).toBe('');
    const name = path.replace(/^.*\/|\.csv$/g, '');
    return JSON.parse(readFileSync(join(out, name, 'summary.json'), 'utf8')) as Record<string, unknown>;
  }

  it('writes what analyze reads: the first wearable of the first person, for its length', async () => {
    const path = fresh();
    const recording = run(['record', '--out', path, '--seconds', '2']);
    expect(await recording.ended).toEqual({ code: 0, signal: null });
    expect(recording.stdout).toMatch(/\.csv: \d+ samples in 2\.0 s at 100 Hz, \d+ lost \(\d\.\d %\), \d gaps?\n$/);
    expect(recording.stderr).toMatch(/looking for Plumbline-0001\nrecording Plumbline-0001 to .*; Ctrl-C ends it\n/);
    const sidecar = readSidecar(path);
    expect(sidecar).toMatchObject({ placement: 'chest', rateHz: 100, mount: [0, 0, 1, 0, -1, 0, 1, 0, 0] });
    expect(Math.abs(Date.parse(sidecar.utcStart ?? '') - Date.now())).toBeLessThan(20_000);
    const timesS = await rowsOf(path);
    expect(timesS.length).toBeGreaterThan(150);
    expect(timesS.at(-1)).toBeLessThan(2);
    expect(await rateOf(path, { ...sidecar, rateHz: undefined })).toBeCloseTo(100, 0);
    expect(await expectAnalysed(path)).toMatchObject({ placement: 'chest', rateHz: 100 });
  });

  it('another wearable of the person on demand', async () => {
    const path = fresh();
    const recording = run(['record', '--out', path, '--seconds', '1', '--person', 'anna', '--placement', 'waist']);
    expect(await recording.ended).toMatchObject({ code: 0 });
    expect(readSidecar(path)).toMatchObject({ placement: 'waist', rateHz: 52, gyroTiming: 'instantaneous' });
  });

  it('ends by Ctrl-C with all that came, cleanly', async () => {
    const path = fresh();
    const recording = run(['record', '--out', path]);
    await vi.waitFor(() => expect(existsSync(path)).toBe(true), { timeout: 15_000 });
    recording.signal('SIGINT');
    expect(await recording.ended).toEqual({ code: 0, signal: null });
    const [, samples] = /: (\d+) samples/.exec(recording.stdout) ?? [];
    expect(await rowsOf(path)).toHaveLength(Number(samples));
  });

  it('leaves a usable recording when it is killed', async () => {
    const path = fresh();
    const recording = run(['record', '--out', path]);
    const lines = (): number => (existsSync(path) ? readFileSync(path, 'utf8').split('\n').length : 0);
    await vi.waitFor(() => expect(lines()).toBeGreaterThan(150), { timeout: 15_000 });
    await recording.killService();
    expect(readFileSync(path, 'utf8')).toMatch(/\n$/);
    await expectAnalysed(path);
  });

  it('goes on after a lost link without a gap when the wearable has kept its session', async () => {
    const path = fresh();
    const wearable = {
      kind: 'plumbline',
      name: 'Plumbline-0001',
      motion: { script: 'dailyLoop' },
      dropLinkEveryS: 4,
    };
    const radio = { adapter: 'simulated', wearables: [wearable] };
    const recording = run(['record', '--out', path, '--seconds', '8'], { ...CONFIG, radio });
    expect(await recording.ended).toMatchObject({ code: 0 });
    // The first corrections of the clock are worth a sample or two.
    expect(recording.stdout).toMatch(/ (?:79[89]|80[0-2]) samples in 8[.]0 s at 100 Hz, 0 lost \(0[.]0 %\), 0 gaps\n$/);
    await expectAnalysed(path);
  });

  it('goes on after a lost link, with a gap and nothing made up', async () => {
    const path = fresh();
    const wearable = {
      kind: 'plumbline',
      variant: 'sessionEndsWithLink',
      name: 'Plumbline-0001',
      motion: { script: 'dailyLoop' },
      dropLinkEveryS: 1.5,
    };
    const radio = { adapter: 'simulated', wearables: [wearable] };
    const recording = run(['record', '--out', path, '--seconds', '6'], { ...CONFIG, radio });
    expect(await recording.ended).toMatchObject({ code: 0 });
    expect(recording.stdout).toMatch(/, [1-9]\d* lost \(.*\), [1-9] gaps?\n$/);
    const timesS = await rowsOf(path);
    const longest = Math.max(...timesS.slice(1).map((tS, i) => tS - (timesS[i] ?? tS)));
    expect(longest).toBeGreaterThan(0.2);
    expect(await expectAnalysed(path)).toMatchObject({ counts: { gap: expect.any(Number) } });
  });

  it.each([
    [['--person', 'berta'], 2, '--person: expected one of anna, found berta'],
    [['--placement', 'lowerBack'], 2, '--placement: expected one of chest, waist for anna, found lowerBack'],
  ])('%s is refused with what there is', async (args, code, expected) => {
    const path = fresh();
    const recording = run(['record', '--out', path, ...args]);
    expect(await recording.ended).toMatchObject({ code });
    expect(recording.stderr).toContain(expected);
    expect(existsSync(path)).toBe(false);
  });

  it('an existing recording is refused, and kept when there is no radio', async () => {
    const path = fresh();
    writeFileSync(path, 'precious');
    const refused = run(['record', '--out', path, '--seconds', '1']);
    expect(await refused.ended).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain('(--force overwrites)');
    const withoutRadio = run(['record', '--out', path, '--force'], {
      ...CONFIG,
      radio: { adapter: 'noble', hciDevice: 15 },
    });
    expect(await withoutRadio.ended).toMatchObject({ code: 1 });
    expect(withoutRadio.stderr).toMatch(/^plumbline: expected /m);
    expect(readFileSync(path, 'utf8')).toBe('precious');
  });
});

import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRecording, openRecording } from '../../src/app/recording/openRecording.ts';
import { Recorder, type RecordingEnd } from '../../src/app/recording/recorder.ts';
import type { ReadEnd, RecordingNote, RecordingStart } from '../../src/app/recording/recording.ts';
import { rateOf } from '../../src/app/recording/recordingRate.ts';
import type { Sidecar } from '../../src/app/recording/sidecar.ts';
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
  let started: RecordingStart[];
  let rows: number[][];
  let flags: number[];
  let notes: RecordingNote[];
  let late: ImuBlock[];
  let ends: RecordingEnd[];
  beforeEach(() => {
    started = [];
    rows = [];
    flags = [];
    notes = [];
    late = [];
    ends = [];
  });

  function recorder(durationS?: number): Recorder {
    const sink = {
      begin: (start: RecordingStart) => void started.push(start),
      blocks: ({ main }: { main: ImuBlock }) => {
        for (let i = 0; i < main.n; i++) {
          const values = [main.accMps2, main.gyrRadps ?? new Float64Array(0)];
          rows.push([main.tS[i], ...values.flatMap((axes) => [...axes.subarray(3 * i, 3 * i + 3)])]);
          flags.push(main.flags[i]);
        }
      },
      note: (note: RecordingNote) => void notes.push(note),
      late: (block: ImuBlock) => late.push(block) > 0,
    };
    return new Recorder(SUBJECT, sink, { durationS, onEnd: (end) => ends.push(end) });
  }

  const timesS = (): number[] => rows.map(([tS]) => tS);

  it('begins with the first sample, and counts times from there on', () => {
    recorder().onBlock(blockAt(START_S, 2));
    expect(rows).toEqual([
      [0.0005, 1.23457, 1.23457, 1.23457, -0.000001, -0.000001, -0.000001],
      [0.0105, 1.23457, 1.23457, 1.23457, -0.000001, -0.000001, -0.000001],
    ]);
    const sidecar = {
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
    };
    const layout = { main: { hasGyroscope: true, hasFlags: true }, pelvis: undefined };
    expect(started).toEqual([{ layout, sidecar, rateHz: RATE_HZ, firstS: 0.0005 }]);
  });

  it('leaves out the gyroscope of a wearable without one', () => {
    recorder().onBlock(blockAt(START_S, 1, false));
    expect(rows).toEqual([[0.0005, 1.23457, 1.23457, 1.23457]]);
    expect(started[0].layout.main).toEqual({ hasGyroscope: false, hasFlags: true });
    expect(started[0].sidecar).not.toHaveProperty('gyrUnit');
  });

  it('keeps a missing sample missing, and the flags of each sample', () => {
    const block = blockAt(START_S, 2);
    block.accMps2.fill(NaN, 0, 3);
    block.gyrRadps?.fill(NaN, 0, 3);
    block.flags[1] = 17;
    recorder().onBlock(block);
    expect(rows[0]).toEqual([0.0005, NaN, NaN, NaN, NaN, NaN, NaN]);
    expect(flags).toEqual([0, 17]);
  });

  it('leaves a gap where data are missing, counts it, and notes why', () => {
    const running = recorder();
    running.onBlock(blockAt(START_S));
    running.onGap({ startS: START_S + 0.09, endS: START_S + 1, missingSamples: 90, reason: 'radioLoss' });
    running.onBlock(blockAt(START_S + 1));
    expect(timesS().slice(9, 11)).toEqual([0.0905, 1.0005]);
    expect(running).toMatchObject({ samples: 20, gaps: 1, lostSamples: 90 });
    const endS = expect.closeTo(1.0005, 5);
    expect(notes).toEqual([
      { kind: 'gap', sensor: 'main', startS: 0.0905, endS, missingSamples: 90, reason: 'radioLoss' },
    ]);
  });

  it('hands on what came late for a gap, on its own axis, and counts it', () => {
    const running = recorder();
    running.onBlock(blockAt(START_S));
    running.onGap({ startS: START_S + 0.09, endS: START_S + 1, missingSamples: 90, reason: 'radioLoss' });
    running.onBlock(blockAt(START_S + 1));
    running.onLate(blockAt(START_S + 0.1, 90));
    expect(late.map(({ n, tS }) => [n, tS[0], tS[89]])).toEqual([[90, 0.1005, 0.9905]]);
    expect(running).toMatchObject({ samples: 20, lostSamples: 90, late: { written: 90, leftOut: 0 } });
    running.onGap({ startS: START_S + 1.1, endS: START_S + 3600, missingSamples: 0, reason: 'hostClockSet' });
    running.onLate(blockAt(START_S + 0.5, 10));
    expect(late).toHaveLength(1);
    expect(running.late).toEqual({ written: 90, leftOut: 10 });
  });

  it('notes the quality of the clock once a minute', () => {
    const running = recorder();
    running.onClockResidual(9);
    for (let s = 0; s < 125; s++) {
      running.onBlock(blockAt(START_S + s));
      running.onClockResidual(s);
    }
    expect(notes.map((note) => note.kind === 'clock' && note.residualMs)).toEqual([0, 60, 120]);
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
    expect(notes).toMatchObject([{ reason: 'hostClockSet', startS: 0.0905, endS: expect.closeTo(0.1005, 5) }]);
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

describe.each(['csv', 'mcap'])('a recording file x.%s', (format) => {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-recording-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const fresh = (): string => join(folder, crypto.randomUUID(), `x.${format}`);
  const options = { force: false, numbers: 'recorded' } as const;
  const START: RecordingStart = {
    layout: { main: { hasGyroscope: true, hasFlags: true }, pelvis: undefined },
    sidecar: { accUnit: 'g', gyrUnit: 'rad/s', placement: 'chest', note: 'kept' },
    rateHz: RATE_HZ,
    firstS: 0,
  };
  const second = (s: number): { main: ImuBlock; pelvis: undefined } => ({ main: blockAt(s, 100), pelvis: undefined });

  it('is on the disk after each flush, and nothing after the last one is read', async () => {
    const path = fresh();
    const file = await createRecording(path, options);
    file.begin(START);
    await file.flush();
    expect((await openRecording(path)).sidecarJson).toEqual(START.sidecar);
    for (let s = 0; s < 3; s++) {
      file.blocks(second(s));
      expect(await file.flush()).toBeUndefined();
      file.blocks({ main: blockAt(s + 0.999, 1), pelvis: undefined });
      expect((await readBack(path)).timesS).toHaveLength(101 * s + 100);
    }
    await file.close();
    const { timesS, end } = await readBack(path);
    expect(timesS).toHaveLength(303);
    expect(end.cut).toBeUndefined();
  });

  it('has what came late in its place, where the format can; the rest is left out and said', async () => {
    const path = fresh();
    const file = await createRecording(path, options);
    file.begin(START);
    const gap = (startS: number): RecordingNote => ({
      kind: 'gap',
      sensor: 'main',
      startS: startS - 0.01,
      endS: startS + 20,
      missingSamples: 2000,
      reason: 'radioLoss',
    });
    for (const startS of [0, 21, 42]) {
      file.blocks(second(startS));
      if (startS < 42) file.note(gap(startS + 1));
    }
    await file.flush();
    // The later gap is filled first.
    const kept = [22, 1].map((startS) => file.late(blockAt(startS, 2000)));
    await file.flush();
    const soFar = await readBack(path);
    expect(soFar.timesS).toHaveLength(300);
    await file.close();
    const { timesS, end, notes } = await readBack(path);
    expect(kept).toEqual(format === 'mcap' ? [true, true] : [false, false]);
    expect(timesS).toHaveLength(format === 'mcap' ? 4300 : 300);
    expect(timesS.every((tS, i) => i === 0 || tS > timesS[i - 1])).toBe(true);
    expect(notes).toHaveLength(2);
    expect(end.cut).toBeUndefined();
    if (format === 'mcap') expect(soFar.end.cut).toMatch(/; 4000 samples that came late are left out$/);
  });

  it('never overwrites without being told to, neither recording nor sidecar', async () => {
    for (const name of format === 'csv' ? ['x.csv', 'x.json'] : ['x.mcap']) {
      const path = fresh();
      await (await createRecording(path, options)).close();
      const precious = join(dirname(path), name);
      writeFileSync(precious, 'precious');
      await expect(createRecording(path, options)).rejects.toThrow(
        /expected no recording yet, found .*\(--force overwrites\)/,
      );
      // Also when told to, what is there stays until there is something to put in its place.
      await (await createRecording(path, { ...options, force: true })).close();
      expect(readFileSync(precious, 'utf8')).toBe('precious');
    }
  });

  it('cannot be where nobody can write', async () => {
    const path = `/dev/null/x.${format}`;
    await expect(createRecording(path, options)).rejects.toThrow(/expected to write \/dev\/null\/x\.\w+, found/);
  });

  it.runIf(existsSync('/dev/full'))(
    'on a full disk keeps its samples, tries again, and says what is lost in the end',
    async () => {
      const path = join(folder, `full.${format}`);
      symlinkSync('/dev/full', path);
      const file = await createRecording(path, { ...options, force: true });
      file.begin(START);
      file.blocks(second(0));
      expect(await file.flush()).toContain('ENOSPC');
      file.blocks(second(1));
      expect(await file.flush()).toContain('ENOSPC');
      await expect(file.close()).rejects.toThrow(
        /expected room for .*full\.\w+, found ENOSPC.*; the last \d+ bytes are lost/,
      );
    },
  );
});

interface ReadBack {
  readonly timesS: number[];
  /** By sample. */
  readonly acc: number[][];
  readonly pelvisAcc: number[][];
  readonly notes: RecordingNote[];
  readonly sidecar: Sidecar;
  readonly end: ReadEnd;
}

async function readBack(path: string): Promise<ReadBack> {
  const recording = await openRecording(path);
  const timesS: number[] = [];
  const acc: number[][] = [];
  const pelvisAcc: number[][] = [];
  const notes: RecordingNote[] = [];
  const accOf = ({ n, accMps2 }: ImuBlock): number[][] =>
    Array.from({ length: n }, (_, i) => [...accMps2.subarray(3 * i, 3 * i + 3)]);
  const end = await recording.read(
    { rateHz: RATE_HZ, units: 'si' },
    {
      onBlocks: ({ main, pelvis }) => {
        timesS.push(...main.tS.subarray(0, main.n));
        acc.push(...accOf(main));
        if (pelvis) pelvisAcc.push(...accOf(pelvis));
      },
      onNote: (note) => void notes.push(note),
    },
  );
  return { timesS, acc, pelvisAcc, notes, sidecar: recording.sidecar, end };
}

/** By how much `other` comes after `one`, where both are small shifts of the same signal. */
function lagMs(one: readonly number[], other: readonly number[]): number {
  let [product, square] = [0, 0];
  for (let i = 1; i + 1 < one.length; i++) {
    const slope = ((one[i + 1] - one[i - 1]) / 2) * RATE_HZ;
    if (Number.isNaN(other[i])) continue;
    product += slope * (one[i] - other[i]);
    square += slope ** 2;
  }
  return (1000 * product) / square;
}

describe.each(['csv', 'mcap'])('plumbline record --out x.%s', (format) => {
  const folder = temporaryFolder();
  afterAll(() => folder.remove());
  const WEARABLES = [
    { device: 'plumbline', name: 'Plumbline-0001', placement: 'chest', mount: '+Z-Y+X' },
    { device: 'movesense', name: 'Movesense 174630000192', placement: 'waist' },
  ];
  const CONFIG = configIn(folder.path, { people: [{ id: 'anna', wearables: WEARABLES }] });
  const run = (args: readonly string[], config: Record<string, unknown> = CONFIG): PlumblineProcess =>
    new PlumblineProcess(args, { config, folder: folder.path });
  const fresh = (): string => join(folder.path, `${crypto.randomUUID()}.${format}`);

  const outOf = (path: string): string => path.replace(/\.\w+$/, '');
  const resultsOf = (path: string): string => join(outOf(path), basename(outOf(path)));

  async function expectAnalysed(path: string, options: readonly string[] = []): Promise<Record<string, unknown>> {
    const args = ['analyze', path, '--out', outOf(path), ...options];
    const analysis = new PlumblineProcess(args, { folder: folder.path });
    expect(await analysis.ended).toEqual({ code: 0, signal: null });
    expect(analysis.stderr).toBe('');
    return JSON.parse(readFileSync(join(resultsOf(path), 'summary.json'), 'utf8')) as Record<string, unknown>;
  }

  it('writes what analyze reads: the first wearable of the first person, for its length', async () => {
    const path = fresh();
    const recording = run(['record', '--out', path, '--seconds', '2']);
    expect(await recording.ended).toEqual({ code: 0, signal: null });
    expect(recording.stdout).toMatch(/\.\w+: \d+ samples in 2\.0 s at 100 Hz, \d+ lost \(\d\.\d %\), \d gaps?\n$/);
    expect(recording.stderr).toMatch(/looking for Plumbline-0001\nrecording Plumbline-0001 to .*; Ctrl-C ends it\n/);
    const { sidecar, timesS, end } = await readBack(path);
    expect(end.cut).toBeUndefined();
    expect(sidecar).toMatchObject({ placement: 'chest', rateHz: 100, mount: [0, 0, 1, 0, -1, 0, 1, 0, 0] });
    expect(Math.abs(Date.parse(sidecar.utcStart ?? '') - Date.now())).toBeLessThan(20_000);
    expect(timesS.length).toBeGreaterThan(150);
    expect(timesS.at(-1)).toBeLessThan(2);
    const opened = await openRecording(path);
    const { sidecarJson, path: name } = opened;
    const stateless = { ...sidecar, rateHz: undefined };
    const read = opened.read.bind(opened);
    expect(await rateOf({ path: name, sidecarJson, sidecar: stateless, read })).toBeCloseTo(100, 0);
    expect(await expectAnalysed(path)).toMatchObject({ placement: 'chest', rateHz: 100 });
  });

  it('another wearable of the person on demand', async () => {
    const path = fresh();
    const recording = run(['record', '--out', path, '--seconds', '1', '--person', 'anna', '--placement', 'waist']);
    expect(await recording.ended).toMatchObject({ code: 0 });
    expect((await readBack(path)).sidecar).toMatchObject({
      placement: 'waist',
      rateHz: 52,
      gyroTiming: 'instantaneous',
    });
  });

  it('ends by Ctrl-C with all that came, cleanly', async () => {
    const path = fresh();
    const recording = run(['record', '--out', path]);
    await vi.waitFor(() => expect(existsSync(path)).toBe(true), { timeout: 15_000 });
    recording.signal('SIGINT');
    expect(await recording.ended).toEqual({ code: 0, signal: null });
    const [, samples] = /: (\d+) samples/.exec(recording.stdout) ?? [];
    const { timesS, end } = await readBack(path);
    expect(timesS).toHaveLength(Number(samples));
    expect(end.cut).toBeUndefined();
  });

  it('leaves a usable recording when it is killed', async () => {
    const path = fresh();
    const recording = run(['record', '--out', path]);
    const samples = async (): Promise<number> => (existsSync(path) ? (await readBack(path)).timesS.length : 0);
    await vi.waitFor(async () => expect(await samples()).toBeGreaterThan(150), { timeout: 15_000 });
    await recording.killService();
    const { notes } = await expectAnalysed(path);
    const isStated = expect.arrayContaining([
      expect.stringMatching(/^the recording was cut off: expected the end mark/),
    ]);
    if (format === 'mcap') expect(notes).toEqual(isStated);
    else expect(readFileSync(path, 'utf8')).toMatch(/\n$/);
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
    const { timesS, notes } = await readBack(path);
    expect(notes).toContainEqual(expect.objectContaining({ kind: 'gap', reason: 'reconnected' }));
    const longest = Math.max(...timesS.slice(1).map((tS, i) => tS - (timesS[i] ?? tS)));
    expect(longest).toBeGreaterThan(0.2);
    expect(await expectAnalysed(path)).toMatchObject({ counts: { gap: expect.any(Number) } });
  });

  /** Bends again and again, each sensor with a crystal of its own. */
  const BENDING = {
    script: [
      { do: 'stand', forS: 1.5 },
      { do: 'bend', toDeg: 60, inS: 1, holdS: 0.5, backS: 1 },
    ],
    loop: true,
  };
  const CHEST = { device: 'plumbline', name: 'Plumbline-0001', placement: 'chest' };
  const BACK = { device: 'plumbline', name: 'Plumbline-0002', placement: 'lowerBack', mount: '+Z-Y+X' };
  const worn = { kind: 'plumbline', wearer: 'anna', errors: 'none', motion: BENDING };
  const two = (...there: Record<string, unknown>[]): Record<string, unknown> => ({
    ...CONFIG,
    people: [{ id: 'anna', wearables: [BACK, CHEST] }],
    radio: { adapter: 'simulated', wearables: there },
  });

  it('both wearables of a person, the second at the times of the first, whatever their crystals', async () => {
    const path = fresh();
    const chest = { ...worn, name: CHEST.name, driftPpm: 90 };
    const back = { ...worn, name: BACK.name, driftPpm: -90, mount: BACK.mount };
    const recording = run(['record', '--both', '--out', path, '--seconds', '9'], two(chest, back));
    expect(await recording.ended).toEqual({ code: 0, signal: null });
    expect(recording.stderr).toMatch(/^recording Plumbline-0001 to .*$/m);
    expect(recording.stderr).toMatch(/^recording Plumbline-0002 to .*$/m);
    expect(recording.stdout).toMatch(/ 0 gaps; lowerBack: \d+ missing \(\d+\.\d %\), 0 gaps\n$/);
    const { sidecar, acc, pelvisAcc } = await readBack(path);
    const mounts = { mount: [1, 0, 0, 0, 1, 0, 0, 0, 1], pelvisMount: [0, 0, 1, 0, -1, 0, 1, 0, 0] };
    expect(sidecar).toMatchObject({ placement: 'chest', ...mounts, pelvisGyroTiming: 'integratesBackward' });
    // Anterior is X of the sensor on the chest and Z of the one on the back.
    const [chestX, backX] = [acc.map(([x]) => x), pelvisAcc.map(([, , z]) => z)];
    expect(backX.filter(Number.isFinite).length).toBeGreaterThan(0.9 * chestX.length);
    expect(Math.abs(lagMs(chestX, backX))).toBeLessThan(10);
    expect(await expectAnalysed(path, ['--angles'])).toMatchObject({ calibration: { pelvis: { method: 'fromData' } } });
    expect(readFileSync(join(resultsOf(path), 'angles.csv'), 'utf8')).toMatch(/^.*,spine_flexion_deg,/);
  });

  it('a second wearable that is not there leaves its places empty, and is said', async () => {
    const path = fresh();
    const alone = two({ ...worn, name: CHEST.name });
    const recording = run(['record', '--both', '--out', path, '--seconds', '2'], alone);
    expect(await recording.ended).toEqual({ code: 1, signal: null });
    expect(recording.stdout).toMatch(/ 200 samples in .*; lowerBack: 200 missing \(100\.0 %\), 0 gaps\n$/);
    expect(recording.stderr).toContain(
      'plumbline: expected samples of Plumbline-0002, found none: the recording holds only those of Plumbline-0001',
    );
    const { timesS, pelvisAcc } = await readBack(path);
    expect(timesS).toHaveLength(200);
    expect(pelvisAcc.flat().every(Number.isNaN)).toBe(true);
    const { notes } = await expectAnalysed(path);
    expect(notes).toContain('expected values of the second sensor, found none: angles are those of the first alone');
  });

  it('a second wearable that is lost for a while leaves a gap that is noted, and holds nothing up', async () => {
    const path = fresh();
    const back = { ...worn, name: BACK.name, variant: 'sessionEndsWithLink', dropLinkEveryS: 2 };
    const recording = run(
      ['record', '--both', '--out', path, '--seconds', '6'],
      two({ ...worn, name: CHEST.name }, back),
    );
    expect(await recording.ended).toEqual({ code: 0, signal: null });
    expect(recording.stdout).toMatch(/ 0 lost \(0\.0 %\), 0 gaps; lowerBack: \d+ missing \(.*\), [1-9] gaps?\n$/);
    const { timesS, pelvisAcc, notes } = await readBack(path);
    expect(notes).toContainEqual(expect.objectContaining({ sensor: 'pelvis', reason: 'reconnected' }));
    const firstMissing = pelvisAcc.findIndex(([x], i) => i > 150 && Number.isNaN(x));
    expect(timesS[firstMissing]).toBeLessThan(5);
    expect(pelvisAcc.slice(firstMissing).some(([x]) => Number.isFinite(x))).toBe(true);
  });

  it.each([
    [['--person', 'berta'], 2, '--person: expected one of anna, found berta'],
    [['--placement', 'lowerBack'], 2, '--placement: expected one of chest, waist for anna, found lowerBack'],
    [['--placement', 'chest', '--both'], 2, 'expected either --placement or --both, found both of them'],
  ])('%s is refused with what there is', async (args, code, expected) => {
    const path = fresh();
    const recording = run(['record', '--out', path, ...args]);
    expect(await recording.ended).toMatchObject({ code });
    expect(recording.stderr).toContain(expected);
    expect(existsSync(path)).toBe(false);
  });

  it('both wearables of somebody who has one are refused', async () => {
    const path = fresh();
    const config = { ...CONFIG, people: [{ id: 'anna', wearables: [CHEST] }] };
    const recording = run(['record', '--both', '--out', path], config);
    expect(await recording.ended).toMatchObject({ code: 2 });
    expect(recording.stderr).toContain(
      '--both: expected one wearable on the chest and one on waist or lowerBack of anna, found chest',
    );
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

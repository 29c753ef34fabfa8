import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { RecordedMotion } from '../../firmware-mocks/recordedMotion.ts';
import { ScriptedMotion } from '../../firmware-mocks/scriptedMotion.ts';
import { degFromRad, gFromMps2, mps2FromG, radFromDeg } from '../../src/model/units.ts';
import { hasShared, sharedRecordings } from '../sharedData.ts';
import { ConnectedWearable, EPOCH_MS } from './connectedWearable.ts';

const folder = mkdtempSync(join(tmpdir(), 'plumbline-recording-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function fileOf(rows: readonly (readonly number[])[]): string {
  const file = join(folder, `${files++}.f64`);
  writeFileSync(file, Buffer.from(Float64Array.from(rows.flat()).buffer));
  return file;
}

function rowsOf(motion: ScriptedMotion, forS: number, rateHz: number): number[][] {
  const out = new Float64Array(6);
  return Array.from({ length: Math.round(forS * rateHz) }, (_, i) => {
    motion.sampleInto(i / rateHz, 1 / rateHz, out);
    return [...out];
  });
}

function sampled(motion: RecordedMotion, rateHz: number, count: number): (number[] | undefined)[] {
  const out = new Float64Array(6);
  return Array.from({ length: count }, (_, i) =>
    motion.sampleInto(i / rateHz, 1 / rateHz, out) ? [...out] : undefined,
  );
}

const bend = new ScriptedMotion([{ do: 'bend', toDeg: 70, inS: 1, holdS: 1, backS: 1 }]);

test('at its own rate a recording comes back row by row', () => {
  const rows = rowsOf(bend, 3, 100);
  const back = sampled(new RecordedMotion(fileOf(rows), 100), 100, rows.length);
  back.forEach((row, i) => row?.forEach((value, axis) => expect(value).toBeCloseTo(rows[i][axis], 9)));
  expect(back).not.toContain(undefined);
});

test.each([
  [200, 100],
  [20, 100],
  [20, 52],
  [100, 52],
  [50, 200],
])('from %i to %i Hz the angle turned is preserved', (fromHz, toHz) => {
  const rows = rowsOf(bend, 3, fromHz);
  const recording = new RecordedMotion(fileOf(rows), fromHz);
  const upToS = 1.5;
  const turned = (list: readonly (readonly number[])[], rateHz: number): number =>
    list.reduce((sum, row) => sum + row[5] / rateHz, 0);
  const before = turned(rows.slice(0, Math.floor(upToS * fromHz) + 1), fromHz);
  const after = turned(sampled(recording, toHz, Math.floor(upToS * toHz) + 1) as number[][], toHz);
  expect(after).toBeCloseTo(before, 6);
});

test('acceleration is interpolated between rows', () => {
  const rows = [0, 1, 2, 3].map((i) => [i, 10 * i, -i, 0, 0, 0]);
  const out = new Float64Array(6);
  new RecordedMotion(fileOf(rows), 10).sampleInto(0.125, 0.01, out);
  expect([...out.subarray(0, 3)].map((value) => Math.round(value * 1e9) / 1e9)).toEqual([1.25, 12.5, -1.25]);
});

test('rows that are not finite are silence, also in the interval before a sample', () => {
  const rows = Array.from({ length: 20 }, () => [0, 9.8, 0, 0, 0, 0.1]);
  rows[5][2] = Number.NaN;
  rows[12][4] = Number.POSITIVE_INFINITY;
  const recording = new RecordedMotion(fileOf(rows), 100);
  const silent = (list: unknown[]): number[] => list.flatMap((row, i) => (row === undefined ? [i] : []));
  expect(silent(sampled(recording, 100, 20))).toEqual([5, 12]);
  expect(silent(sampled(recording, 50, 10))).toEqual([3, 6]);
});

test('a recording longer than the part held in memory reads right forwards and backwards', () => {
  const rows = Array.from({ length: 20_000 }, (_, i) => [i, 9.8, 0, 0, 0, i / 1000]);
  const recording = new RecordedMotion(fileOf(rows), 100);
  const out = new Float64Array(6);
  for (const i of [0, 4095, 4096, 4097, 12_000, 8191, 19_999, 1]) {
    expect(recording.sampleInto(i / 100, 0.01, out)).toBe(true);
    expect(out[0]).toBeCloseTo(i, 6);
    expect(out[5]).toBeCloseTo(i / 1000, 6);
  }
  expect(recording.sampleInto(200, 0.01, out)).toBe(false);
});

describe('through a wearable', () => {
  const rows = rowsOf(bend, 3, 100);
  for (let i = 120; i < 155; i++) rows[i].fill(Number.NaN);
  const wearable = new ConnectedWearable({ motion: { recording: { file: fileOf(rows), rateHz: 100 } } });
  const data = wearable.subscribe('0005');
  wearable.run(5);
  const startMs = wearable.nowMs;
  wearable.control('01 01 03');
  wearable.run(10);
  const packets = data.map(({ bytes }) => ({ index: bytes.readUInt32LE(4), n: bytes[1], tick: bytes.readUInt32LE(8) }));

  test('it begins with START and every row present is sent once, at its own index', () => {
    const indices = packets.flatMap(({ index, n }) => Array.from({ length: n }, (_, i) => index + i));
    const present = rows.flatMap((row, i) => (Number.isNaN(row[0]) ? [] : [i]));
    expect(indices).toEqual(present);
    const first = data[0].bytes;
    expect((first.readInt16LE(16) * 16) / 32_768).toBeCloseTo(gFromMps2(rows[0][1]), 3);
  });

  test('nothing is sent for the gap: index and tick step over it together', () => {
    const after = packets.findIndex(({ index }) => index === 155);
    expect(packets[after - 1].index + packets[after - 1].n).toBe(120);
    const stepS = ((packets[after].tick - packets[after - 1].tick) >>> 0) / 32_768;
    expect(stepS).toBeCloseTo((155 - packets[after - 1].index) / 100, 3);
  });

  test('the end is told once, and then there is silence on a living link', () => {
    expect(wearable.endedAtMs).toBeGreaterThanOrEqual(startMs + 2990);
    expect(wearable.endedAtMs).toBeLessThan(startMs + 3030);
    expect(wearable.isConnected).toBe(true);
    expect((data.at(-1)?.atMs ?? 0) - EPOCH_MS).toBeLessThan(8100);
  });
});

test.skipIf(!hasShared)(
  `a real bend, recorded at 20 Hz on the chest, is played at 100 Hz${hasShared ? '' : ' (skipped: no ../shared)'}`,
  () => {
    const bending = sharedRecordings('umafall', 'S05').find(
      ({ activity, placement }) => activity === 'Bending' && placement === 'chest',
    );
    if (!bending) throw new Error('expected a chest recording of Bending, found none');
    const { data, n, rateHz } = bending;
    const rows = Array.from({ length: n }, (_, i) => [
      ...['acc_x', 'acc_y', 'acc_z'].map((name) => mps2FromG(data[name][i])),
      ...['gyr_x', 'gyr_y', 'gyr_z'].map((name) => radFromDeg(data[name][i])),
    ]);
    const wearable = new ConnectedWearable({ motion: { recording: { file: fileOf(rows), rateHz } } });
    const packets = wearable.subscribe('0005');
    wearable.control('01 01 03');
    wearable.run(n / rateHz + 1);
    const sent = packets.reduce((sum, { bytes }) => sum + bytes[1], 0);
    expect(Math.abs(sent - ((n - 1) / rateHz) * 100)).toBeLessThanOrEqual(1);
    // Up is +x and forward +z on this sensor.
    const leanDeg = packets.map(({ bytes }) => degFromRad(Math.atan2(-bytes.readInt16LE(18), bytes.readInt16LE(14))));
    expect(Math.max(...leanDeg) - Math.min(...leanDeg)).toBeGreaterThan(40);
  },
);

test.each([
  ['an empty file', () => fileOf([]), 'expected rows of 48 bytes (six float64), found 0 bytes'],
  ['half a row', () => fileOf([[1, 2, 3]]), 'expected rows of 48 bytes (six float64), found 24 bytes'],
  ['no file', () => join(folder, 'nothing.f64'), 'expected a readable file, found ENOENT'],
])('%s is refused with what was expected and found', (_name, file, message) => {
  expect(() => new RecordedMotion(file(), 100)).toThrow(message);
});

/** Recordings for tests: written by the product's own writer, read back whole. */
import { createMcapRecording } from '../../../src/app/recording/mcapRecordingFile.ts';
import { openRecording } from '../../../src/app/recording/openRecording.ts';
import type { ReadEnd, ReadRequest, RecordingNote, SensorLayout } from '../../../src/app/recording/recording.ts';
import { emptyBlock, type ImuBlock } from '../../../src/model/block.ts';

export const RATE_HZ = 100;
export const SIDECAR = {
  accUnit: 'm/s2',
  gyrUnit: 'rad/s',
  placement: 'chest',
  mount: '+X+Y+Z',
  rateHz: RATE_HZ,
  utcStart: '2026-08-06T07:06:40.000Z',
} as const;
export const SENSOR: SensorLayout = { hasGyroscope: true, hasFlags: true };

/** Upright and nearly still; every value tells its time. */
export function blockFrom(startS: number, n: number, rateHz = RATE_HZ): ImuBlock {
  const block = emptyBlock(n, rateHz, true);
  for (let i = 0; i < n; i++) {
    const tS = Number((startS + i / rateHz).toFixed(6));
    block.tS[i] = tS;
    block.accMps2.set([Number((tS / 100).toFixed(5)), 9.81, -0.5], 3 * i);
    block.gyrRadps?.set([Number(Math.sin(tS).toFixed(6)), 0, 1 / 3], 3 * i);
    block.flags[i] = i % 7 === 0 ? 17 : 0;
  }
  return block;
}

/** Whole seconds from 0, a flush after each, as a recorder does. `isClosed` false: as after kill -9. */
export async function writeSeconds(path: string, seconds: number, isClosed = true): Promise<void> {
  const file = await createMcapRecording(path, { force: true });
  file.begin({ layout: { main: SENSOR, pelvis: undefined }, sidecar: SIDECAR, rateHz: RATE_HZ, firstS: 0 });
  for (let s = 0; s < seconds; s++) {
    file.blocks({ main: blockFrom(s, RATE_HZ), pelvis: undefined });
    await file.flush();
  }
  if (isClosed) await file.close();
}

export interface WholeRecording {
  readonly timesS: number[];
  /** acc x y z, gyr x y z, flags of each sample. */
  readonly rows: number[][];
  readonly pelvis: number[][];
  readonly notes: RecordingNote[];
  readonly end: ReadEnd;
  readonly sidecar: Readonly<Record<string, unknown>>;
}

export async function readWhole(path: string, request: Partial<ReadRequest> = {}): Promise<WholeRecording> {
  const recording = await openRecording(path);
  const timesS: number[] = [];
  const rows: number[][] = [];
  const pelvisRows: number[][] = [];
  const notes: RecordingNote[] = [];
  const end = await recording.read(
    { rateHz: RATE_HZ, units: 'asWritten', ...request },
    {
      onBlocks({ main, pelvis }) {
        for (let i = 0; i < main.n; i++) {
          timesS.push(main.tS[i]);
          rows.push(rowOf(main, i));
          if (pelvis) pelvisRows.push(rowOf(pelvis, i));
        }
      },
      onNote: (note) => void notes.push(note),
    },
  );
  return { timesS, rows, pelvis: pelvisRows, notes, end, sidecar: recording.sidecarJson };
}

const rowOf = ({ accMps2, gyrRadps, flags }: ImuBlock, i: number): number[] => [
  ...accMps2.subarray(3 * i, 3 * i + 3),
  ...(gyrRadps?.subarray(3 * i, 3 * i + 3) ?? []),
  flags[i],
];

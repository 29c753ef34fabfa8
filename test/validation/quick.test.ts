/**
 * A few public recordings through the compiled `plumbline analyze`: none fails, bends are found, walking has none.
 * No benchmark: that the program still does on real signals what it did. The figures are in the validation table.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analyze, type Analysed, csvOf, readJson, write } from '../app/writtenRecordings.ts';
import { temporaryFolder } from '../e2e/plumblineProcess.ts';
import { writeRecording } from '../e2e/recordings.ts';
import { hasShared, sharedRecordings } from '../sharedData.ts';

const CHEST = { set: 'umafall', subject: 'S11', placement: 'chest' } as const;
const OLDER_CHEST = { set: 'umafall', subject: 'S09', placement: 'chest' } as const;
const WAIST = { set: 'sisfall', subject: 'SA03', placement: 'waist' } as const;
const OLDER_WAIST = { set: 'sisfall', subject: 'SE01', placement: 'waist' } as const;

/** Each is a recording of one bend (UMAFall: to the floor and back; SisFall D16: bending without knees). */
const BENDS = [
  { ...CHEST, id: 'Bending_1_2016-06-10_17-33-58_chest' },
  { ...CHEST, id: 'Bending_2_2016-06-10_17-34-45_chest' },
  { ...CHEST, id: 'Bending_3_2016-06-10_17-35-26_chest' },
  { ...OLDER_CHEST, id: 'Bending_1_2016-06-04_21-22-51_chest' },
  { ...OLDER_CHEST, id: 'Bending_2_2016-06-04_21-23-35_chest' },
  { ...OLDER_CHEST, id: 'Bending_3_2016-06-04_21-24-21_chest' },
  { ...WAIST, id: 'D16_R01' },
  { ...WAIST, id: 'D16_R02' },
  { ...WAIST, id: 'D16_R03' },
  { ...OLDER_WAIST, id: 'D16_R01' },
];
const WALKS = [
  { ...CHEST, id: 'Walking_1_2016-06-10_17-36-39_chest' },
  { ...OLDER_CHEST, id: 'Walking_1_2016-06-04_21-25-18_chest' },
  { ...WAIST, id: 'D01_R01' },
];
/** Sensor on the upper back. */
const TRUNKYXL = ['807_pp02', '807_pp07', '807_pp11', '807_pp15'];
const TRUNKYXL_AXES = ['acc_x', 'acc_y', 'acc_z', 'gyr_x', 'gyr_y', 'gyr_z'];
const TRUNKYXL_SIDECAR = { accUnit: 'g', gyrUnit: 'deg/s', placement: 'chest', mount: '-Z-X+Y', rateHz: 50 };

interface Peak {
  readonly type: string;
  readonly timeS: number;
}
interface Bend {
  readonly type: string;
  readonly startS: number;
  readonly endS: number;
}

describe.skipIf(!hasShared)(`public recordings${hasShared ? '' : ' (skipped: no ../shared)'}`, () => {
  const folder = temporaryFolder();
  const input = join(folder.path, 'in');
  const out = join(folder.path, 'out');
  const labelled: { readonly name: string; readonly peaks: readonly Peak[] }[] = [];
  let run: Analysed;

  const bendsOf = (name: string): Bend[] =>
    (readJson(out, name, 'events.json') as Bend[]).filter(({ type }) => type === 'forwardBend');
  const nameOf = ({ set, subject, id }: (typeof BENDS)[number]): string => `${set}-${subject}-${id}`;

  beforeAll(() => {
    mkdirSync(input);
    for (const recording of [...BENDS, ...WALKS]) writeRecording(input, recording);
    for (const subject of TRUNKYXL) {
      for (const recording of sharedRecordings('trunkyxl', subject)) {
        const { id, n, rateHz, data, quality, events } = recording as typeof recording & {
          quality: string;
          events: Peak[];
        };
        if (quality === 'suspect') continue;
        const name = `trunkyxl-${subject}-${id}`;
        const columns = TRUNKYXL_AXES.map((axis) => data[`upper_${axis}`]);
        const rows = Array.from({ length: n }, (_, i) => [i / rateHz, ...columns.map((column) => column[i])]);
        write(input, `${name}.csv`, csvOf(rows), TRUNKYXL_SIDECAR);
        labelled.push({ name, peaks: events.filter(({ type }) => type === 'flexion_peak') });
      }
    }
    run = analyze([input, '--out', out, '--orientation', '--angles', '--json']);
  });
  afterAll(() => folder.remove());

  it('none fails', () => {
    expect(run.stderr).toEqual([]);
    expect(run.code).toBe(0);
    expect(run.stdout.trim().split('\n')).toHaveLength(BENDS.length + WALKS.length + labelled.length);
  });

  it.each(BENDS)('$set $subject $id holds one bend', (recording) => {
    expect(bendsOf(nameOf(recording))).toHaveLength(1);
  });

  it.each(WALKS)('$set $subject $id, walking, holds none', (recording) => {
    expect(bendsOf(nameOf(recording))).toEqual([]);
  });

  it('TrunkyXL: each labelled bend is one event around its peak, side bends and twists are none', () => {
    expect(labelled.length).toBeGreaterThan(5);
    for (const { name, peaks } of labelled) {
      const found = bendsOf(name);
      expect(found, name).toHaveLength(peaks.length);
      peaks.forEach(({ timeS }, i) => {
        expect(found[i].startS, name).toBeLessThan(timeS);
        expect(found[i].endS, name).toBeGreaterThan(timeS);
      });
    }
  });
});

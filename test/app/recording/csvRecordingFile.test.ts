import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createRecording } from '../../../src/app/recording/openRecording.ts';
import type { NumberForm } from '../../../src/app/recording/csvRecordingFile.ts';
import { emptyBlock } from '../../../src/model/block.ts';
import { temporaryFolder } from '../../e2e/plumblineProcess.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

/** A sample with values, and one that is missing. */
async function written(numbers: NumberForm, hasGyroscope = true): Promise<{ lines: string[]; sidecar: unknown }> {
  const path = join(folder.path, `${crypto.randomUUID()}.csv`);
  const main = emptyBlock(2, 100, hasGyroscope);
  main.tS.set([0.0005, 0.0105]);
  main.accMps2.set([1.23457, 0.1, 1 / 3, NaN, NaN, NaN]);
  main.gyrRadps?.set([-0.000001, 0, 2, NaN, NaN, NaN]);
  main.flags.set([0, 17]);
  const file = await createRecording(path, { force: false, numbers });
  const layout = { main: { hasGyroscope, hasFlags: true }, pelvis: undefined };
  file.begin({ layout, sidecar: { accUnit: 'g' }, rateHz: 100, firstS: 0.0005 });
  file.blocks({ main, pelvis: undefined });
  file.note({ kind: 'gap', sensor: 'main', startS: 0.01, endS: 0.5, missingSamples: 3, reason: 'radioLoss' });
  await file.close();
  const lines = readFileSync(path, 'utf8').split('\n');
  return { lines, sidecar: JSON.parse(readFileSync(path.replace('.csv', '.json'), 'utf8')) };
}

it('a recorder’s CSV has fixed decimals, empty cells where a sample is missing, and no columns for programs', async () => {
  const { lines } = await written('recorded');
  expect(lines).toEqual([
    't_s,acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z',
    '0.000500,1.23457,0.10000,0.33333,-0.000001,0.000000,2.000000',
    '0.010500,,,,,,',
    '',
  ]);
  expect((await written('recorded', false)).lines[0]).toBe('t_s,acc_x,acc_y,acc_z');
});

it('an exact CSV has the shortest decimals that read back as the same numbers, and the flags', async () => {
  const { lines } = await written('exact');
  expect(lines).toEqual([
    't_s,acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z,sample_flags',
    '0.0005,1.23457,0.1,0.3333333333333333,-0.000001,0,2,0',
    '0.0105,,,,,,,17',
    '',
  ]);
});

it('gaps and their reasons go to the sidecar in the end', async () => {
  const { sidecar } = await written('recorded');
  const gap = { sensor: 'main', startS: 0.01, endS: 0.5, missingSamples: 3, reason: 'radioLoss' };
  expect(sidecar).toEqual({ accUnit: 'g', gaps: [gap] });
});

/**
 * Impacts of SisFall's waist sensor: walking loads less than jogging, jogging less than jumping. Plausibility, no benchmark: SisFall
 * labels activities, not impacts. `PRINT_FIGURES=1` prints what is found.
 */
import { describe, expect, it } from 'vitest';
import { emptyBlock, type ImuBlock } from '../../../src/model/block.ts';
import { parseMount } from '../../../src/model/frames.ts';
import { mps2FromG, RAD_PER_DEG } from '../../../src/model/units.ts';
import { hasShared, type SharedRecording, sharedRecordings } from '../../sharedData.ts';
import { runTrunk } from '../trunkRun.ts';

const SUBJECTS = ['SA01', 'SA03', 'SA06', 'SA09', 'SA17'];
/** Forward +z, up −y, right +x. */
const MOUNT = parseMount('+Z-Y+X');

function blockOf({ n, rateHz, data }: SharedRecording): ImuBlock {
  const block = emptyBlock(n, rateHz, true);
  for (let i = 0; i < n; i++) {
    block.tS[i] = i / rateHz;
    ['x', 'y', 'z'].forEach((axis, c) => {
      block.accMps2[3 * i + c] = mps2FromG(data[`acc_${axis}`][i]);
      if (block.gyrRadps) block.gyrRadps[3 * i + c] = data[`gyr_${axis}`][i] * RAD_PER_DEG;
    });
  }
  return block;
}

const medianOf = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;

describe.skipIf(!hasShared)(`impacts of SisFall${hasShared ? '' : ' (skipped: no ../shared)'}`, () => {
  const calibration = { mount: MOUNT, method: 'stated', confidence: 1 };
  const impacts: Record<string, { peaksG: number[]; forS: number }> = {};
  for (const subject of SUBJECTS) {
    for (const recording of sharedRecordings('sisfall', subject)) {
      const { activity = '', n, rateHz } = recording;
      if (!['D01', 'D02', 'D03', 'D04', 'D19'].includes(activity)) continue;
      const { events } = runTrunk([blockOf(recording)], { calibration, placement: 'waist' });
      const found = (impacts[activity] ??= { peaksG: [], forS: 0 });
      found.forS += n / rateHz;
      for (const event of events) if (event.type === 'impact') found.peaksG.push(Number(event.peakG));
    }
  }
  const medianG = (activity: string): number => medianOf(impacts[activity].peaksG);
  if (process.env['PRINT_FIGURES']) {
    for (const [activity, { peaksG, forS }] of Object.entries(impacts).sort()) {
      console.log(
        activity,
        'median g',
        medianOf(peaksG).toFixed(2),
        'per min',
        ((peaksG.length * 60) / forS).toFixed(1),
      );
    }
  }

  it('walking (D01, D02) loads less than jogging (D03, D04), jogging less than jumping (D19)', () => {
    for (const walk of ['D01', 'D02'])
      for (const jog of ['D03', 'D04']) expect(medianG(walk)).toBeLessThan(medianG(jog));
    for (const jog of ['D03', 'D04']) expect(medianG(jog)).toBeLessThan(medianG('D19'));
  });

  it('jogging makes about one impact per step: 100 to 200 per minute', () => {
    const { peaksG, forS } = impacts['D04'];
    expect((peaksG.length * 60) / forS).toBeGreaterThan(100);
    expect((peaksG.length * 60) / forS).toBeLessThan(200);
  });
});

/** SisFall recordings of the waist sensor as blocks. */
import { emptyBlock, type ImuBlock } from '../../src/model/block.ts';
import { parseMount } from '../../src/model/frames.ts';
import type { Calibration } from '../../src/model/person.ts';
import { mps2FromG, RAD_PER_DEG } from '../../src/model/units.ts';
import { type SharedRecording, sharedRecordings } from '../sharedData.ts';

/** Forward +z, up −y, right +x. */
export const SISFALL_CALIBRATION: Calibration = { mount: parseMount('+Z-Y+X'), method: 'stated', confidence: 1 };

export interface SisfallTrial {
  readonly activity: string;
  readonly durationS: number;
  readonly block: ImuBlock;
}

export function* sisfallTrials(subjects: readonly string[], activities: readonly string[]): Generator<SisfallTrial> {
  for (const subject of subjects) {
    for (const recording of sharedRecordings('sisfall', subject)) {
      const { activity = '', n, rateHz } = recording;
      if (activities.includes(activity)) yield { activity, durationS: n / rateHz, block: blockOf(recording) };
    }
  }
}

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

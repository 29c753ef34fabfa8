import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createFrame, FRAME_CAPACITY, Mark } from '../../src/motion/motionFrame.ts';
import { Vqf } from '../../src/motion/orientation/vqf.ts';
import { VQF_DEFAULTS } from '../../src/motion/orientation/vqfParams.ts';
import { sharedRecordings, SHARED } from '../sharedData.ts';

const RATE_HZ = 1000000 / 3500 / 3;
const TRIALS = ['06_undisturbed_fast_rotation_A', '24_disturbed_tapping_A'];
const available = existsSync(`${SHARED}/reference/vqf`);

describe.skipIf(!available)(
  `exact mode against the authors' implementation${available ? '' : ' (skipped: no ../shared)'}`,
  () => {
    it.each(TRIALS)('gives the same quaternion and bias within 1e-9: %s', (trial) => {
      const reference = float64File(`${SHARED}/reference/vqf/${trial}.95hz.f64.gz`);
      const input = boxAveraged(trial, 3);
      const filter = new Vqf(RATE_HZ, { ...VQF_DEFAULTS, mode: 'exact' });
      const frame = createFrame();
      let worst = 0;
      for (let i = 0; i < input.n; i++) {
        frame.n = 1;
        frame.stepS[0] = 1 / RATE_HZ;
        frame.marks[0] = i === 0 ? Mark.restart : 0;
        frame.acc.set(input.acc.subarray(3 * i, 3 * i + 3));
        frame.gyr.set(input.gyr.subarray(3 * i, 3 * i + 3));
        filter.push(frame);
        const expected = reference.subarray(7 * i, 7 * i + 7);
        const sign = Math.sign(
          expected[0] * frame.quat[0] +
            expected[1] * frame.quat[1] +
            expected[2] * frame.quat[2] +
            expected[3] * frame.quat[3],
        );
        for (let c = 0; c < 4; c++) worst = Math.max(worst, Math.abs(expected[c] - sign * frame.quat[c]));
        const bias = filter.biasRadps;
        for (let c = 0; c < 3; c++) worst = Math.max(worst, Math.abs(expected[4 + c] - bias[c]));
      }
      expect(input.n).toBe(reference.length / 7);
      expect(worst).toBeLessThan(1e-9);
    });

    it('does not depend on how the stream is cut into frames', () => {
      const input = boxAveraged(TRIALS[0], 3);
      const n = Math.min(input.n, 3000);
      const run = (size: number): Float64Array => {
        const filter = new Vqf(RATE_HZ);
        const frame = createFrame();
        const out = new Float64Array(4 * n);
        for (let from = 0; from < n; from += size) {
          frame.n = Math.min(size, n - from);
          frame.stepS.fill(1 / RATE_HZ);
          frame.marks.fill(0);
          if (from === 0) frame.marks[0] = Mark.restart;
          frame.acc.set(input.acc.subarray(3 * from, 3 * (from + frame.n)));
          frame.gyr.set(input.gyr.subarray(3 * from, 3 * (from + frame.n)));
          filter.push(frame);
          out.set(frame.quat.subarray(0, 4 * frame.n), 4 * from);
        }
        return out;
      };
      const whole = run(FRAME_CAPACITY);
      expect(run(1)).toEqual(whole);
      expect(run(7)).toEqual(whole);
    });
  },
);

function float64File(path: string): Float64Array {
  const bytes = gunzipSync(readFileSync(path));
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

function boxAveraged(trial: string, box: number): { n: number; acc: Float64Array; gyr: Float64Array } {
  const [{ data, n: total }] = sharedRecordings('broad', trial);
  const n = Math.floor(total / box);
  const acc = new Float64Array(3 * n);
  const gyr = new Float64Array(3 * n);
  ['x', 'y', 'z'].forEach((axis, c) => {
    for (let i = 0; i < n; i++) {
      const mean = (column: Float64Array): number => {
        let sum = 0;
        for (let k = 0; k < box; k++) sum += column[box * i + k];
        return sum / box;
      };
      acc[3 * i + c] = mean(data[`acc_${axis}`]);
      gyr[3 * i + c] = mean(data[`gyr_${axis}`]);
    }
  });
  return { n, acc, gyr };
}

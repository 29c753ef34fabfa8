import { describe, expect, it } from 'vitest';
import { RAD_PER_DEG, STANDARD_GRAVITY_MPS2 } from '../../src/model/units.ts';
import { Mark, type MotionFrame } from '../../src/motion/motionFrame.ts';
import { Settled } from '../../src/motion/orientation/settled.ts';
import { Vqf } from '../../src/motion/orientation/vqf.ts';
import { type Columns, feed } from './framesOf.ts';

const G = STANDARD_GRAVITY_MPS2;
const RATE_HZ = 50;

interface Row {
  readonly tS: number;
  readonly up: readonly number[];
  /** Time of the newest sample when the row came. */
  readonly atS: number;
}

function run(
  seconds: number,
  columnsAt: (tS: number, i: number) => Columns | undefined,
): { rows: Row[]; causal: { tS: number; up: number[] }[] } {
  const vqf = new Vqf(RATE_HZ);
  const settled = new Settled(RATE_HZ);
  const rows: Row[] = [];
  const causal: { tS: number; up: number[] }[] = [];
  let nowS = 0;
  const take = (samples: { n: number; tS: Float64Array; up: Float64Array }): void => {
    for (let i = 0; i < samples.n; i++) {
      rows.push({ tS: samples.tS[i], up: [...samples.up.subarray(3 * i, 3 * i + 3)], atS: nowS });
    }
  };
  const push = (frame: MotionFrame): void => {
    nowS = frame.tS[0];
    vqf.push(frame);
    causal.push({ tS: frame.tS[0], up: [...frame.up] });
    settled.push(frame, take);
  };
  feed(RATE_HZ, Math.round(seconds * RATE_HZ), (i, tS) => columnsAt(tS, i), push);
  settled.flush(take);
  return { rows, causal };
}

const still: Columns = { acc: [0, G, 0], gyr: [0, 0, 0] };

describe('settled orientation', () => {
  it('gives exactly one row for every sample, in order, over missing samples and restarts', () => {
    const { rows, causal } = run(33.3, (_, i) => {
      if (i % 11 === 4 || (i > 700 && i < 760)) return undefined;
      return i === 400 || i === 1001 ? { ...still, marks: Mark.restart | Mark.gapBefore, stepS: 3 } : still;
    });
    expect(rows.map(({ tS }) => tS)).toEqual(causal.map(({ tS }) => tS));
    rows.forEach(({ up }, i) => expect(Number.isNaN(up[0])).toBe(Number.isNaN(causal[i].up[0])));
  });

  it('comes 5 to 6 s after its sample', () => {
    const { rows } = run(30, () => still);
    const inStream = rows.slice(0, 24 * RATE_HZ);
    for (const { tS, atS } of inStream) {
      expect(atS - tS).toBeGreaterThanOrEqual(5 - 1e-9);
      expect(atS - tS).toBeLessThanOrEqual(6);
    }
  });

  it('after a restart everything before it is out at once', () => {
    const { rows } = run(20, (_, i) => (i === 500 ? { ...still, marks: Mark.restart | Mark.gapBefore } : still));
    for (const { tS, atS } of rows.filter(({ tS: at }) => at < 500 / RATE_HZ)) {
      expect(atS).toBeLessThanOrEqual(Math.max(tS + 6, 500 / RATE_HZ + 1e-9));
    }
    expect(rows.filter(({ atS }) => atS <= 500 / RATE_HZ + 1e-9)).toHaveLength(500);
  });

  it('is nearer to the truth than the causal value when a gyroscope bias has just come on', () => {
    // A bias that is not known yet tilts the causal value; later data show it.
    const { rows, causal } = run(12, (tS) => ({
      acc: [0, G, 0],
      gyr: [0, 0, tS > 3 && tS < 6 ? 8 * RAD_PER_DEG : 0],
    }));
    const errorDeg = (up: readonly number[]): number => Math.acos(Math.min(1, up[1])) / RAD_PER_DEG;
    const rms = (values: readonly { up: readonly number[] }[]): number =>
      Math.sqrt(values.reduce((sum, { up }) => sum + errorDeg(up) ** 2, 0) / values.length);
    const span = [3 * RATE_HZ, 6 * RATE_HZ] as const;
    expect(rms(rows.slice(...span))).toBeLessThan(0.7 * rms(causal.slice(...span)));
  });

  it('is unit length wherever there is a sample', () => {
    const { rows } = run(15, (tS) => ({
      acc: [G * Math.sin(tS), G * Math.cos(tS), 1],
      gyr: [0, 0, 1],
    }));
    for (const { up } of rows) expect(Math.hypot(...up)).toBeCloseTo(1, 9);
  });
});

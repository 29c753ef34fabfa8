import { describe, expect, it } from 'vitest';
import { RAD_PER_DEG } from '../../src/model/units.ts';
import { Mark } from '../../src/motion/motionFrame.ts';
import { TrunkRotation } from '../../src/motion/posture/trunkRotation.ts';
import { type Columns, feed } from './framesOf.ts';

const RATE_HZ = 100;

/** Heading rate in °/s at each time → rotation in degrees at each sample. */
function rotation(
  seconds: number,
  rateDpsAt: (tS: number) => number,
  columnsAt: (i: number) => Columns | undefined = () => ({}),
): number[] {
  const operator = new TrunkRotation();
  const out: number[] = [];
  feed(
    RATE_HZ,
    seconds * RATE_HZ,
    (i, tS) => {
      const columns = columnsAt(i);
      return columns && { headingRateRadps: rateDpsAt(tS) * RAD_PER_DEG, ...columns };
    },
    (frame) => {
      operator.push(frame);
      out.push(frame.rotationRad[0] / RAD_PER_DEG);
    },
  );
  return out;
}

/** A twist to the left by 40° in 1 s from 2 s on, back in 1 s after a hold. */
const twist =
  (holdS: number) =>
  (tS: number): number =>
    tS >= 2 && tS < 3 ? 40 : tS >= 3 + holdS && tS < 4 + holdS ? -40 : 0;

describe('torso rotation', () => {
  it('goes out and comes back with the twist', () => {
    const out = rotation(8, twist(1));
    expect(out[150]).toBeCloseTo(0, 6);
    expect(Math.max(...out)).toBeCloseTo(40, 0);
    expect(Math.abs(out[5 * RATE_HZ])).toBeLessThan(1);
  });

  it('held beyond 15° it does not fade for 6 s', () => {
    const out = rotation(9, twist(10));
    expect(out[Math.round(8.2 * RATE_HZ)]).toBeCloseTo(40, 0);
  });

  it('without return within 6 s it was a turn: the baseline moves there', () => {
    const out = rotation(12, twist(20));
    expect(out[10 * RATE_HZ]).toBeCloseTo(0, 6);
  });

  it('a small offset fades with about 1 s, so that a drift of 2 °/s never adds up', () => {
    const drifting = rotation(120, () => 2);
    expect(Math.max(...drifting.map(Math.abs))).toBeLessThan(4);
    const offset = rotation(6, (tS) => (tS < 1 ? 10 : 0));
    expect(offset[5.5 * RATE_HZ]).toBeLessThan(0.3);
  });

  it('a short gap is bridged at the rate after it', () => {
    const out = rotation(
      2,
      () => 30,
      (i) => (i === 100 ? { marks: Mark.gapBefore, stepS: 0.3 } : {}),
    );
    expect(out[100] - out[99]).toBeCloseTo(9, 6);
  });

  it('a long gap starts at zero, a missing sample is NaN', () => {
    const out = rotation(
      3,
      () => 30,
      (i) => {
        if (i === 50) return undefined;
        return i === 200 ? { marks: Mark.restart | Mark.gapBefore } : {};
      },
    );
    expect(out[50]).toBeNaN();
    expect(out[199]).toBeGreaterThan(50);
    expect(out[200]).toBeCloseTo(0.3, 6);
  });
});

import { describe, expect, it } from 'vitest';
import { degFromRad, radFromDeg } from '../../../src/model/units.ts';
import { HeadingAlignment } from '../../../src/motion/spine/headingAlignment.ts';

const RATE_HZ = 50;

interface Phase {
  readonly forS: number;
  /** Real turn of the chest against the pelvis, degrees. */
  readonly twistDeg?: (tS: number) => number;
  readonly rateDps?: number;
  readonly isUpright?: boolean;
  readonly isWalking?: boolean;
}

/** Rotation read at the end of each phase, and the largest error in it; the headings drift apart by `driftDegPerMin`. */
function follow(
  phases: readonly Phase[],
  driftDegPerMin = 0,
  startDeg = 40,
): { rotationDeg: number; worstDeg: number }[] {
  const alignment = new HeadingAlignment();
  let sample = 0;
  return phases.map(({ forS, twistDeg = () => 0, rateDps = 0, isUpright = true, isWalking = false }) => {
    let rotationDeg = NaN;
    let worstDeg = 0;
    for (let i = 0; i < forS * RATE_HZ; i++, sample++) {
      const tS = i / RATE_HZ;
      const differenceDeg = startDeg + (driftDegPerMin * sample) / RATE_HZ / 60 + twistDeg(tS);
      const rate = radFromDeg((twistDeg(tS + 1 / RATE_HZ) - twistDeg(tS)) * RATE_HZ + rateDps);
      alignment.step({
        differenceRad: radFromDeg(differenceDeg),
        chestRateRadps: rate,
        pelvisRateRadps: radFromDeg(rateDps),
        isUpright,
        isWalking,
        stepS: 1 / RATE_HZ,
      });
      rotationDeg = differenceDeg - degFromRad(alignment.offsetRad);
      worstDeg = Math.max(worstDeg, Math.abs(rotationDeg - twistDeg(tS)));
    }
    return { rotationDeg, worstDeg };
  });
}

const stride = (tS: number): number => 6 * Math.sin(2 * Math.PI * 0.9 * tS);
const busy: Phase = { forS: 20, rateDps: 30 };
const quiet: Phase = { forS: 3 };

describe('the headings of two sensors', () => {
  it('are not known before it was quiet for two seconds', () => {
    const [early, late] = follow([{ forS: 1.9 }, { forS: 0.3 }]);
    expect(early.rotationDeg).toBeNaN();
    expect(late.rotationDeg).toBeCloseTo(0, 6);
  });

  it.each([
    ['turning', { rateDps: 6 }],
    ['bent', { isUpright: false }],
  ])('are not aligned while %s', (_what, phase) => {
    expect(follow([{ forS: 20, ...phase }])[0].rotationDeg).toBeNaN();
  });

  it('read a twist of 30° that comes back', () => {
    const twist = (tS: number): number => 30 * Math.sin((Math.PI * tS) / 3);
    expect(follow([quiet, { forS: 3, twistDeg: twist }])[1].worstDeg).toBeLessThan(0.5);
  });

  it('read a twist that is held for five seconds', () => {
    const [, , held] = follow([quiet, { forS: 1, twistDeg: (tS) => 30 * tS }, { forS: 5, twistDeg: () => 30 }]);
    expect(held.worstDeg).toBeLessThan(0.5);
  });

  it.each([
    ['quiet moments', quiet],
    ['straight walking', { forS: 8, twistDeg: stride, isWalking: true }],
  ])('stay within 3° over ten minutes of drift at 1 °/min, with %s', (_what, moment: Phase) => {
    const phases = Array.from({ length: 30 }, (_, k) => (k % 2 === 0 ? moment : { ...busy, forS: 40 }));
    const found = follow([quiet, ...phases], 1).slice(1);
    expect(Math.max(...found.map(({ worstDeg }) => worstDeg))).toBeLessThan(3);
    expect(found.every(({ rotationDeg }) => !Number.isNaN(rotationDeg))).toBe(true);
  });

  it('are not aligned by walking in a circle', () => {
    const [found] = follow([{ forS: 30, twistDeg: stride, isWalking: true, rateDps: 20 }]);
    expect(found.rotationDeg).toBeNaN();
  });

  it('are no longer believed after three minutes without such a moment', () => {
    const [, recent, old] = follow([quiet, { ...busy, forS: 170 }, { ...busy, forS: 20 }], 1);
    expect(recent.worstDeg).toBeLessThan(3);
    expect(old.rotationDeg).toBeNaN();
  });
});

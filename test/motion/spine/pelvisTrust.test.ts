import { describe, expect, it } from 'vitest';
import { RAD_PER_DEG } from '../../../src/model/units.ts';
import { createFrame } from '../../../src/motion/motionFrame.ts';
import { PelvisTrust } from '../../../src/motion/spine/pelvisTrust.ts';

const RATE_HZ = 50;

/** [chest °, pelvis ° or NaN where it is missing, s] one after the other. */
function after(...stretches: readonly (readonly [number, number, number])[]): boolean {
  const trust = new PelvisTrust();
  const frame = createFrame(1);
  frame.n = 1;
  frame.stepS[0] = 1 / RATE_HZ;
  for (const [chestDeg, pelvisDeg, forS] of stretches) {
    for (let i = 0; i < forS * RATE_HZ; i++) {
      frame.inclinationRad[0] = chestDeg * RAD_PER_DEG;
      trust.onChest(frame);
      frame.inclinationRad[0] = pelvisDeg * RAD_PER_DEG;
      trust.onPelvis(frame);
    }
  }
  return trust.isTrusted;
}
const UPRIGHT = [2, 3, 3] as const;

describe('the pelvis sensor is believed', () => {
  it('after both were upright for 2 s, and through hinges and rounding', () => {
    expect(after([2, 3, 1.9])).toBe(false);
    expect(after(UPRIGHT)).toBe(true);
    expect(after(UPRIGHT, [62, 60, 20], [40, 5, 20])).toBe(true);
  });

  it('never when it hangs upside down, lies on a side, or counts from an upright 12° off', () => {
    for (const pelvisDeg of [180, 90, 12]) expect(after([2, pelvisDeg, 600])).toBe(false);
  });

  it('no longer once it is missing for half a second, until both agree again', () => {
    expect(after(UPRIGHT, [2, NaN, 0.4], [2, 3, 0.1])).toBe(true);
    expect(after(UPRIGHT, [2, NaN, 0.6], [2, 3, 0.1])).toBe(false);
    expect(after(UPRIGHT, [2, NaN, 60], [2, 90, 600])).toBe(false);
    expect(after(UPRIGHT, [2, NaN, 60], UPRIGHT)).toBe(true);
  });

  it('no longer when it tilts further than the chest for 2 s in all, however often the wearer bends in between', () => {
    const bends = Array.from(
      { length: 3 },
      () =>
        [
          [60, 90, 1],
          [12, 90, 0.9],
        ] as const,
    ).flat();
    expect(after(UPRIGHT, ...bends)).toBe(false);
    expect(after(UPRIGHT, [18, 90, 3])).toBe(false);
  });
});

import { describe, expect, it } from 'vitest';
import { anglesInto } from '../../src/motion/dsp/angleColumn.ts';

function angleOf(sine: number, cosine: number): number {
  const angle = new Float64Array(1);
  anglesInto(angle, Float64Array.of(sine), Float64Array.of(cosine), 1);
  return angle[0];
}

describe('the angle of a sine and a cosine', () => {
  it('is that of Math.atan2 all around, but for rounding', () => {
    let mostOffRad = 0;
    for (let k = -100_000; k <= 100_000; k++) {
      const sine = Math.sin((k * Math.PI) / 100_000);
      const cosine = Math.cos((k * Math.PI) / 100_000);
      mostOffRad = Math.max(mostOffRad, Math.abs(angleOf(sine, cosine) - Math.atan2(sine, cosine)));
    }
    expect(mostOffRad).toBeLessThan(1e-15);
  });

  it.each([
    [0, 1, 0],
    [1, 0, Math.PI / 2],
    [-1, 0, -Math.PI / 2],
    [0, -1, Math.PI],
    [1e-9, 1, 1e-9],
  ])('of sine %f and cosine %f is %f', (sine, cosine, rad) => {
    expect(angleOf(sine, cosine)).toBeCloseTo(rad, 15);
  });

  it('is unknown when either is', () => {
    expect(angleOf(NaN, 1)).toBeNaN();
    expect(angleOf(0, NaN)).toBeNaN();
    expect(angleOf(1, NaN)).toBeNaN();
    expect(angleOf(NaN, NaN)).toBeNaN();
  });
});

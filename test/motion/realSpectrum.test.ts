import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../firmware-mocks/seededRandom.ts';
import { RealSpectrum } from '../../src/motion/dsp/realSpectrum.ts';
import { powerSpectrum } from '../../src/motion/dsp/spectrum.ts';

describe('power spectrum of the live path', () => {
  it.each([4, 8, 64, 1024])('is that of fft-js for %i samples, one window after the other', (n) => {
    const spectrum = new RealSpectrum(n);
    const random = seededRandom(n);
    for (let w = 0; w < 3; w++) {
      const window = Float64Array.from({ length: n }, () => 10 * random() - 3);
      const expected = powerSpectrum(window);
      const total = expected.reduce((sum, one) => sum + one, 0);
      const powers = spectrum.powers(window);
      expect(powers).toHaveLength(n / 2);
      powers.forEach((power, k) => expect(Math.abs(power - expected[k])).toBeLessThan(1e-12 * total));
    }
  });

  it.each([0, 2, 3, 100])('refuses %i samples', (n) => {
    expect(() => new RealSpectrum(n)).toThrow(`expected a window of 2^k samples, at least 4, found ${n}`);
  });
});

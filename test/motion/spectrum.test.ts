import { describe, expect, it } from 'vitest';
import { powerSpectrum } from '../../src/motion/dsp/spectrum.ts';

const N = 64;
const sine = (cycles: number, amplitude: number): number[] =>
  Array.from({ length: N }, (_, i) => amplitude * Math.sin((2 * Math.PI * cycles * i) / N + 0.3));

describe('power spectrum', () => {
  it('has all the power of a whole number of cycles in their bin: (a·n/2)²', () => {
    const power = powerSpectrum(sine(5, 3));
    expect(power).toHaveLength(N / 2);
    power.forEach((value, k) => expect(value).toBeCloseTo(k === 5 ? (3 * (N / 2)) ** 2 : 0, 6));
  });

  it('has a constant in bin 0: (c·n)²', () => {
    const power = powerSpectrum(new Float64Array(N).fill(2));
    power.forEach((value, k) => expect(value).toBeCloseTo(k === 0 ? (2 * N) ** 2 : 0, 6));
  });

  it('adds the powers of two sines', () => {
    const second = sine(11, 0.5);
    const power = powerSpectrum(sine(4, 1).map((value, i) => value + second[i]));
    expect(power[4]).toBeCloseTo((N / 2) ** 2, 6);
    expect(power[11]).toBeCloseTo((0.5 * (N / 2)) ** 2, 6);
  });

  it('leaves its input as it was', () => {
    const window = Float64Array.from(sine(3, 1));
    powerSpectrum(window);
    expect([...window]).toEqual(sine(3, 1));
  });

  it.each([0, 1, 3, 100])('refuses %i samples', (n) => {
    expect(() => powerSpectrum(new Float64Array(n))).toThrow(`expected a window of 2^k samples, found ${n}`);
  });
});

import { describe, expect, it } from 'vitest';
import { lowPassCoefficients, lowPassNow, lowPassState, lowPassTriple } from '../../src/motion/dsp/lowPass2.ts';

const TAU_S = 0.5;
const SAMPLE_S = 0.01;
const START_UP = 50;

/** The three channels' outputs for a signal, one row per sample. */
function filtered(samples: readonly (readonly number[])[]): number[][] {
  const k = lowPassCoefficients(TAU_S, SAMPLE_S);
  const state = lowPassState();
  return samples.map((sample, i) => {
    const v = Float64Array.from(sample);
    const now = new Float64Array(5);
    lowPassNow(k, i, now);
    lowPassTriple(now, state, v);
    return [...v];
  });
}

describe('second-order low-pass', () => {
  it('has the coefficients of the formula', () => {
    // f_c = √2/(2π·0.5) = 0.45016 Hz, C = tan(π f_c/100) = 0.0141431, D = C² + √2 C + 1.
    const c = Math.tan((Math.PI * Math.SQRT2) / (2 * Math.PI * TAU_S) / 100);
    const d = c * c + Math.SQRT2 * c + 1;
    const k = lowPassCoefficients(TAU_S, SAMPLE_S);
    expect(c).toBeCloseTo(0.0141431, 7);
    expect(k.b0).toBeCloseTo((c * c) / d, 15);
    expect(k.b1).toBeCloseTo((2 * c * c) / d, 15);
    expect(k.b2).toBe(k.b0);
    expect(k.a1).toBeCloseTo((2 * (c * c - 1)) / d, 15);
    expect(k.a2).toBeCloseTo((1 - Math.SQRT2 * c + c * c) / d, 15);
    // Unit gain for a constant.
    expect((k.b0 + k.b1 + k.b2) / (1 + k.a1 + k.a2)).toBeCloseTo(1, 12);
    expect(k.startUpSamples).toBe(START_UP);
  });

  it('gives the running mean of each channel while it starts up', () => {
    const samples = Array.from({ length: START_UP }, (_, i) => [i, Math.sin(i), (-1) ** i]);
    const out = filtered(samples);
    for (let n = 1; n <= START_UP; n++) {
      for (let c = 0; c < 3; c++) {
        const mean = samples.slice(0, n).reduce((sum, sample) => sum + sample[c], 0) / n;
        expect(out[n - 1][c]).toBeCloseTo(mean, 10);
      }
    }
  });

  it('goes on from the mean without a jump: what follows as a constant stays constant', () => {
    const out = filtered(
      Array.from({ length: START_UP + 200 }, (_, i) => [i < START_UP ? i : (START_UP - 1) / 2, 7, 0]),
    );
    for (const [x, y, z] of out.slice(START_UP)) {
      expect(x).toBeCloseTo((START_UP - 1) / 2, 9);
      expect(y).toBeCloseTo(7, 11);
      expect(z).toBe(0);
    }
  });

  it('afterwards is the difference equation', () => {
    const k = lowPassCoefficients(TAU_S, SAMPLE_S);
    const x = Array.from({ length: 400 }, (_, i) => (i < START_UP ? 0 : Math.sin(0.05 * i) + (i > 300 ? 1 : 0)));
    const out = filtered(x.map((value) => [value, 2 * value, -value]));
    const at = (values: readonly number[], i: number): number => values[i] ?? 0;
    const y: number[] = [];
    x.forEach((value, i) => {
      const input = k.b0 * value + k.b1 * at(x, i - 1) + k.b2 * at(x, i - 2);
      y.push(input - k.a1 * at(y, i - 1) - k.a2 * at(y, i - 2));
    });
    for (let i = 0; i < x.length; i++) {
      expect(out[i][0]).toBeCloseTo(y[i], 12);
      expect(out[i][1]).toBeCloseTo(2 * y[i], 12);
      expect(out[i][2]).toBeCloseTo(-y[i], 12);
    }
  });

  it('passes slow and stops fast movement: −3 dB at its cut-off', () => {
    const gainAt = (hz: number): number => {
      const out = filtered(Array.from({ length: 6000 }, (_, i) => [Math.sin(2 * Math.PI * hz * i * SAMPLE_S), 0, 0]));
      return Math.max(...out.slice(3000).map(([x]) => x));
    };
    const cutoffHz = Math.SQRT2 / (2 * Math.PI * TAU_S);
    expect(gainAt(cutoffHz)).toBeCloseTo(Math.SQRT1_2, 2);
    expect(gainAt(cutoffHz / 10)).toBeGreaterThan(0.995);
    expect(gainAt(cutoffHz * 10)).toBeLessThan(0.011);
  });
});

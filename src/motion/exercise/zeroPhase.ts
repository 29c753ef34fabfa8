/**
 * Low-pass without delay for a completed window: once forward, once backward (Gustafsson 1996 gives the problem of the ends;
 * here each pass starts at rest at its first value, which suits spans that begin and end quietly).
 */
import { lowPassCoefficients } from '../dsp/lowPass2.ts';

/** @param cutoffHz of one pass; at it both passes together let half of the amplitude through */
export function zeroPhaseLowPass(values: Float64Array, cutoffHz: number, rateHz: number): Float64Array {
  const tauS = Math.SQRT2 / (2 * Math.PI * Math.min(cutoffHz, 0.4 * rateHz));
  const k = lowPassCoefficients(tauS, 1 / rateHz);
  const out = values.slice();
  pass(k, out);
  const backward = out.toReversed();
  pass(k, backward);
  return backward.toReversed();
}

/** In place, direct form II transposed, from the steady state of the first value. */
function pass({ b0, b1, b2, a1, a2 }: ReturnType<typeof lowPassCoefficients>, values: Float64Array): void {
  let s1 = values[0] * (1 - b0);
  let s2 = values[0] * (b2 - a2);
  for (let i = 0; i < values.length; i++) {
    const x = values[i];
    const y = b0 * x + s1;
    s1 = b1 * x - a1 * y + s2;
    s2 = b2 * x - a2 * y;
    values[i] = y;
  }
}

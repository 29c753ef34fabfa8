/**
 * The angle whose sine and cosine are known: `Math.atan2` of an upright trunk without a division and without leaving compiled
 * code, because three are needed at every sample.
 *
 * In     sine and cosine, sin² + cos² = 1 but for rounding
 * Method θ = θk + asin(sin θ cos θk − cos θ sin θk), θk of a table with sin θk a multiple of 1/64 next to sin θ; what is left is
 *        below 0.012, where four terms of the power series are exact to rounding (35/1152 u⁸ < 2e-17)
 * Limits up to 48° to either side; everything else, NaN included, is left to `Math.atan2`
 */
const PER_UNIT = 64;
const MOST_SINE = 0.75;
const MIDDLE = MOST_SINE * PER_UNIT;
const SINE = Float64Array.from({ length: 2 * MIDDLE + 1 }, (_, k) => (k - MIDDLE) / PER_UNIT);
const COSINE = SINE.map((sine) => Math.sqrt(1 - sine * sine));
const ANGLE = SINE.map(Math.asin);

export function angleOf(sine: number, cosine: number): number {
  if (!(cosine > 0 && sine >= -MOST_SINE && sine <= MOST_SINE)) return Math.atan2(sine, cosine);
  const k = (sine * PER_UNIT + (MIDDLE + 0.5)) | 0;
  const u = sine * COSINE[k] - cosine * SINE[k];
  const q = u * u;
  return ANGLE[k] + (u + u * q * (1 / 6 + q * (3 / 40 + q * (5 / 112))));
}

/**
 * A column of angles whose sines and cosines are known: `Math.atan2` without a division and without leaving compiled code,
 * because three are needed at every sample.
 *
 * In     sin² + cos² = 1 but for rounding; NaN gives NaN
 * Method θ = θk + asin(sin θ cos θk − cos θ sin θk), θk of a table with sin θk a multiple of 1/64 next to sin θ; what is left is
 *        below 0.012, where four terms of the power series are exact to rounding (35/1152 u⁸ < 2e-17). Beyond 48° from the front
 *        counted from the side or from the back.
 * Form   columns, because numbers handed from one function to another may be boxed, and because one angle does not wait for the other
 */
const PER_UNIT = 64;
const MOST_SINE = 0.75;
const MIDDLE = MOST_SINE * PER_UNIT;
const SINE = Float64Array.from({ length: 2 * MIDDLE + 1 }, (_, k) => (k - MIDDLE) / PER_UNIT);
const COSINE = SINE.map((sine) => Math.sqrt(1 - sine * sine));
const ANGLE = SINE.map(Math.asin);

/** angle[i] for i < n; `angle` may be the same array as `sine`. */
export function anglesInto(angle: Float64Array, sine: Float64Array, cosine: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    let s = sine[i];
    let c = cosine[i];
    let from = 0;
    if (!(c > 0 && Math.abs(s) <= MOST_SINE)) {
      const x = c;
      if (s > MOST_SINE) {
        from = Math.PI / 2;
        c = s;
        s = -x;
      } else if (s < -MOST_SINE) {
        from = -Math.PI / 2;
        c = -s;
        s = x;
      } else {
        from = s < 0 ? -Math.PI : Math.PI;
        c = -x;
        s = -s;
      }
    }
    const k = (s * PER_UNIT + (MIDDLE + 0.5)) | 0;
    const u = s * COSINE[k] - c * SINE[k];
    const q = u * u;
    angle[i] = from + (ANGLE[k] + (u + u * q * (1 / 6 + q * (3 / 40 + q * (5 / 112)))));
  }
}

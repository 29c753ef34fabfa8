/**
 * Second-order Butterworth low-pass given by a time constant, with averaging start-up, for three channels at once.
 *
 * Source  signal specification, "The orientation filter, written out" (Laidig & Seel 2023, Information Fusion 91:187,
 *         section 3): f_c = √2/(2πτ), bilinear transform, direct form II transposed. For the first ceil(τ/Ts) samples the
 *         output is the running mean; then the states are set to steady state at that mean.
 * Form    the start-up is the same difference equation with other coefficients, so that a sample takes one path:
 *         y = b0 x + s1,  s1 ← b1 x − a1 y + s2,  s2 ← b2 x − a2 y
 */
export interface LowPassCoefficients {
  readonly b0: number;
  readonly b1: number;
  readonly b2: number;
  readonly a1: number;
  readonly a2: number;
  /** Samples of the start-up average. */
  readonly startUpSamples: number;
}

export function lowPassCoefficients(tauS: number, sampleS: number): LowPassCoefficients {
  const cutoffHz = Math.SQRT2 / (2 * Math.PI * tauS);
  const c = Math.tan(Math.PI * cutoffHz * sampleS);
  const d = c * c + Math.SQRT2 * c + 1;
  const b0 = (c * c) / d;
  return {
    b0,
    b1: 2 * b0,
    b2: b0,
    a1: (2 * (c * c - 1)) / d,
    a2: (1 - Math.SQRT2 * c + c * c) / d,
    startUpSamples: startUpSamples(tauS, sampleS),
  };
}

/** The first count n with n·Ts ≥ τ, computed as the running sum would find it. */
function startUpSamples(tauS: number, sampleS: number): number {
  let n = 1;
  while (n * sampleS < tauS) n++;
  return n;
}

/** Plain state of three channels: s1, s2 of each. How many samples of the start-up were seen is counted by the owner. */
export const lowPassState = (): Float64Array => new Float64Array(6);

/** Writes the coefficients for the next sample, b0 b1 b2 a1 a2: those of the average while it starts up. */
export function lowPassNow(k: LowPassCoefficients, seenSamples: number, now: Float64Array): void {
  if (seenSamples < k.startUpSamples) averaging(k, seenSamples + 1, now);
  else {
    now[0] = k.b0;
    now[1] = k.b1;
    now[2] = k.b2;
    now[3] = k.a1;
    now[4] = k.a2;
  }
}

/** Filters one sample of three values in place. Written out with constant indices: half the time of a loop. */
export function lowPassTriple(now: Float64Array, state: Float64Array, v: Float64Array): void {
  const b0 = now[0];
  const b1 = now[1];
  const b2 = now[2];
  const a1 = now[3];
  const a2 = now[4];
  const x0 = v[0];
  const x1 = v[1];
  const x2 = v[2];
  const y0 = b0 * x0 + state[0];
  const y1 = b0 * x1 + state[2];
  const y2 = b0 * x2 + state[4];
  state[0] = b1 * x0 - a1 * y0 + state[1];
  state[1] = b2 * x0 - a2 * y0;
  state[2] = b1 * x1 - a1 * y1 + state[3];
  state[3] = b2 * x1 - a2 * y1;
  state[4] = b1 * x2 - a1 * y2 + state[5];
  state[5] = b2 * x2 - a2 * y2;
  v[0] = y0;
  v[1] = y1;
  v[2] = y2;
}

/** The n-th sample makes the mean of n: y = (x + Σ)/n, so s1 is kept as what the next one needs, Σ/(n + 1) = y n/(n + 1). */
function averaging(k: LowPassCoefficients, n: number, now: Float64Array): void {
  const last = n === k.startUpSamples;
  now[0] = 1 / n;
  now[1] = 0;
  now[2] = 0;
  now[3] = last ? k.b0 - 1 : -n / (n + 1);
  now[4] = last ? k.a2 - k.b0 : 0;
}

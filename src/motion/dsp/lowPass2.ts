/**
 * Second-order Butterworth low-pass given by a time constant, with averaging start-up, for several channels at once.
 *
 * Source  signal specification, "The orientation filter, written out" (Laidig & Seel 2023, Information Fusion 91:187,
 *         section 3): f_c = √2/(2πτ), bilinear transform, direct form II transposed. For the first ceil(τ/Ts) samples the
 *         output is the running mean; then the states are set to steady state at that mean.
 */
export interface LowPassCoefficients {
  readonly b0: number;
  readonly b1: number;
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

/**
 * Plain state: for `channels` channels 2 values each, then the start-up count. During start-up the first value of a
 * channel holds the sum of its inputs.
 */
export const lowPassState = (channels: number): Float64Array => new Float64Array(2 * channels + 1);

/** Filters one sample of `channels` values from `x` into `y` (may be the same array). */
export function lowPassStep(
  k: LowPassCoefficients,
  state: Float64Array,
  channels: number,
  x: Float64Array,
  y: Float64Array,
): void {
  lowPassRange(k, state, channels, 0, channels, x, y);
  lowPassAdvance(k, state, channels);
}

/** Channels [from, to) only; `lowPassAdvance` once per sample when all ranges are done. */
export function lowPassRange(
  k: LowPassCoefficients,
  state: Float64Array,
  channels: number,
  from: number,
  to: number,
  x: Float64Array,
  y: Float64Array,
): void {
  const seen = state[2 * channels];
  if (seen < k.startUpSamples) {
    startUpRange(k, state, seen + 1, from, to, x, y);
    return;
  }
  for (let c = from; c < to; c++) {
    const input = x[c];
    const output = k.b0 * input + state[2 * c];
    state[2 * c] = k.b1 * input - k.a1 * output + state[2 * c + 1];
    state[2 * c + 1] = k.b0 * input - k.a2 * output;
    y[c] = output;
  }
}

export function lowPassAdvance(k: LowPassCoefficients, state: Float64Array, channels: number): void {
  if (state[2 * channels] < k.startUpSamples) state[2 * channels]++;
}

function startUpRange(
  k: LowPassCoefficients,
  state: Float64Array,
  count: number,
  from: number,
  to: number,
  x: Float64Array,
  y: Float64Array,
): void {
  const last = count === k.startUpSamples;
  for (let c = from; c < to; c++) {
    const sum = state[2 * c] + x[c];
    const mean = sum / count;
    y[c] = mean;
    state[2 * c] = last ? mean * (1 - k.b0) : sum;
    if (last) state[2 * c + 1] = mean * (k.b0 - k.a2);
  }
}

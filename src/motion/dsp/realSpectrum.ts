/**
 * Power spectrum of real windows of one length, on the live path: tables and memory are made once per stream.
 *
 * In    n samples, n a power of two
 * Out   n/2 powers |X[k]|² at frequencies k·rate/n, k = 0 … n/2 − 1, in working memory: read before the next call
 * Method n/2 complex values (even samples real, odd ones imaginary), radix 2, decimation in time (Cooley & Tukey 1965); then
 *       X[k] = E + e^{−2πik/n} O with E = (Z[k] + Z*[n/2−k])/2 and O = (Z[k] − Z*[n/2−k])/2i
 */
export class RealSpectrum {
  /** n/2 complex values. */
  readonly #half: number;
  readonly #re: Float64Array;
  readonly #im: Float64Array;
  /** cos and sin of 2πk/n, k = 0 … n/2 − 1. */
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;
  /** Where each complex value goes at first: its index with the bits reversed. */
  readonly #place: Uint32Array;
  readonly #power: Float64Array;

  constructor(n: number) {
    if (n < 4 || (n & (n - 1)) !== 0) throw new RangeError(`expected a window of 2^k samples, at least 4, found ${n}`);
    const half = n / 2;
    this.#half = half;
    this.#re = new Float64Array(half);
    this.#im = new Float64Array(half);
    this.#power = new Float64Array(half);
    this.#cos = Float64Array.from({ length: half }, (_, k) => Math.cos((2 * Math.PI * k) / n));
    this.#sin = Float64Array.from({ length: half }, (_, k) => Math.sin((2 * Math.PI * k) / n));
    this.#place = new Uint32Array(half);
    for (let k = 1; k < half; k++) this.#place[k] = (this.#place[k >> 1] >> 1) | (k & 1 ? half >> 1 : 0);
  }

  powers(window: Float64Array): Float64Array {
    const half = this.#half;
    const re = this.#re;
    const im = this.#im;
    const power = this.#power;
    const place = this.#place;
    const cos = this.#cos;
    const sin = this.#sin;
    for (let k = 0; k < half; k++) {
      re[place[k]] = window[2 * k];
      im[place[k]] = window[2 * k + 1];
    }
    for (let size = 2; size <= half; size *= 2) this.#butterflies(size);
    power[0] = (re[0] + im[0]) ** 2;
    for (let k = 1; k < half; k++) {
      const j = half - k;
      const evenRe = (re[k] + re[j]) / 2;
      const evenIm = (im[k] - im[j]) / 2;
      const oddRe = (im[k] + im[j]) / 2;
      const oddIm = (re[j] - re[k]) / 2;
      const c = cos[k];
      const s = sin[k];
      const x = evenRe + c * oddRe + s * oddIm;
      const y = evenIm + c * oddIm - s * oddRe;
      power[k] = x * x + y * y;
    }
    return power;
  }

  /** Joins transforms of size/2 values to transforms of `size`. */
  #butterflies(size: number): void {
    const re = this.#re;
    const im = this.#im;
    const cos = this.#cos;
    const sin = this.#sin;
    const half = this.#half;
    const apart = size >> 1;
    const stride = half / apart;
    for (let k = 0; k < apart; k++) {
      const c = cos[k * stride];
      const s = sin[k * stride];
      for (let a = k; a < half; a += size) {
        const b = a + apart;
        const x = c * re[b] + s * im[b];
        const y = c * im[b] - s * re[b];
        re[b] = re[a] - x;
        im[b] = im[a] - y;
        re[a] += x;
        im[a] += y;
      }
    }
  }
}

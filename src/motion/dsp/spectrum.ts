/**
 * Power spectrum of a real window; the only file that computes Fourier transforms (through `fft-js`, in place).
 *
 * In    n samples, n a power of two
 * Out   n/2 powers |X[k]|² at frequencies k·rate/n, k = 0 … n/2 − 1 (no scaling: for shares of power)
 */
import fft from 'fft-js';

export function powerSpectrum(window: ArrayLike<number>): Float64Array {
  const n = window.length;
  if (n < 2 || (n & (n - 1)) !== 0) throw new RangeError(`expected a window of 2^k samples, found ${n}`);
  const buffer: (number | [number, number])[] = Array.from(window);
  fft.fftInPlace(buffer);
  const power = new Float64Array(n / 2);
  for (let k = 0; k < n / 2; k++) {
    const bin = buffer[k];
    power[k] = typeof bin === 'number' ? bin * bin : bin[0] * bin[0] + bin[1] * bin[1];
  }
  return power;
}

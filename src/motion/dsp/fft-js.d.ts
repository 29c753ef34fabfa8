/** The part of fft-js that is used; the package has no types of its own. */
declare module 'fft-js' {
  /** Replaces the array's numbers with [re, im] pairs of its discrete Fourier transform; length a power of two. */
  export function fftInPlace(values: (number | [number, number])[]): void;
}

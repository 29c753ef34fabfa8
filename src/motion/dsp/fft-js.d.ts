/** The part of fft-js that is used; the package has no types of its own. */
declare module 'fft-js' {
  const fft: {
    /** Replaces the array's numbers with [re, im] pairs of its discrete Fourier transform; length a power of two. */
    fftInPlace(values: (number | [number, number])[]): void;
  };
  export default fft;
}

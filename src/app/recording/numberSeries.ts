/**
 * A list of numbers as an MCAP recording holds it: decimals as whole numbers and their differences, which takes a fifth of the
 * room of doubles; numbers that are no short decimals, or missing, as doubles. Either way each number comes back as it was.
 */
import { PlumblineError } from '../../model/errors.ts';

/** Number i is (first + delta[0] + … + delta[i]) / divisor; or real[i]. */
export interface NumberSeries {
  readonly first: number;
  readonly delta: Int32Array;
  readonly divisor: number;
  readonly real: Float64Array;
}

/** The same, its lists still as Protocol Buffers pack them. */
export interface PackedSeries {
  first: number;
  divisor: number;
  /** Zigzag varints. */
  delta: Uint8Array;
  /** Little-endian doubles. */
  real: Uint8Array;
}

/** Where numbers go: number i, times the scale, to `into[at + stride × i]`. */
export interface SeriesPlace {
  readonly into: Float64Array;
  readonly at: number;
  readonly stride: number;
  readonly scale: number;
}

const MAX_DECIMALS = 9;
const MAX_DELTA = 2 ** 31 - 1;
const POWERS_OF_TEN = Array.from({ length: MAX_DECIMALS + 1 }, (_, decimals) => Number(`1e${decimals}`));
const NO_DELTAS = new Int32Array(0);
const NO_REALS = new Float64Array(0);
const DOUBLE_BYTES = 8;
/** The top bit of a byte of a varint: another byte follows. */
const MORE = 0x80;
const LONGEST_VARINT_BITS = 35;

/** Decimals where that loses nothing. One for each list that tends to have the same number of decimals. */
export class SeriesForm {
  #divisor = 1;

  of(values: Float64Array): NumberSeries {
    for (const divisor of [this.#divisor, ...POWERS_OF_TEN]) {
      const series = asDecimals(values, divisor);
      if (!series) continue;
      this.#divisor = divisor;
      return series;
    }
    return { first: 0, delta: NO_DELTAS, divisor: 0, real: values };
  }
}

/** undefined: not all of them have so few decimals. */
function asDecimals(values: Float64Array, divisor: number): NumberSeries | undefined {
  const delta = new Int32Array(values.length);
  const first = Math.round(values[0] * divisor);
  let last = first;
  for (let i = 0; i < values.length; i++) {
    const whole = Math.round(values[i] * divisor);
    const step = whole - last;
    // A quotient of two whole numbers that doubles hold is the double next to the decimal: reading gives this very number.
    const isExact = whole / divisor === values[i] && Number.isSafeInteger(whole) && Math.abs(step) <= MAX_DELTA;
    if (!isExact) return undefined;
    delta[i] = step;
    last = whole;
  }
  return { first, delta, divisor, real: NO_REALS };
}

export function seriesLength({ delta, real }: PackedSeries): number {
  if (real.length > 0) return real.length / DOUBLE_BYTES;
  let n = 0;
  for (let b = 0; b < delta.length; b++) if (delta[b] < MORE) n++;
  return n;
}

/** @throws PlumblineError `recording/invalid` when there are not n finite (or missing) numbers in it */
export function unpackSeries(series: PackedSeries, n: number, place: SeriesPlace): void {
  const { delta, real } = series;
  if (delta.length > 0 && real.length > 0) throw invalid('decimals or doubles', 'both');
  if (real.length > 0) unpackReal(real, n, place);
  else unpackDecimals(series, n, place);
}

function unpackReal(real: Uint8Array, n: number, { into, at, stride, scale }: SeriesPlace): void {
  if (real.length !== n * DOUBLE_BYTES) throw invalid(`${n} numbers`, `${real.length / DOUBLE_BYTES}`);
  const view = new DataView(real.buffer, real.byteOffset, real.length);
  for (let i = 0; i < n; i++) {
    const value = view.getFloat64(i * DOUBLE_BYTES, true) * scale;
    if (value === Infinity || value === -Infinity) throw invalid('finite numbers', `${value}`);
    into[at + stride * i] = value;
  }
}

/** By hand, because a day has 60 million of them: a general decoder takes three times as long. */
function unpackDecimals(
  { first, divisor, delta }: PackedSeries,
  n: number,
  { into, at, stride, scale }: SeriesPlace,
): void {
  if (!(divisor > 0)) throw invalid(n === 0 ? 'numbers' : 'a divisor above 0', n === 0 ? 'none' : `${divisor}`);
  const end = delta.length;
  let whole = first;
  let b = 0;
  for (let i = 0, k = at; i < n; i++, k += stride) {
    if (b >= end) throw invalid(`${n} numbers`, `${i}`);
    let byte = delta[b++];
    let bits = byte & 0x7f;
    for (let shift = 7; byte >= MORE; shift += 7) {
      if (b >= end || shift >= LONGEST_VARINT_BITS) throw invalid('whole varints', 'a broken one');
      byte = delta[b++];
      bits |= (byte & 0x7f) << shift;
    }
    whole += (bits >>> 1) ^ -(bits & 1);
    into[k] = (whole / divisor) * scale;
  }
  if (b < end) throw invalid(`${n} numbers`, 'more');
  // A sum stays infinite or NaN once it is.
  if (!Number.isFinite((whole / divisor) * scale)) throw invalid('finite numbers', `${whole} / ${divisor}`);
}

const invalid = (expected: string, found: string): PlumblineError =>
  new PlumblineError('recording/invalid', `expected ${expected}, found ${found}`);

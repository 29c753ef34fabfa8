/**
 * Plays a recording through a virtual wearable: raw little-endian float64 rows `acc xyz m/s², gyr xyz rad/s`, sensor frame.
 *
 * Row k is the sample at k / rateHz; its angular rate is the mean over the interval before it. Acceleration is interpolated,
 * angular rate is averaged over the device's own interval, so that the angle turned is preserved at any rate.
 * A row with anything not finite is silence.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { messageOf, PlumblineError } from '../src/model/errors.ts';
import type { MotionSource } from './motionSource.ts';

const ROW_VALUES = 6;
const ROW_BYTES = 8 * ROW_VALUES;
const CHUNK_ROWS = 4096;
/** Row positions closer than this to a whole number are that row: rounding of the clocks. */
const ROW_TOLERANCE = 1e-3;

export class RecordedMotion implements MotionSource {
  readonly frame = 'sensor';
  readonly durationS: number;
  private readonly file: string;
  private readonly rateHz: number;
  private readonly countRows: number;
  private readonly chunk = Buffer.alloc(CHUNK_ROWS * ROW_BYTES);
  private chunkStart = -1;
  private chunkRows = 0;

  /** @throws PlumblineError `recording/invalid` */
  constructor(file: string, rateHz: number) {
    this.file = file;
    this.rateHz = rateHz;
    const sizeBytes = this.withFile((descriptor) => fstatSync(descriptor).size);
    if (sizeBytes === 0 || sizeBytes % ROW_BYTES !== 0) {
      throw new PlumblineError(
        'recording/invalid',
        `recording ${file}: expected rows of ${ROW_BYTES} bytes (six float64), found ${sizeBytes} bytes`,
      );
    }
    this.countRows = sizeBytes / ROW_BYTES;
    this.durationS = (this.countRows - 1) / rateHz;
  }

  sampleInto(tS: number, periodS: number, out: Float64Array): boolean {
    const position = this.snapped(tS * this.rateHz);
    const lower = Math.floor(position);
    const upper = Math.ceil(position);
    if (lower < 0 || upper >= this.countRows || !this.isPresent(lower) || !this.isPresent(upper)) return false;
    const share = position - lower;
    for (let axis = 0; axis < 3; axis++) {
      out[axis] = this.value(lower, axis) * (1 - share) + this.value(upper, axis) * share;
    }
    return this.meanRateInto(this.snapped((tS - periodS) * this.rateHz), position, out);
  }

  /** Row k holds over (k − 1, k]; before the first row its own value is taken. */
  private meanRateInto(from: number, to: number, out: Float64Array): boolean {
    out.fill(0, 3);
    for (let row = Math.floor(from) + 1; row <= Math.ceil(to); row++) {
      const width = Math.min(row, to) - Math.max(row - 1, from);
      if (width <= 0) continue;
      const known = Math.max(0, row);
      if (!this.isPresent(known)) return false;
      for (let axis = 3; axis < 6; axis++) {
        out[axis] = out[axis] + (this.value(known, axis) * width) / (to - from);
      }
    }
    return true;
  }

  private snapped(position: number): number {
    const nearest = Math.round(position);
    return Math.abs(position - nearest) < ROW_TOLERANCE ? nearest : position;
  }

  private isPresent(row: number): boolean {
    for (let axis = 0; axis < ROW_VALUES; axis++) if (!Number.isFinite(this.value(row, axis))) return false;
    return true;
  }

  private value(row: number, axis: number): number {
    if (row < this.chunkStart || row >= this.chunkStart + this.chunkRows || this.chunkStart < 0) this.load(row);
    return this.chunk.readDoubleLE((row - this.chunkStart) * ROW_BYTES + 8 * axis);
  }

  /** Some rows before the wanted one stay in memory: the next sample looks back over its interval. */
  private load(row: number): void {
    const start = Math.max(0, row - CHUNK_ROWS / 2);
    const bytes = this.withFile((descriptor) =>
      readSync(descriptor, this.chunk, 0, this.chunk.length, start * ROW_BYTES),
    );
    this.chunkStart = start;
    this.chunkRows = Math.floor(bytes / ROW_BYTES);
  }

  private withFile<T>(use: (descriptor: number) => T): T {
    let descriptor: number | undefined;
    try {
      descriptor = openSync(this.file, 'r');
      return use(descriptor);
    } catch (cause) {
      throw new PlumblineError(
        'recording/invalid',
        `recording ${this.file}: expected a readable file, found ${messageOf(cause)}`,
        { cause },
      );
    } finally {
      if (descriptor !== undefined) closeSync(descriptor);
    }
  }
}

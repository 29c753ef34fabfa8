/** `ImuBlock`: a run of samples of one sensor as a struct of arrays. The only shape in which samples travel. */

/** Bits of `ImuBlock.flags`, per sample. */
export const SampleFlag = {
  /** The accelerometer reached the end of its range. */
  accClipped: 1,
  /** The gyroscope reached the end of its range. */
  gyrClipped: 2,
  /** The device says that it is not worn. */
  notWorn: 4,
  /** Repaired later from the device's own memory. */
  backfilled: 8,
  /** The first sample after missing data longer than 1.5 sample periods. */
  afterGap: 16,
  /** |acc| or |gyr| is beyond what the stated range can give: scale or bytes are wrong. */
  implausible: 32,
} as const;

/**
 * n ≥ 1 samples in time order.
 * `tS` Unix seconds (or the recording's own axis), n values, strictly increasing.
 * `accMps2` specific force, 3n values x y z x y z …; `gyrRadps` likewise, absent for accelerometer-only devices.
 * A missing sample is NaN in all axes. The frame is the sensor's until `motion/alignment` has turned it to the segment's.
 */
export interface ImuBlock {
  readonly n: number;
  /** Nominal rate, Hz. */
  readonly rateHz: number;
  readonly tS: Float64Array;
  readonly accMps2: Float64Array;
  readonly gyrRadps: Float64Array | undefined;
  /** n values, bits of `SampleFlag`. */
  readonly flags: Uint8Array;
}

export function emptyBlock(n: number, rateHz: number, withGyroscope: boolean): ImuBlock {
  return {
    n,
    rateHz,
    tS: new Float64Array(n),
    accMps2: new Float64Array(3 * n),
    gyrRadps: withGyroscope ? new Float64Array(3 * n) : undefined,
    flags: new Uint8Array(n),
  };
}

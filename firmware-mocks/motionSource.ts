/** What a sensor on a body would feel, before any error of the sensor. */

export interface MotionSource {
  /** Infinity when it is repeated for ever. */
  readonly durationS: number;
  /** The frame of the values: scripts speak of the body segment, recordings of the sensor that made them. */
  readonly frame: 'segment' | 'sensor';
  /**
   * Fills `out` with specific force x y z at `tS` (m/s²) and the mean angular rate x y z over the `periodS` before it (rad/s):
   * that is what an integrating gyroscope reports.
   * False: the sensor is silent at that moment; `out` is then undefined.
   */
  sampleInto(tS: number, periodS: number, out: Float64Array): boolean;
  /** Magnetic field x y z in µT, where the source knows its heading. */
  magneticFieldInto?(tS: number, out: Float64Array): void;
}

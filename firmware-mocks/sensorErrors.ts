/** What a real inertial sensor adds to the truth, seeded; and how it sits on the body. */
import { IDENTITY_MOUNT, type Mount } from '../src/model/frames.ts';
import { radFromDeg } from '../src/model/units.ts';
import type { MotionSource } from './motionSource.ts';
import { gaussian, mixSeeds, type Random, seededRandom } from './seededRandom.ts';
import { orientationInto } from './trunkPose.ts';

export type Triple = readonly [number, number, number];

/** A bias given as one number has that size and a random direction; as three numbers it is taken as it is, in sensor axes. */
export interface SensorErrors {
  /** Standard deviation per sample. */
  readonly accNoiseMps2: number;
  readonly gyrNoiseDps: number;
  readonly accBiasMps2: number | Triple;
  readonly gyrBiasDps: number | Triple;
  /** Standard deviation of the gyroscope bias's random walk after one hour. */
  readonly gyrDriftDpsPerSqrtHour: number;
  /** 0.01: one g reads as 1.01 g. */
  readonly accScaleErrorRatio: number;
}

export const NO_SENSOR_ERRORS: SensorErrors = {
  accNoiseMps2: 0,
  gyrNoiseDps: 0,
  accBiasMps2: 0,
  gyrBiasDps: 0,
  gyrDriftDpsPerSqrtHour: 0,
  accScaleErrorRatio: 0,
};

/** A consumer sensor of the LSM6DSO class at 50 Hz bandwidth (data sheet DS12140, table 2: 70 µg/√Hz, 3.8 mdps/√Hz, ±20 mg, ±1 dps). */
export const TYPICAL_SENSOR_ERRORS: SensorErrors = {
  accNoiseMps2: 0.008,
  gyrNoiseDps: 0.05,
  accBiasMps2: 0.1,
  gyrBiasDps: 0.5,
  gyrDriftDpsPerSqrtHour: 0.1,
  accScaleErrorRatio: 0.005,
};

export interface SensorMounting {
  /** Segment axes in sensor axes. */
  readonly mount: Mount;
  /** Angles at which the sensor sits on the segment: an upright trunk looks to it as if it were bent by them. */
  readonly tiltDeg: Triple;
}

export const STRAIGHT_MOUNTING: SensorMounting = { mount: IDENTITY_MOUNT, tiltDeg: [0, 0, 0] };

/** Segment → sensor, row-major. */
function sensorFromSegment({ mount, tiltDeg }: SensorMounting): Float64Array {
  // With the heading and the standing-up of `orientationInto` taken off, rows 0, 2, −1 are the tilt in segment axes.
  const stood = new Float64Array(9);
  const [flexionDeg, lateralDeg, rotationDeg] = tiltDeg;
  orientationInto(
    {
      flexionRad: radFromDeg(flexionDeg),
      lateralRad: radFromDeg(lateralDeg),
      rotationRad: radFromDeg(rotationDeg),
      headingRad: 0,
    },
    stood,
  );
  const s = (i: number): number => stood[i];
  const tilt = [s(0), s(1), s(2), s(6), s(7), s(8), -s(3), -s(4), -s(5)];
  const out = new Float64Array(9);
  for (let row = 0; row < 3; row++) {
    for (let column = 0; column < 3; column++) {
      let sum = 0;
      for (let k = 0; k < 3; k++) sum += mount[3 * k + row] * tilt[3 * column + k];
      out[3 * row + column] = sum;
    }
  }
  return out;
}

/** The sensor on the body: reads a motion source through mounting and errors. One instance per stream of samples. */
export class ImperfectSensor {
  private readonly source: MotionSource;
  private readonly errors: SensorErrors;
  private readonly matrix: Float64Array;
  private readonly noise: Random;
  private readonly accBiasMps2: Float64Array;
  private readonly gyrBiasRadps: Float64Array;
  private readonly ideal = new Float64Array(6);

  /** @param seed of the device's biases. @param streamSeed tells the noise of parallel streams apart. */
  constructor(source: MotionSource, mounting: SensorMounting, errors: SensorErrors, seed: number, streamSeed = 0) {
    this.source = source;
    this.errors = errors;
    this.matrix = sensorFromSegment(source.frame === 'segment' ? mounting : STRAIGHT_MOUNTING);
    this.noise = gaussian(seededRandom(mixSeeds(seed, 1, streamSeed)));
    const direction = gaussian(seededRandom(mixSeeds(seed, 2)));
    this.accBiasMps2 = biasVector(errors.accBiasMps2, direction);
    this.gyrBiasRadps = biasVector(errors.gyrBiasDps, direction).map(radFromDeg);
  }

  get durationS(): number {
    return this.source.durationS;
  }

  /** Sensor frame, m/s² and rad/s; false when there is no sample at that moment. */
  readInto(tS: number, periodS: number, out: Float64Array): boolean {
    if (!this.source.sampleInto(tS, periodS, this.ideal)) return false;
    const { errors, ideal } = this;
    const walkRadps = radFromDeg(errors.gyrDriftDpsPerSqrtHour) * Math.sqrt(periodS / 3600);
    const gyrNoiseRadps = radFromDeg(errors.gyrNoiseDps);
    for (let axis = 0; axis < 3; axis++) {
      if (walkRadps > 0) this.gyrBiasRadps[axis] = this.gyrBiasRadps[axis] + walkRadps * this.noise();
      const acc = this.turned(ideal, 0, axis) * (1 + errors.accScaleErrorRatio) + this.accBiasMps2[axis];
      const gyr = this.turned(ideal, 3, axis) + this.gyrBiasRadps[axis];
      out[axis] = errors.accNoiseMps2 > 0 ? acc + errors.accNoiseMps2 * this.noise() : acc;
      out[3 + axis] = gyrNoiseRadps > 0 ? gyr + gyrNoiseRadps * this.noise() : gyr;
    }
    return true;
  }

  get knowsMagneticField(): boolean {
    return this.source.magneticFieldInto !== undefined;
  }

  /** Sensor frame, µT; untouched when the source does not know its heading. */
  readMagneticFieldInto(tS: number, out: Float64Array): void {
    if (!this.source.magneticFieldInto) return;
    const field = new Float64Array(3);
    this.source.magneticFieldInto(tS, field);
    for (let axis = 0; axis < 3; axis++) out[axis] = this.turned(field, 0, axis);
  }

  private turned(vector: Float64Array, offset: number, row: number): number {
    const m = this.matrix;
    return m[3 * row] * vector[offset] + m[3 * row + 1] * vector[offset + 1] + m[3 * row + 2] * vector[offset + 2];
  }
}

/** One number of a converter with signed 16 bits: nearest step, held at the rail. */
export function toRaw16(value: number, fullScale: number): number {
  const raw = Math.round((value * 32_768) / fullScale);
  return raw > 32_767 ? 32_767 : raw < -32_768 ? -32_768 : raw;
}

export const isAtRail = (raw: number): boolean => raw === 32_767 || raw === -32_768;

function biasVector(bias: number | Triple, random: Random): Float64Array {
  if (typeof bias !== 'number') return Float64Array.from(bias);
  const vector = Float64Array.from([random(), random(), random()]);
  const length = Math.hypot(...vector) || 1;
  return vector.map((part) => (part * bias) / length);
}

/**
 * A phone made of software, with the app Sensor Logger recording and pushing: scripted motion in, JSON messages out, written from the
 * app's own pages (github.com/tszheichoi/awesome-sensor-logger: PUSHING.md, UNITS.md, CROSSPLATFORM.md, SAMPLING.md).
 */
import type { Mount } from '../src/model/frames.ts';
import { gFromMps2 } from '../src/model/units.ts';
import type { MotionSource } from './motionSource.ts';
import { gaussian, mixSeeds, type Random, seededRandom } from './seededRandom.ts';
import { ImperfectSensor, NO_SENSOR_ERRORS, type SensorErrors, STRAIGHT_MOUNTING } from './sensorErrors.ts';

/** `iosStandardised`: "Standardise Units & Frames" is on, which makes it speak like an Android phone. */
export type PhoneFlavour = 'android' | 'ios' | 'iosStandardised';

export interface VirtualPhoneOptions {
  readonly motion: MotionSource;
  readonly flavour: PhoneFlavour;
  /** Segment axes in the phone's axes: x right, y up, z out of the screen. Default: straight. */
  readonly mount?: Mount;
  readonly errors?: SensorErrors;
  /** Default 100. */
  readonly rateHz?: number;
  /** Default `rateHz`; phones have a rhythm of its own for each sensor. */
  readonly gyroRateHz?: number;
  /** Time between two messages; default 0.2. */
  readonly batchS?: number;
  /** What the phone's clock shows at the first sample, Unix seconds. */
  readonly startS: number;
  /** Its clock runs so much too fast. */
  readonly driftPpm?: number;
  /** Standard deviation of each stamp; default 0. */
  readonly stampJitterMs?: number;
  readonly seed?: number;
  readonly deviceId?: string;
  readonly sessionId?: string;
  /** Which sensors are switched on; default: all that this kind of phone logs. */
  readonly without?: readonly ('gyroscope' | 'gravity')[];
  /** Also logs the raw values ("Uncalibrated Values"). */
  readonly uncalibrated?: boolean;
  /** Moments at which the sensors give nothing. */
  readonly isSilentAt?: (tS: number) => boolean;
  /** Its clock is set forward by so much (back: negative) when it shows `startS + atS`. */
  readonly clockSet?: { readonly atS: number; readonly byS: number };
}

export interface PhoneMessage {
  /** True seconds since the first sample at which it is sent. */
  readonly sentS: number;
  readonly text: string;
}

interface PhoneReading {
  readonly name: string;
  readonly time: number;
  readonly values: Readonly<Record<string, number | string | boolean>>;
  readonly accuracy?: number;
}

/** Time constant of the phone's own estimate of gravity. */
const GRAVITY_TAU_S = 0.5;
const NS_PER_S = 1e9;

export class VirtualPhone {
  readonly #options: VirtualPhoneOptions;
  readonly #sensor: ImperfectSensor;
  readonly #jitter: Random;
  readonly #gravity = new Float64Array(3);
  #hasGravity = false;
  #messageId = 0;

  constructor(options: VirtualPhoneOptions) {
    const { motion, mount = STRAIGHT_MOUNTING.mount, errors = NO_SENSOR_ERRORS, seed = 1 } = options;
    this.#options = options;
    this.#sensor = new ImperfectSensor(motion, { ...STRAIGHT_MOUNTING, mount }, errors, seed);
    this.#jitter = gaussian(seededRandom(mixSeeds(seed, 7)));
  }

  /** Everything it sends in `durationS`, in order. */
  *messages(durationS: number): Generator<PhoneMessage> {
    const { batchS = 0.2 } = this.#options;
    for (let k = 0; k * batchS < durationS - 1e-9; k++) yield this.#message(k * batchS, (k + 1) * batchS);
  }

  /** "Tap to Test Pushing". */
  testMessage(): string {
    return this.#textOf([{ name: 'test', time: this.#timeNs(0), values: {} }]);
  }

  #message(fromS: number, toS: number): PhoneMessage {
    const readings = [...this.#accelerations(fromS, toS), ...this.#rotations(fromS, toS), ...this.#battery(fromS, toS)];
    const inOrder = readings.sort((a, b) => a.time - b.time);
    return { sentS: toS, text: this.#textOf(inOrder.map((reading) => this.#afterSetting(reading))) };
  }

  #afterSetting(reading: PhoneReading): PhoneReading {
    const { startS, clockSet } = this.#options;
    // Half a microsecond: stamps are rounded.
    const isAfter = clockSet !== undefined && reading.time / NS_PER_S - startS >= clockSet.atS - 5e-7;
    return isAfter ? { ...reading, time: reading.time + Math.round(clockSet.byS * 1e6) * (NS_PER_S / 1e6) } : reading;
  }

  #textOf(payload: readonly PhoneReading[]): string {
    const { deviceId = 'F3A1C0DE-0001', sessionId = 'b7a9-1' } = this.#options;
    return JSON.stringify({ messageId: this.#messageId++, sessionId, deviceId, payload });
  }

  *#moments(rateHz: number, fromS: number, toS: number): Generator<number> {
    const { isSilentAt } = this.#options;
    for (let k = Math.ceil(fromS * rateHz - 1e-9); k / rateHz < toS - 1e-9; k++) {
      if (!isSilentAt?.(k / rateHz)) yield k / rateHz;
    }
  }

  #accelerations(fromS: number, toS: number): PhoneReading[] {
    const { rateHz = 100, flavour, without = [], uncalibrated = false } = this.#options;
    const out = new Float64Array(6);
    return [...this.#moments(rateHz, fromS, toS)].flatMap((tS) => {
      if (!this.#sensor.readInto(tS, 1 / rateHz, out)) return [];
      this.#followGravity(out, 1 / rateHz);
      const time = this.#timeNs(tS);
      const sign = flavour === 'ios' ? -1 : 1;
      const signed = (at: (axis: number) => number): PhoneReading['values'] => xyz((axis) => sign * at(axis));
      const accuracy = flavour === 'android' ? { accuracy: 3 } : {};
      const readings: PhoneReading[] = [
        { name: 'accelerometer', time, values: signed((axis) => out[axis] - this.#gravity[axis]), ...accuracy },
      ];
      if (!without.includes('gravity')) {
        readings.push({ name: 'gravity', time, values: signed((axis) => this.#gravity[axis]), ...accuracy });
      }
      if (flavour === 'android') {
        readings.push({ name: 'totalacceleration', time, values: signed((axis) => out[axis]), ...accuracy });
      }
      if (uncalibrated) {
        const raw = flavour === 'ios' ? (axis: number) => gFromMps2(out[axis]) : (axis: number) => out[axis];
        readings.push({ name: 'accelerometeruncalibrated', time, values: signed(raw) });
      }
      return readings;
    });
  }

  #rotations(fromS: number, toS: number): PhoneReading[] {
    const { rateHz = 100, gyroRateHz = rateHz, flavour, without = [], uncalibrated = false } = this.#options;
    if (without.includes('gyroscope')) return [];
    const out = new Float64Array(6);
    const accuracy = flavour === 'android' ? { accuracy: 3 } : {};
    // Instantaneous: the mean over a moment around it.
    const periodS = 1e-3;
    return [...this.#moments(gyroRateHz, fromS, toS)].flatMap((tS) => {
      if (!this.#sensor.readInto(tS + periodS / 2, periodS, out)) return [];
      const time = this.#timeNs(tS);
      const values = xyz((axis) => out[3 + axis]);
      const raw = uncalibrated ? [{ name: 'gyroscopeuncalibrated', time, values }] : [];
      return [{ name: 'gyroscope', time, values, ...accuracy }, ...raw];
    });
  }

  /** Every ten seconds. */
  #battery(fromS: number, toS: number): PhoneReading[] {
    if (Math.ceil(fromS / 10) * 10 >= toS) return [];
    const values = { batteryLevel: 0.83, batteryState: 'unplugged', lowPowerMode: false };
    return [{ name: 'battery', time: this.#timeNs(fromS), values }];
  }

  #followGravity(force: Float64Array, periodS: number): void {
    const share = this.#hasGravity ? periodS / (GRAVITY_TAU_S + periodS) : 1;
    this.#hasGravity = true;
    for (let axis = 0; axis < 3; axis++) this.#gravity[axis] += share * (force[axis] - this.#gravity[axis]);
  }

  /** What the phone's clock shows, to the microsecond. */
  #timeNs(tS: number): number {
    const { startS, driftPpm = 0, stampJitterMs = 0 } = this.#options;
    const jitterS = stampJitterMs > 0 ? (stampJitterMs / 1000) * this.#jitter() : 0;
    return Math.round((startS + tS * (1 + driftPpm / 1e6) + jitterS) * 1e6) * (NS_PER_S / 1e6);
  }
}

const xyz = (at: (axis: number) => number): { x: number; y: number; z: number } => ({ x: at(0), y: at(1), z: at(2) });

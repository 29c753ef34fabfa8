/**
 * Specific force and rotation of a phone in the axes of Android (x right, y up, z out of the screen; flat on a table, screen up, reads
 * z = +9.81), from whichever of its sensors a message holds. Pure but for the last gravity, which reaches into the next message.
 *
 * An iPhone gives every acceleration the other sign, and uncalibrated acceleration in g, unless "Standardise Units & Frames" is on
 * (CROSSPLATFORM.md and UNITS.md of awesome-sensor-logger). Rotation is the same everywhere.
 */
import { mps2FromG } from '../model/units.ts';
import type { Reading, SensorLoggerMessage } from './sensorLoggerMessage.ts';

/** `ios`: an iPhone as it is; `standard`: an Android phone, or an iPhone whose units and frames are standardised. */
export type PhoneFrame = 'standard' | 'ios';

/** Gravity turns slowly: further apart it is not read between two samples, nor taken from a neighbour. */
const GRAVITY_BETWEEN_US = 100_000;
const GRAVITY_NEAR_US = 20_000;
/** Each quantity in the order of time. */
type PhoneReadings = Pick<SensorLoggerMessage, 'readings' | 'hasAccuracy'>;
const MISSING: Reading['xyz'] = [NaN, NaN, NaN];

export class PhoneMotion {
  readonly #frame: PhoneFrame;
  #lastGravity: Reading | undefined;

  constructor(frame: PhoneFrame) {
    this.#frame = frame;
  }

  /** Specific force, m/s², in the order of time; a sum that cannot be made is NaN. A text: why there is none although there should be. */
  acceleration({ readings, hasAccuracy }: PhoneReadings): readonly Reading[] | string {
    if (this.#frame === 'ios' && hasAccuracy) {
      return 'mode: expected ios of an iPhone, found an Android phone ("accuracy"); its signs are the other way round';
    }
    const sign = this.#frame === 'ios' ? -1 : 1;
    const total = readings.get('totalacceleration');
    if (total) return total.map((reading) => scaled(reading, sign));
    const linear = readings.get('accelerometer');
    const gravity = readings.get('gravity');
    if (linear && gravity) return this.#sum(linear, gravity).map((reading) => scaled(reading, sign));
    const raw = readings.get('accelerometeruncalibrated');
    if (raw) return raw.map((reading) => scaled(reading, this.#frame === 'ios' ? mps2FromG(-1) : 1));
    return linear && !this.#lastGravity
      ? 'acceleration: expected "totalacceleration", or "gravity" beside "accelerometer", found "accelerometer" alone'
      : [];
  }

  /** rad/s. */
  rotation({ readings }: PhoneReadings): readonly Reading[] {
    return readings.get('gyroscope') ?? readings.get('gyroscopeuncalibrated') ?? [];
  }

  #sum(linear: readonly Reading[], gravity: readonly Reading[]): Reading[] {
    const known = this.#lastGravity ? [this.#lastGravity, ...gravity] : gravity;
    this.#lastGravity = gravity.at(-1);
    let next = 0;
    return linear.map(({ tickUs, xyz }) => {
      while (next < known.length && known[next].tickUs < tickUs) next++;
      const [gx, gy, gz] = gravityAt(tickUs, known.at(Math.max(0, next - 1)), known.at(next));
      return { tickUs, xyz: [xyz[0] + gx, xyz[1] + gy, xyz[2] + gz] };
    });
  }
}

/** @param before and `after` stand on both sides of the moment, or both on one at the ends */
function gravityAt(tickUs: number, before: Reading | undefined, after: Reading | undefined): Reading['xyz'] {
  if (before && after && before.tickUs < tickUs && after.tickUs - before.tickUs <= GRAVITY_BETWEEN_US) {
    const ratio = (tickUs - before.tickUs) / (after.tickUs - before.tickUs);
    const between = (k: 0 | 1 | 2): number => before.xyz[k] + ratio * (after.xyz[k] - before.xyz[k]);
    return [between(0), between(1), between(2)];
  }
  const near = [after, before].find((one) => one && Math.abs(one.tickUs - tickUs) <= GRAVITY_NEAR_US);
  return near?.xyz ?? MISSING;
}

const scaled = ({ tickUs, xyz }: Reading, factor: number): Reading => ({
  tickUs,
  xyz: [factor * xyz[0], factor * xyz[1], factor * xyz[2]],
});

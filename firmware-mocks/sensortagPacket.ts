/** Bytes of the CC2650 SensorTag's movement service, written from TI's attribute table. */
import { toRaw16 } from './sensorErrors.ts';

const base = (short: string): string => `f000${short}-0451-4000-b000-000000000000`.replaceAll('-', '');

export const MOVEMENT_SERVICE = base('aa80');
export const MOVEMENT_DATA = base('aa81');
export const MOVEMENT_CONFIG = base('aa82');
export const MOVEMENT_PERIOD = base('aa83');

export interface MovementConfig {
  /** Enabled axes, x y z. */
  readonly gyr: readonly boolean[];
  readonly acc: readonly boolean[];
  readonly mag: boolean;
  readonly rangeG: number;
}

export const SLEEPING = parseMovementConfig(0);

/** Bits 0-2: gyroscope z, y, x; 3-5: accelerometer z, y, x; 6: magnetometer; 7: wake on motion; 8-9: range. */
export function parseMovementConfig(bits: number): MovementConfig {
  const isOn = (bit: number): boolean => ((bits >> bit) & 1) === 1;
  return {
    gyr: [isOn(2), isOn(1), isOn(0)],
    acc: [isOn(5), isOn(4), isOn(3)],
    mag: isOn(6),
    rangeG: 2 * 2 ** ((bits >> 8) & 3),
  };
}

export const isMeasuring = ({ gyr, acc, mag }: MovementConfig): boolean => mag || [...gyr, ...acc].includes(true);

const FULL_SCALE_GYR_DPS = 256;
const FULL_SCALE_MAG_UT = 4912;

/** 18 bytes: gyroscope, accelerometer, magnetometer, three int16 each; an axis that is off reads 0. */
export function encodeMovement(
  { gyr, acc, mag, rangeG }: MovementConfig,
  gyrDps: ArrayLike<number>,
  accG: ArrayLike<number>,
  magUt: ArrayLike<number>,
): Uint8Array {
  const view = new DataView(new ArrayBuffer(18));
  for (let axis = 0; axis < 3; axis++) {
    if (gyr[axis]) view.setInt16(2 * axis, toRaw16(gyrDps[axis], FULL_SCALE_GYR_DPS), true);
    if (acc[axis]) view.setInt16(6 + 2 * axis, toRaw16(accG[axis], rangeG), true);
    if (mag) view.setInt16(12 + 2 * axis, toRaw16(magUt[axis], FULL_SCALE_MAG_UT), true);
  }
  return new Uint8Array(view.buffer);
}

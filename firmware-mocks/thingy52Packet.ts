/**
 * Bytes of the Thingy:52 motion service, written from the vendor's firmware documentation and sources
 * (`02_firmware_architecture.dox`, `m_motion.c`, `drv_motion.c`).
 */

const base = (short: string): string => `ef68${short}-9b35-4933-9b10-52ffa9740042`.replaceAll('-', '');

export const TCS_SERVICE = base('0100');
export const TMS_SERVICE = base('0400');
export const TMS_CONFIG = base('0401');
export const TMS_RAW = base('0406');

export interface MotionConfig {
  readonly pedometerMs: number;
  readonly temperatureMs: number;
  readonly compassMs: number;
  readonly motionHz: number;
  readonly wakeOnMotion: number;
}

export const DEFAULT_CONFIG: MotionConfig = {
  pedometerMs: 500,
  temperatureMs: 500,
  compassMs: 500,
  motionHz: 10,
  wakeOnMotion: 1,
};

const CONFIG_LENGTH = 9;
const within = (value: number, least: number, most: number): boolean => value >= least && value <= most;

export function encodeConfig(config: MotionConfig): Uint8Array {
  const view = new DataView(new ArrayBuffer(CONFIG_LENGTH));
  view.setUint16(0, config.pedometerMs, true);
  view.setUint16(2, config.temperatureMs, true);
  view.setUint16(4, config.compassMs, true);
  view.setUint16(6, config.motionHz, true);
  view.setUint8(8, config.wakeOnMotion);
  return new Uint8Array(view.buffer);
}

/** Undefined when the firmware would refuse it. */
export function parseConfig(value: Uint8Array): MotionConfig | undefined {
  if (value.length !== CONFIG_LENGTH) return undefined;
  const view = new DataView(value.buffer, value.byteOffset);
  const config = {
    pedometerMs: view.getUint16(0, true),
    temperatureMs: view.getUint16(2, true),
    compassMs: view.getUint16(4, true),
    motionHz: view.getUint16(6, true),
    wakeOnMotion: view.getUint8(8),
  };
  const isValid =
    within(config.pedometerMs, 100, 5000) &&
    within(config.temperatureMs, 100, 5000) &&
    within(config.compassMs, 100, 1000) &&
    within(config.motionHz, 5, 200) &&
    config.wakeOnMotion <= 1;
  return isValid ? config : undefined;
}

/** Integer and fraction bits of what is sent: 6Q10 g, 11Q5 deg/s, 12Q4 µT. */
const FORMATS = [
  { integerBits: 6, fractionBits: 10 },
  { integerBits: 11, fractionBits: 5 },
  { integerBits: 12, fractionBits: 4 },
] as const;

/**
 * 18 bytes. The firmware cuts the fraction off, and holds a value whose whole part reaches the field's highest at that.
 * @param specificForceG what the chip feels, +1 along the axis that points up; sent with its sign turned.
 */
export function encodeRaw(
  specificForceG: ArrayLike<number>,
  gyrDps: ArrayLike<number>,
  magUt: ArrayLike<number>,
): Uint8Array {
  const view = new DataView(new ArrayBuffer(18));
  FORMATS.forEach((format, quantity) => {
    for (let axis = 0; axis < 3; axis++) {
      const value = [-specificForceG[axis], gyrDps[axis], magUt[axis]][quantity];
      view.setInt16(6 * quantity + 2 * axis, fixedPoint(value, format), true);
    }
  });
  return new Uint8Array(view.buffer);
}

function fixedPoint(value: number, { integerBits, fractionBits }: (typeof FORMATS)[number]): number {
  const highest = 2 ** (integerBits - 1) - 1;
  const lowest = -(2 ** (integerBits - 1));
  const held = Math.floor(value) >= highest ? highest : Math.floor(value) < lowest ? lowest : value;
  return Math.floor(held * 2 ** fractionBits);
}

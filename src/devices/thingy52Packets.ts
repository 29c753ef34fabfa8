/**
 * Bytes of the Thingy:52 motion service → decoded items (Bluetooth specification, section 1.6; vendor firmware
 * Nordic-Thingy52-FW, `m_motion.c` and `drv_motion.c`). Thingyjs divides by 64 and 2048 instead: wrong.
 */
import { SampleFlag } from '../model/block.ts';
import { mps2FromG, radFromDeg } from '../model/units.ts';
import { ByteReader } from './bytes.ts';
import type { DecodedItem } from './define.ts';
import { packetOf } from './joinedPacket.ts';
import { BATTERY_LEVEL, decodeBattery } from './sigServices.ts';

const idOf = (xxxx: string): string => `ef68${xxxx}9b3549339b1052ffa9740042`;
export const THINGY52 = {
  /** The one that is advertised. */
  configuration: idOf('0100'),
  motion: idOf('0400'),
  motionConfig: idOf('0401'),
  raw: idOf('0406'),
} as const;

const RAW_BYTES = 18;
const ACC_PER_G = 1024;
const GYR_PER_DPS = 32;
const MAG_PER_UT = 16;
/** The firmware holds whole numbers at 31 g and 1023 deg/s upward, and at the field's end downward. */
const ACC_RAILS = { low: -32 * ACC_PER_G, high: 31 * ACC_PER_G } as const;
const GYR_RAILS = { low: -1024 * GYR_PER_DPS, high: 1023 * GYR_PER_DPS } as const;

/** As it is sent: acceleration counts along gravity, so an axis that points down reads +1 g at rest. */
export interface ThingyRaw {
  readonly accG: readonly number[];
  readonly gyrDps: readonly number[];
  readonly magUt: readonly number[];
}

/** undefined when it is not 18 bytes. */
export function readRaw(bytes: Uint8Array): ThingyRaw | undefined {
  const reader = new ByteReader(bytes);
  if (reader.length !== RAW_BYTES) return undefined;
  const triple = (at: number, perUnit: number): number[] => [0, 2, 4].map((axis) => reader.i16(at + axis) / perUnit);
  return { accG: triple(0, ACC_PER_G), gyrDps: triple(6, GYR_PER_DPS), magUt: triple(12, MAG_PER_UT) };
}

export function decodeThingy52(uuid: string, bytes: Uint8Array, emit: (item: DecodedItem) => void): void {
  if (uuid === THINGY52.raw) decodeRaw(bytes, emit);
  else if (uuid === BATTERY_LEVEL) decodeBattery(bytes, emit);
}

function decodeRaw(bytes: Uint8Array, emit: (item: DecodedItem) => void): void {
  const raw = readRaw(bytes);
  if (!raw) {
    emit({ kind: 'problem', message: `raw motion: expected ${RAW_BYTES} bytes, found ${bytes.length}` });
    return;
  }
  const flags = Uint8Array.of(
    (raw.accG.some((accG) => isAtRail(accG * ACC_PER_G, ACC_RAILS)) ? SampleFlag.accClipped : 0) |
      (raw.gyrDps.some((gyrDps) => isAtRail(gyrDps * GYR_PER_DPS, GYR_RAILS)) ? SampleFlag.gyrClipped : 0),
  );
  // `drv_motion.c` turns the accelerometer around against the gyroscope, "to get positive readings when axis is aligned
  // with g (down)"; ours reads specific force, +1 g along the axis that points up. No mount could mend it: it is no rotation.
  const values = Float64Array.from(raw.accG, (accG) => -mps2FromG(accG));
  const part = { quantity: 'acc', n: 1, tick: undefined, values, flags } as const;
  emit({ kind: 'imu', packet: packetOf(part, Float64Array.from(raw.gyrDps, radFromDeg), undefined) });
}

const isAtRail = (count: number, { low, high }: { readonly low: number; readonly high: number }): boolean =>
  count >= high || count <= low;

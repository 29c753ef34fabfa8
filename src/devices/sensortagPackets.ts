/**
 * Bytes of the movement service of the TI CC2650 SensorTag → decoded items (Bluetooth specification, section 1.8).
 * The gyroscope comes first. The packet does not say its range: the start script sets the one that is read here.
 */
import { SampleFlag } from '../model/block.ts';
import { mps2FromG, radFromDeg } from '../model/units.ts';
import { ByteReader } from './bytes.ts';
import type { DecodedItem } from './define.ts';
import { packetOf } from './joinedPacket.ts';
import { BATTERY_LEVEL, decodeBattery } from './sigServices.ts';

const idOf = (xxxx: string): string => `f000${xxxx}04514000b000000000000000`;
export const SENSORTAG = {
  /** As it is advertised. */
  advertised: 'aa80',
  movement: idOf('aa80'),
  data: idOf('aa81'),
  config: idOf('aa82'),
  period: idOf('aa83'),
} as const;

/** Bits 0-2 gyroscope, 3-5 accelerometer, 6 magnetometer, 8-9 range: all of them, ±8 g. Least significant byte first. */
export const MOVEMENT_ON = [0x7f, 0x02] as const;
export const MOVEMENT_OFF = [0x00, 0x00] as const;

const DATA_BYTES = 18;
const GYR_PER_DPS = 128;
const ACC_PER_G = 32_768 / 8;
const LOW_RAIL = -32_768;
const HIGH_RAIL = 32_767;

export function decodeSensortag(uuid: string, bytes: Uint8Array, emit: (item: DecodedItem) => void): void {
  if (uuid === SENSORTAG.data) decodeMovement(bytes, emit);
  else if (uuid === BATTERY_LEVEL) decodeBattery(bytes, emit);
}

function decodeMovement(bytes: Uint8Array, emit: (item: DecodedItem) => void): void {
  const reader = new ByteReader(bytes);
  if (reader.length !== DATA_BYTES) {
    emit({ kind: 'problem', message: `movement: expected ${DATA_BYTES} bytes, found ${bytes.length}` });
    return;
  }
  const counts = (at: number): number[] => [0, 2, 4].map((axis) => reader.i16(at + axis));
  const gyr = counts(0);
  const acc = counts(6);
  const flags = Uint8Array.of(
    (acc.some(isAtRail) ? SampleFlag.accClipped : 0) | (gyr.some(isAtRail) ? SampleFlag.gyrClipped : 0),
  );
  const values = Float64Array.from(acc, (count) => mps2FromG(count / ACC_PER_G));
  const gyrRadps = Float64Array.from(gyr, (count) => radFromDeg(count / GYR_PER_DPS));
  emit({
    kind: 'imu',
    packet: packetOf({ quantity: 'acc', n: 1, tick: undefined, values, flags }, gyrRadps, undefined),
  });
}

const isAtRail = (count: number): boolean => count <= LOW_RAIL || count >= HIGH_RAIL;

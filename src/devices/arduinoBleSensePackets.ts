/**
 * Bytes of the Arduino "BLESense" sketch → decoded items (Bluetooth specification, section 1.7): three floats, acceleration in g
 * on one characteristic, rotation in deg/s on another. No time stamp, no counter, no range.
 */
import { SampleFlag } from '../model/block.ts';
import { mps2FromG, radFromDeg } from '../model/units.ts';
import { ByteReader, hexOf } from './bytes.ts';
import type { DecodedItem, ImuPart } from './define.ts';

const uuidOf = (number: string): string => `6fbe1da7${number}44de92c4bb6e04fb0212`;

export const ARDUINO = {
  service: uuidOf('0000'),
  version: uuidOf('1001'),
  acceleration: uuidOf('3001'),
  gyroscope: uuidOf('3002'),
} as const;

/** Ranges are not stated: that of Arduino's libraries, and the widest that the chips have. */
const RAILS = { acc: [mps2FromG(4), mps2FromG(16)], gyr: [radFromDeg(2000)] } as const;
/** Scale factors are rounded, so a value at the rail is close to the range, not at it. */
const AT_RAIL_WITHIN_RATIO = 0.001;
const IMPLAUSIBLE_RATIO = 1.01;
const PACKET_BYTES = 12;

export function decodeArduinoBleSense(uuid: string, bytes: Uint8Array, emit: (item: DecodedItem) => void): void {
  if (uuid === ARDUINO.acceleration) decodeHalf('acc', mps2FromG(1), bytes, emit);
  else if (uuid === ARDUINO.gyroscope) decodeHalf('gyr', radFromDeg(1), bytes, emit);
}

function decodeHalf(
  quantity: ImuPart['quantity'],
  scale: number,
  bytes: Uint8Array,
  emit: (item: DecodedItem) => void,
): void {
  const reader = new ByteReader(bytes);
  if (reader.length !== PACKET_BYTES) {
    const found = `${bytes.length}: ${hexOf(bytes) || 'nothing'}`;
    emit({ kind: 'problem', message: `${quantity}: expected ${PACKET_BYTES} bytes, found ${found}` });
    return;
  }
  const values = Float64Array.from([0, 4, 8], (at) => reader.f32(at) * scale);
  const flags = new Uint8Array(1);
  if (values.every(Number.isFinite)) flags[0] = flagOf(quantity, values);
  else {
    // Its place on the time axis stays: the other half of the sample has come as well.
    values.fill(NaN);
    emit({
      kind: 'problem',
      message: `${quantity}: expected three finite numbers, found ${hexOf(bytes, PACKET_BYTES)}`,
    });
  }
  emit({ kind: 'part', part: { quantity, n: 1, tick: undefined, values, flags } });
}

function flagOf(quantity: ImuPart['quantity'], values: Float64Array): number {
  const most = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  const rails = RAILS[quantity];
  const widest = rails[rails.length - 1];
  const isAtRail = rails.some((rail) => Math.abs(most / rail - 1) <= AT_RAIL_WITHIN_RATIO) || most > widest;
  const clipped = quantity === 'acc' ? SampleFlag.accClipped : SampleFlag.gyrClipped;
  return (isAtRail ? clipped : 0) | (most > IMPLAUSIBLE_RATIO * widest ? SampleFlag.implausible : 0);
}

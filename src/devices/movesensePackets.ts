/**
 * Bytes of the Movesense GATT SensorData Protocol (GSP v1) → decoded items (Bluetooth specification, section 1.1).
 * Arrays stand one after the other, all accelerations and then all rotations: proven by captured packets, against some
 * published drivers. Acceleration is m/s², rotation deg/s, magnetic field µT.
 */
import { SampleFlag } from '../model/block.ts';
import { mps2FromG, radFromDeg } from '../model/units.ts';
import { ByteReader, hexOf } from './bytes.ts';
import type { DecodedItem } from './define.ts';
import { BATTERY_LEVEL, decodeBattery } from './sigServices.ts';

export const MOVESENSE = {
  service: '3480225271854d5db431630e7050e8f0',
  command: '3480000171854d5db431630e7050e8f0',
  data: '3480000271854d5db431630e7050e8f0',
} as const;

export const NotificationCode = { response: 1, data: 2, dataPart2: 3 } as const;

export type MovesenseResource = 'Acc' | 'Gyro' | 'Magn' | 'IMU6' | 'IMU9';
type Quantity = 'acc' | 'gyr' | 'magn';
const ARRAYS: Readonly<Record<MovesenseResource, readonly Quantity[]>> = {
  Acc: ['acc'],
  Gyro: ['gyr'],
  Magn: ['magn'],
  IMU6: ['acc', 'gyr'],
  IMU9: ['acc', 'gyr', 'magn'],
};

/** The client chooses a reference per subscription and the packets carry nothing else: ours names the layout. */
export const IMU6_REFERENCE = 0x36;
export const ACC_REFERENCE = 0x61;

/** The protocol cannot ask for the ranges; these are the widest that the chip has, so only impossible values are flagged. */
const ACC_RANGE_MPS2 = mps2FromG(16);
const GYR_RANGE_RADPS = radFromDeg(2000);
/** A float from a 16-bit chip at its rail is one count below full scale. */
const RAIL_RATIO = 32_767 / 32_768;
const IMPLAUSIBLE_RATIO = 1.01;

export interface MovesenseMeasurement {
  readonly n: number;
  /** Sensor clock of the first sample; wraps at 2^32. */
  readonly timestampMs: number;
  /** 3n values each, present as the resource has them. */
  readonly accMps2?: Float64Array;
  readonly gyrRadps?: Float64Array;
  readonly magnUt?: Float64Array;
}

/** The payload after the two header bytes; undefined when its length is not timestamp + n × arrays × 12 bytes, n ≥ 1. */
export function decodeMeasurement(resource: MovesenseResource, payload: Uint8Array): MovesenseMeasurement | undefined {
  const reader = new ByteReader(payload);
  const arrays = ARRAYS[resource];
  const n = (reader.length - 4) / (12 * arrays.length);
  if (!Number.isInteger(n) || n < 1) return undefined;
  const found: Partial<Record<Quantity, Float64Array>> = {};
  arrays.forEach((quantity, at) => {
    const scale = quantity === 'gyr' ? radFromDeg(1) : 1;
    found[quantity] = Float64Array.from({ length: 3 * n }, (_, i) => reader.f32(4 + 12 * n * at + 4 * i) * scale);
  });
  return {
    n,
    timestampMs: reader.u32(0),
    ...(found.acc ? { accMps2: found.acc } : {}),
    ...(found.gyr ? { gyrRadps: found.gyr } : {}),
    ...(found.magn ? { magnUt: found.magn } : {}),
  };
}

export function decodeMovesense(uuid: string, bytes: Uint8Array, emit: (item: DecodedItem) => void): void {
  if (uuid === MOVESENSE.data) decodeNotification(bytes, emit);
  else if (uuid === BATTERY_LEVEL) decodeBattery(bytes, emit);
}

function decodeNotification(bytes: Uint8Array, emit: (item: DecodedItem) => void): void {
  const code = bytes[0];
  // Answers belong to the script that asked; second parts occur in logbook reading only.
  if (bytes.length >= 2 && (code === NotificationCode.response || code === NotificationCode.dataPart2)) return;
  const reference = bytes[1];
  if (code !== NotificationCode.data || (reference !== IMU6_REFERENCE && reference !== ACC_REFERENCE)) {
    const expected = `02 ${IMU6_REFERENCE.toString(16)} or 02 ${ACC_REFERENCE.toString(16)}`;
    emit({ kind: 'problem', message: `data: expected ${expected} first, found ${hexOf(bytes) || 'nothing'}` });
    return;
  }
  const resource = reference === IMU6_REFERENCE ? 'IMU6' : 'Acc';
  const measurement = decodeMeasurement(resource, bytes.subarray(2));
  if (!measurement) {
    const sampleLength = 12 * ARRAYS[resource].length;
    const expected = `6 + n × ${sampleLength} bytes of ${resource}`;
    emit({ kind: 'problem', message: `data: expected ${expected}, found ${bytes.length} bytes (truncated?)` });
    return;
  }
  emitPacket(measurement, emit);
}

function emitPacket({ n, timestampMs, accMps2, gyrRadps }: MovesenseMeasurement, emit: (item: DecodedItem) => void) {
  if (!accMps2) return;
  const flags = new Uint8Array(n);
  let notFinite = 0;
  for (let i = 0; i < n; i++) {
    if (isMissing(accMps2, i) || (gyrRadps && isMissing(gyrRadps, i))) {
      accMps2.fill(NaN, 3 * i, 3 * i + 3);
      gyrRadps?.fill(NaN, 3 * i, 3 * i + 3);
      notFinite++;
      continue;
    }
    const acc = largestOf(accMps2, i) / ACC_RANGE_MPS2;
    const gyr = gyrRadps ? largestOf(gyrRadps, i) / GYR_RANGE_RADPS : 0;
    if (acc >= RAIL_RATIO) flags[i] |= SampleFlag.accClipped;
    if (gyr >= RAIL_RATIO) flags[i] |= SampleFlag.gyrClipped;
    if (Math.max(acc, gyr) > IMPLAUSIBLE_RATIO) flags[i] |= SampleFlag.implausible;
  }
  if (notFinite > 0) {
    emit({ kind: 'problem', message: `data: expected finite numbers, found ${notFinite} of ${n} samples without` });
  }
  emit({
    kind: 'imu',
    packet: {
      n,
      tick: timestampMs,
      sequence: undefined,
      firstSampleIndex: undefined,
      accMps2,
      gyrRadps,
      flags,
      backfilled: false,
      overrunBefore: false,
      timeBaseReset: false,
    },
  });
}

const isMissing = (values: Float64Array, i: number): boolean =>
  !Number.isFinite(values[3 * i] + values[3 * i + 1] + values[3 * i + 2]);

const largestOf = (values: Float64Array, i: number): number =>
  Math.max(Math.abs(values[3 * i]), Math.abs(values[3 * i + 1]), Math.abs(values[3 * i + 2]));

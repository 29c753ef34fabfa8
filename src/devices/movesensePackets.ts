/**
 * Bytes of the Movesense GATT SensorData Protocol (GSP v1) → decoded items (Bluetooth specification, section 1.1).
 * Arrays stand one after the other, all accelerations and then all rotations: proven by captured packets, against some
 * published drivers. Acceleration is m/s², rotation deg/s, magnetic field µT.
 */
import { mps2FromG, radFromDeg } from '../model/units.ts';
import { ByteReader, hexOf } from './bytes.ts';
import type { DecodedItem } from './define.ts';
import { flagsOfSamples, type Rail } from './flagsOfSamples.ts';
import { BATTERY_LEVEL, decodeBattery } from './sigServices.ts';

export const MOVESENSE = {
  service: '3480225271854d5db431630e7050e8f0',
  command: '3480000171854d5db431630e7050e8f0',
  data: '3480000271854d5db431630e7050e8f0',
} as const;

export const NotificationCode = { response: 1, data: 2, dataPart2: 3 } as const;

type Quantity = 'acc' | 'gyr' | 'magn';
const ARRAYS = {
  Acc: ['acc'],
  Gyro: ['gyr'],
  Magn: ['magn'],
  IMU6: ['acc', 'gyr'],
  IMU9: ['acc', 'gyr', 'magn'],
} as const satisfies Record<string, readonly Quantity[]>;
export type MovesenseResource = keyof typeof ARRAYS;

/** What is subscribed to. The client chooses a reference per subscription and packets carry nothing else: ours names the layout. */
export const MOVESENSE_STREAMS = {
  IMU6: { reference: 0x36, arrays: ARRAYS.IMU6 },
  IMU9: { reference: 0x39, arrays: ARRAYS.IMU9 },
  Acc: { reference: 0x61, arrays: ARRAYS.Acc },
} as const satisfies Partial<
  Record<MovesenseResource, { readonly reference: number; readonly arrays: readonly Quantity[] }>
>;
export type MovesenseStream = keyof typeof MOVESENSE_STREAMS;

/** A float from a 16-bit chip at its rail is one count below full scale. */
const SIXTEEN_BITS = { railRatio: 32_767 / 32_768, implausibleRatio: 1.01 };
/** The protocol cannot ask for the ranges; these are the widest that the chip has, so only impossible values are flagged. */
const ACC_RAIL: Rail = { quantity: 'acc', range: mps2FromG(16), ...SIXTEEN_BITS };
const GYR_RAIL: Rail = { quantity: 'gyr', range: radFromDeg(2000), ...SIXTEEN_BITS };

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
  const arrays: readonly Quantity[] = ARRAYS[resource];
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

const STREAM_NAMES = Object.keys(MOVESENSE_STREAMS) as MovesenseStream[];
const streamOf = (reference: number | undefined): MovesenseStream | undefined =>
  STREAM_NAMES.find((name) => MOVESENSE_STREAMS[name].reference === reference);

export function decodeMovesense(uuid: string, bytes: Uint8Array, emit: (item: DecodedItem) => void): void {
  if (uuid === MOVESENSE.data) decodeNotification(bytes, emit);
  else if (uuid === BATTERY_LEVEL) decodeBattery(bytes, emit);
}

function decodeNotification(bytes: Uint8Array, emit: (item: DecodedItem) => void): void {
  const code = bytes[0];
  // Answers belong to the script that asked; second parts occur in logbook reading only.
  if (bytes.length >= 2 && (code === NotificationCode.response || code === NotificationCode.dataPart2)) return;
  const stream = code === NotificationCode.data ? streamOf(bytes[1]) : undefined;
  if (!stream) {
    const expected = STREAM_NAMES.map((name) => hexOf(Uint8Array.of(2, MOVESENSE_STREAMS[name].reference))).join(
      ' or ',
    );
    emit({ kind: 'problem', message: `data: expected ${expected} first, found ${hexOf(bytes) || 'nothing'}` });
    return;
  }
  const measurement = decodeMeasurement(stream, bytes.subarray(2));
  if (!measurement) {
    const expected = `6 + n × ${12 * ARRAYS[stream].length} bytes of ${stream}`;
    emit({ kind: 'problem', message: `data: expected ${expected}, found ${bytes.length} bytes (truncated?)` });
    return;
  }
  emitPacket(measurement, emit);
}

/** The magnetic field is left aside: indoors it says more about the furniture than about the wearer. */
function emitPacket({ n, timestampMs, accMps2, gyrRadps }: MovesenseMeasurement, emit: (item: DecodedItem) => void) {
  if (!accMps2) return;
  const judged = [{ ...ACC_RAIL, values: accMps2 }, ...(gyrRadps ? [{ ...GYR_RAIL, values: gyrRadps }] : [])];
  const flags = flagsOfSamples(n, judged, emit);
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

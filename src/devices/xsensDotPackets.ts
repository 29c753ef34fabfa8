/**
 * Bytes of the Xsens DOT (Movella DOT) → decoded items (Bluetooth specification, section 1.4). A notification holds one sample
 * and is padded to a fixed length: 40 bytes on the medium characteristic, 63 on the long one.
 */
import { mps2FromG, radFromDeg } from '../model/units.ts';
import { ByteReader, hexOf } from './bytes.ts';
import type { DecodedItem, DeviceIdentity, DeviceStatus } from './define.ts';
import { flagsOfSamples, type Rail } from './flagsOfSamples.ts';

const uuidOf = (short: string): string => `1517${short}494711e98646d663bd873d93`;

export const XSENS_DOT = {
  info: uuidOf('1001'),
  deviceControl: uuidOf('1002'),
  measurementControl: uuidOf('2001'),
  longPayload: uuidOf('2002'),
  mediumPayload: uuidOf('2003'),
  battery: uuidOf('3001'),
} as const;

/** Where a payload mode comes, how long its notification is, and where its values stand; both have the stamp at 0. */
export interface PayloadLayout {
  readonly mode: number;
  readonly uuid: string;
  readonly notificationBytes: number;
  readonly accAt: number;
  readonly gyrAt: number;
}

export const RATE_QUANTITIES: PayloadLayout = {
  mode: 21,
  uuid: XSENS_DOT.mediumPayload,
  notificationBytes: 40,
  accAt: 4,
  gyrAt: 16,
};
/** The sensor's own quaternion stands at 4 to 19; orientation is estimated here, the same for every wearable. */
export const CUSTOM_5: PayloadLayout = {
  mode: 26,
  uuid: XSENS_DOT.longPayload,
  notificationBytes: 63,
  accAt: 20,
  gyrAt: 32,
};

const INFO_BYTES = 34;
const BATTERY_BYTES = 2;

/** Values are calibrated: what the chip reads at its rail comes out a per cent lower or higher. */
const CALIBRATED = { railRatio: 0.99, implausibleRatio: 1.05 };
/** As the maker advertises them; the protocol neither states nor changes them. */
const ACC_RAIL: Rail = { quantity: 'acc', range: mps2FromG(16), ...CALIBRATED };
const GYR_RAIL: Rail = { quantity: 'gyr', range: radFromDeg(2000), ...CALIBRATED };

export function decodeXsensDot(uuid: string, bytes: Uint8Array, emit: (item: DecodedItem) => void): void {
  if (uuid === RATE_QUANTITIES.uuid) decodePayload(RATE_QUANTITIES, bytes, emit);
  else if (uuid === CUSTOM_5.uuid) decodePayload(CUSTOM_5, bytes, emit);
  else if (uuid === XSENS_DOT.battery) {
    const status = batteryOf(bytes);
    if (status) emit({ kind: 'status', status });
    else {
      const found = hexOf(bytes) || 'nothing';
      emit({ kind: 'problem', message: `battery: expected 0 to 100 % and whether it charges, found ${found}` });
    }
  }
}

/** Percent and charging; undefined where the bytes are not that. */
export function batteryOf(bytes: Uint8Array): DeviceStatus | undefined {
  const [batteryPct, charging] = bytes;
  if (bytes.length < BATTERY_BYTES || batteryPct > 100) return undefined;
  return { batteryPct, charging: charging !== 0 };
}

/** Device information 1001: address, version, build date, soft device, serial, product code. */
export function identityOf(bytes: Uint8Array): DeviceIdentity | undefined {
  if (bytes.length < INFO_BYTES) return undefined;
  const reader = new ByteReader(bytes);
  const hex = (at: number): string => reader.u32(at).toString(16).toUpperCase().padStart(8, '0');
  const model = [...bytes.subarray(28, 34)].filter((byte) => byte > 0x20 && byte < 0x7f);
  return {
    firmware: `${reader.u8(6)}.${reader.u8(7)}.${reader.u8(8)}`,
    serial: `${hex(24)}${hex(20)}`.replace(/^0+(?=.)/, ''),
    ...(model.length > 0 ? { model: String.fromCharCode(...model) } : {}),
  };
}

function decodePayload(layout: PayloadLayout, bytes: Uint8Array, emit: (item: DecodedItem) => void): void {
  // Shorter: some stacks deliver 20 of 40 bytes when the MTU was not negotiated (specification, "known issue").
  if (bytes.length !== layout.notificationBytes) {
    const expected = `${layout.notificationBytes} bytes of mode ${layout.mode}`;
    emit({ kind: 'problem', message: `data: expected ${expected}, found ${bytes.length} bytes (MTU not negotiated?)` });
    return;
  }
  const reader = new ByteReader(bytes);
  const accMps2 = Float64Array.from({ length: 3 }, (_, axis) => reader.f32(layout.accAt + 4 * axis));
  const gyrRadps = Float64Array.from({ length: 3 }, (_, axis) => radFromDeg(reader.f32(layout.gyrAt + 4 * axis)));
  const judged = [
    { ...ACC_RAIL, values: accMps2 },
    { ...GYR_RAIL, values: gyrRadps },
  ];
  const flags = flagsOfSamples(1, judged, emit);
  emit({
    kind: 'imu',
    packet: {
      n: 1,
      tick: reader.u32(0),
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

/** Bytes of the Plumbline IMU service → decoded items. Pure: the scale travels in the packet itself. */
import { SampleFlag } from '../model/block.ts';
import { mps2FromG, radFromDeg } from '../model/units.ts';
import { ByteReader, hexOf } from './bytes.ts';
import type { DecodedItem, DeviceNotice, DeviceStatus } from './define.ts';
import { ACC_RANGES_G, GYR_RANGES_DPS, PLUMBLINE, SESSION_ACC_CODE, SESSION_GYR_CODE } from './plumblineProtocol.ts';
import { BATTERY_LEVEL, decodeBattery } from './sigServices.ts';

type Emit = (item: DecodedItem) => void;

const HEADER_LENGTH = 14;
const SAMPLE_LENGTH = 12;
const SINGLE_LENGTH = 19;
const STATUS_LENGTH = 12;
const COUNTS_PER_FULL_SCALE = 32_768;

const PacketFlag = { accClip: 1, gyrClip: 2, notWorn: 4, backfill: 8, overrun: 16, discontinuity: 32 } as const;
const StatusFlag = { worn: 1, charging: 2 } as const;
const NOTICE_BY_KIND: Readonly<Record<number, DeviceNotice['what']>> = {
  1: 'freeFall',
  2: 'impact',
  3: 'wornChanged',
  4: 'hapticDone',
};

export function decodePlumbline(uuid: string, bytes: Uint8Array, emit: Emit): void {
  if (uuid === PLUMBLINE.imuData) decodeImu(bytes, emit);
  else if (uuid === PLUMBLINE.status) decodeStatus(bytes, emit);
  else if (uuid === BATTERY_LEVEL) decodeBattery(bytes, emit);
}

function decodeImu(bytes: Uint8Array, emit: Emit): void {
  if (bytes[0] === 0x11) decodeBatch(bytes, emit);
  else if (bytes[0] === 0x12) decodeSingle(bytes, emit);
  else emit({ kind: 'problem', message: `IMU data: expected format 0x11 or 0x12, found ${hexOf(bytes) || 'nothing'}` });
}

/** Format 0x11: 14 bytes of header, n samples of 12 bytes. */
function decodeBatch(bytes: Uint8Array, emit: Emit): void {
  const reader = new ByteReader(bytes);
  const n = reader.u8(1);
  const expectedLength = HEADER_LENGTH + SAMPLE_LENGTH * n;
  if (!(n >= 1) || reader.length !== expectedLength) {
    const expected = n >= 1 ? `${expectedLength} bytes for ${n} samples` : 'at least 1 sample';
    emit({ kind: 'problem', message: `IMU data 0x11: expected ${expected}, found ${reader.length} bytes` });
    return;
  }
  const accCode = reader.u8(13) >> 4;
  const gyrCode = reader.u8(13) & 0x0f;
  const packetFlags = reader.u8(12);
  const samples = readSamples(reader, HEADER_LENGTH, n, accCode, gyrCode);
  if (!samples) {
    const found = `acceleration ${accCode} and rotation ${gyrCode}`;
    emit({ kind: 'problem', message: `IMU data 0x11: expected range codes 0-3 and 0-4, found ${found}` });
    return;
  }
  applyPacketFlags(samples.flags, packetFlags);
  emit({
    kind: 'imu',
    packet: {
      n,
      sequence: reader.u16(2),
      firstSampleIndex: reader.u32(4),
      tick: reader.u32(8),
      ...samples,
      backfilled: (packetFlags & PacketFlag.backfill) !== 0,
      overrunBefore: (packetFlags & PacketFlag.overrun) !== 0,
      timeBaseReset: (packetFlags & PacketFlag.discontinuity) !== 0,
    },
  });
}

/** Format 0x12, for links that carry only 20 bytes: one sample, ranges as configured. */
function decodeSingle(bytes: Uint8Array, emit: Emit): void {
  const reader = new ByteReader(bytes);
  const samples =
    reader.length === SINGLE_LENGTH ? readSamples(reader, 7, 1, SESSION_ACC_CODE, SESSION_GYR_CODE) : undefined;
  if (!samples) {
    emit({ kind: 'problem', message: `IMU data 0x12: expected ${SINGLE_LENGTH} bytes, found ${reader.length}` });
    return;
  }
  emit({
    kind: 'imu',
    packet: {
      n: 1,
      sequence: reader.u16(1),
      firstSampleIndex: undefined,
      tick: reader.u32(3),
      ...samples,
      backfilled: false,
      overrunBefore: false,
      timeBaseReset: false,
    },
  });
}

interface Samples {
  readonly accMps2: Float64Array;
  readonly gyrRadps: Float64Array;
  readonly flags: Uint8Array;
}

function readSamples(
  reader: ByteReader,
  start: number,
  n: number,
  accCode: number,
  gyrCode: number,
): Samples | undefined {
  const accRangeG = ACC_RANGES_G[accCode];
  const gyrRangeDps = GYR_RANGES_DPS[gyrCode];
  if (accRangeG === undefined || gyrRangeDps === undefined) return undefined;
  const accScale = mps2FromG(accRangeG) / COUNTS_PER_FULL_SCALE;
  const gyrScale = radFromDeg(gyrRangeDps) / COUNTS_PER_FULL_SCALE;
  const accMps2 = new Float64Array(3 * n);
  const gyrRadps = new Float64Array(3 * n);
  const flags = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    for (let axis = 0; axis < 3; axis++) {
      const acc = reader.i16(start + SAMPLE_LENGTH * i + 2 * axis);
      const gyr = reader.i16(start + SAMPLE_LENGTH * i + 6 + 2 * axis);
      accMps2[3 * i + axis] = acc * accScale;
      gyrRadps[3 * i + axis] = gyr * gyrScale;
      if (isRail(acc)) flags[i] |= SampleFlag.accClipped;
      if (isRail(gyr)) flags[i] |= SampleFlag.gyrClipped;
    }
  }
  return { accMps2, gyrRadps, flags };
}

const isRail = (count: number): boolean => count >= 32_767 || count <= -32_768;

/**
 * A packet says only that something in it clipped. Where a sample is at the rail it was that one; where none is, the
 * chip clipped before its own filter, and any sample of the packet may be too small.
 */
function applyPacketFlags(flags: Uint8Array, packetFlags: number): void {
  if ((packetFlags & PacketFlag.accClip) !== 0) markAllUnlessAny(flags, SampleFlag.accClipped);
  if ((packetFlags & PacketFlag.gyrClip) !== 0) markAllUnlessAny(flags, SampleFlag.gyrClipped);
  const whole =
    ((packetFlags & PacketFlag.notWorn) === 0 ? 0 : SampleFlag.notWorn) |
    ((packetFlags & PacketFlag.backfill) === 0 ? 0 : SampleFlag.backfilled);
  for (let i = 0; i < flags.length; i++) flags[i] |= whole;
}

function markAllUnlessAny(flags: Uint8Array, bit: number): void {
  if (flags.some((flag) => (flag & bit) !== 0)) return;
  for (let i = 0; i < flags.length; i++) flags[i] |= bit;
}

function decodeStatus(bytes: Uint8Array, emit: Emit): void {
  const reader = new ByteReader(bytes);
  if (reader.length < STATUS_LENGTH) {
    emit({ kind: 'problem', message: `status: expected ${STATUS_LENGTH} bytes, found ${reader.length}` });
    return;
  }
  const kind = reader.u8(0);
  const what = NOTICE_BY_KIND[kind];
  if (kind !== 0 && what === undefined) {
    emit({ kind: 'problem', message: `status: expected kind 0 to 4, found ${kind}` });
    return;
  }
  const status = statusOf(bytes);
  if (status) emit({ kind: 'status', status });
  if (what) emit({ kind: 'notice', notice: { what, tick: reader.u32(2), arg: reader.i16(10) } });
}

/** The status fields, which every kind of 0006 value carries. */
export function statusOf(bytes: Uint8Array): DeviceStatus | undefined {
  const reader = new ByteReader(bytes);
  if (reader.length < STATUS_LENGTH) return undefined;
  const flags = reader.u8(1);
  const batteryPct = reader.u8(9);
  return {
    worn: (flags & StatusFlag.worn) !== 0,
    charging: (flags & StatusFlag.charging) !== 0,
    droppedPackets: reader.u16(6),
    temperatureC: reader.i8(8),
    ...(batteryPct <= 100 ? { batteryPct } : {}),
  };
}

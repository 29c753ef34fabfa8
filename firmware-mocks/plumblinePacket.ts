/** Bytes of the Plumbline IMU service, written from its page (profile v1). All integers little-endian. */

export const plumblineUuid = (short: string): string => `0322${short}81aa478a8efb3160cf7a3ccc`;

export const PLUMBLINE_SERVICE = plumblineUuid('0001');
export const PLUMBLINE_UUIDS = {
  info: plumblineUuid('0002'),
  controlPoint: plumblineUuid('0003'),
  config: plumblineUuid('0004'),
  imuData: plumblineUuid('0005'),
  status: plumblineUuid('0006'),
  calibration: plumblineUuid('0007'),
  haptic: plumblineUuid('0008'),
} as const;

/** Index is the code. */
export const ACC_RANGES_G = [2, 4, 8, 16] as const;
export const GYR_RANGES_DPS = [125, 250, 500, 1000, 2000] as const;
export const TICK_HZ = 32_768;

export const PacketFlag = {
  accClip: 1,
  gyrClip: 2,
  notWorn: 4,
  backfill: 8,
  fifoOverrun: 16,
  timeDiscontinuity: 32,
} as const;

export const StatusKind = { status: 0, freeFall: 1, impact: 2, worn: 3, hapticDone: 4 } as const;
export const StatusFlag = { worn: 1, charging: 2, fifoOverrun: 4, timeBaseReset: 8 } as const;

const BATCH_HEADER_BYTES = 14;
const SAMPLE_BYTES = 12;
/** Offset of the flags in format 0x11. */
export const BATCH_FLAGS_OFFSET = 12;

/** Samples of format 0x11 that fit into a notification; 0: not even one, format 0x12 has to be used. */
export const batchCapacity = (notificationBytes: number): number =>
  Math.max(0, Math.floor((notificationBytes - BATCH_HEADER_BYTES) / SAMPLE_BYTES));

export interface ImuBatch {
  readonly seq: number;
  readonly firstSampleIndex: number;
  readonly tick: number;
  readonly flags: number;
  readonly accCode: number;
  readonly gyrCode: number;
  /** ax ay az gx gy gz per sample. */
  readonly raw: ArrayLike<number>;
}

/** Format 0x11. */
export function encodeBatch(batch: ImuBatch): Uint8Array {
  const countSamples = batch.raw.length / 6;
  const view = new DataView(new ArrayBuffer(BATCH_HEADER_BYTES + SAMPLE_BYTES * countSamples));
  view.setUint8(0, 0x11);
  view.setUint8(1, countSamples);
  view.setUint16(2, batch.seq, true);
  view.setUint32(4, batch.firstSampleIndex, true);
  view.setUint32(8, batch.tick, true);
  view.setUint8(BATCH_FLAGS_OFFSET, batch.flags);
  view.setUint8(13, (batch.accCode << 4) | batch.gyrCode);
  for (let i = 0; i < batch.raw.length; i++) view.setInt16(BATCH_HEADER_BYTES + 2 * i, batch.raw[i], true);
  return bytesOf(view);
}

/** Format 0x12, for the smallest MTU: one sample, scaled by the ranges in the configuration. */
export function encodeSingle(seq: number, tick: number, raw: ArrayLike<number>): Uint8Array {
  const view = new DataView(new ArrayBuffer(7 + SAMPLE_BYTES));
  view.setUint8(0, 0x12);
  view.setUint16(1, seq, true);
  view.setUint32(3, tick, true);
  for (let i = 0; i < 6; i++) view.setInt16(7 + 2 * i, raw[i], true);
  return bytesOf(view);
}

export interface StatusReport {
  readonly kind: number;
  readonly flags: number;
  readonly tick: number;
  readonly droppedPackets: number;
  readonly temperatureC: number;
  readonly batteryPct: number;
  readonly arg: number;
}

export function encodeStatus(status: StatusReport): Uint8Array {
  const view = new DataView(new ArrayBuffer(12));
  view.setUint8(0, status.kind);
  view.setUint8(1, status.flags);
  view.setUint32(2, status.tick, true);
  view.setUint16(6, status.droppedPackets, true);
  view.setInt8(8, status.temperatureC);
  view.setUint8(9, status.batteryPct);
  view.setInt16(10, status.arg, true);
  return bytesOf(view);
}

export interface DeviceInfo {
  readonly capabilities: number;
  readonly maxRateHz: number;
  readonly backfillPackets: number;
  readonly bootId: number;
}

export function encodeInfo(info: DeviceInfo): Uint8Array {
  const view = new DataView(new ArrayBuffer(16));
  view.setUint8(0, 1);
  view.setUint8(1, 0);
  view.setUint32(2, info.capabilities, true);
  view.setUint16(6, info.maxRateHz, true);
  view.setUint16(8, info.backfillPackets, true);
  view.setUint32(10, info.bootId, true);
  view.setUint16(14, 0, true);
  return bytesOf(view);
}

export function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

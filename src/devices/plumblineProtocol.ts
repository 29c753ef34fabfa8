/**
 * Numbers and layouts of the Plumbline IMU service, version 1 (Bluetooth specification, section 2).
 * All integers little-endian; UUID base 0322xxxx-81aa-478a-8efb-3160cf7a3ccc.
 */
import { ByteReader } from './bytes.ts';

const uuid = (short: string): string => `0322${short}81aa478a8efb3160cf7a3ccc`;

export const PLUMBLINE = {
  service: uuid('0001'),
  info: uuid('0002'),
  controlPoint: uuid('0003'),
  config: uuid('0004'),
  imuData: uuid('0005'),
  status: uuid('0006'),
  calibration: uuid('0007'),
  haptic: uuid('0008'),
} as const;

export const TICK_HZ = 32_768;
export const TICK_WRAP = 2 ** 32;
export const SEQUENCE_WRAP = 2 ** 16;

export const ControlOp = {
  start: 0x01,
  stop: 0x02,
  setConfig: 0x03,
  timeSync: 0x04,
  backfill: 0x05,
  captureUpright: 0x06,
  identify: 0x07,
} as const;
export type ControlOpName = keyof typeof ControlOp;

/** Words for the status byte of a control point reply. */
export const CONTROL_STATUS: readonly string[] = [
  'ok',
  'unknown operation',
  'wrong length',
  'parameter out of range',
  'busy',
  'MTU too small',
  'not worn',
  'storage failed',
];
export const STATUS_BUSY = 4;

/** Full scale by range code, in g and deg/s. */
export const ACC_RANGES_G: readonly number[] = [2, 4, 8, 16];
export const GYR_RANGES_DPS: readonly number[] = [125, 250, 500, 1000, 2000];

/**
 * The ranges that we configure: falls reach more than 8 g, and a fast trunk turn more than 500 deg/s.
 * Packets of format 0x12 do not state their ranges, so they are read with these.
 */
export const SESSION_ACC_CODE = 3;
export const SESSION_GYR_CODE = 4;

export const Capability = {
  acc: 1,
  gyro: 2,
  haptic: 4,
  backfill: 8,
  calibrationStore: 16,
  wearDetect: 32,
  freeFallImpact: 64,
} as const;

export interface PlumblineInfo {
  readonly major: number;
  readonly minor: number;
  /** Bits of `Capability`. */
  readonly capabilities: number;
  readonly maxRateHz: number;
  readonly backfillPackets: number;
  /** Random per boot. */
  readonly bootId: number;
}

const INFO_LENGTH = 16;

/** Undefined when the value is shorter than the page says; longer ones come from later minor versions and are fine. */
export function decodeInfo(bytes: Uint8Array): PlumblineInfo | undefined {
  const reader = new ByteReader(bytes);
  if (reader.length < INFO_LENGTH) return undefined;
  return {
    major: reader.u8(0),
    minor: reader.u8(1),
    capabilities: reader.u32(2),
    maxRateHz: reader.u16(6),
    backfillPackets: reader.u16(8),
    bootId: reader.u32(10),
  };
}

/** How many samples of format 0x11 fit one notification: 19 at MTU 247, 14 at MTU 185, 0 at MTU 23. */
export const maxSamplesPerPacket = (mtu: number): number => Math.max(0, Math.floor((mtu - 3 - 14) / 12));

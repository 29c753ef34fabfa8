/** Characteristic 0004: what the sensor measures and how it is sent. */
import { ACC_RANGES_G, bytesOf, GYR_RANGES_DPS } from './plumblinePacket.ts';

export interface PlumblineConfig {
  readonly rateHz: number;
  readonly accCode: number;
  readonly gyrCode: number;
  /** 0: as many as the MTU takes. */
  readonly maxBatch: number;
  /** Unit of the page: 10 ms; 0: no limit. */
  readonly maxLatency10Ms: number;
  readonly lpfCode: number;
  /** b0: start when the data characteristic is subscribed to. */
  readonly flags: number;
}

const RATES_HZ = [25, 50, 100, 200] as const;
const CONFIG_BYTES = 8;
export const AUTO_START = 1;

/** 16 g and 2000 dps so that a fall does not clip; ten samples, 100 ms. */
export const DEFAULT_CONFIG: PlumblineConfig = {
  rateHz: 100,
  accCode: 3,
  gyrCode: 4,
  maxBatch: 10,
  maxLatency10Ms: 10,
  lpfCode: 0,
  flags: 0,
};

export function encodeConfig(config: PlumblineConfig): Uint8Array {
  const view = new DataView(new ArrayBuffer(CONFIG_BYTES));
  view.setUint16(0, config.rateHz, true);
  view.setUint8(2, config.accCode);
  view.setUint8(3, config.gyrCode);
  view.setUint8(4, config.maxBatch);
  view.setUint8(5, config.maxLatency10Ms);
  view.setUint8(6, config.lpfCode);
  view.setUint8(7, config.flags);
  return bytesOf(view);
}

/** What is wrong with it is `length` or `param`, as the control point says. */
export function parseConfig(bytes: Uint8Array): PlumblineConfig | 'length' | 'param' {
  if (bytes.length !== CONFIG_BYTES) return 'length';
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const config: PlumblineConfig = {
    rateHz: view.getUint16(0, true),
    accCode: view.getUint8(2),
    gyrCode: view.getUint8(3),
    maxBatch: view.getUint8(4),
    maxLatency10Ms: view.getUint8(5),
    lpfCode: view.getUint8(6),
    flags: view.getUint8(7),
  };
  const known =
    RATES_HZ.some((rateHz) => rateHz === config.rateHz) &&
    config.accCode < ACC_RANGES_G.length &&
    config.gyrCode < GYR_RANGES_DPS.length &&
    config.flags <= AUTO_START;
  return known ? config : 'param';
}

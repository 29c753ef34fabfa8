/** Bytes of the Xsens DOT, written from its description (Bluetooth specification, section 1.4). */

export const dotUuid = (short: string): string => `1517${short}494711e98646d663bd873d93`;

/** Notifications are padded with zeros to the length of their characteristic. */
const MEDIUM_BYTES = 40;
const LONG_BYTES = 63;

export interface DotSample {
  /** Microseconds since power-on, wraps at 2^32. */
  readonly timestampUs: number;
  readonly accMps2: readonly number[];
  readonly gyrDps: readonly number[];
}

/** Mode 21, medium: u32 stamp, acceleration, rotation. */
export function encodeRateQuantities({ timestampUs, accMps2, gyrDps }: DotSample): Uint8Array {
  return padded(MEDIUM_BYTES, timestampUs, [...accMps2, ...gyrDps]);
}

/** Mode 26, long: the orientation quaternion (w first) stands between stamp and acceleration. */
export function encodeCustom5({ timestampUs, accMps2, gyrDps }: DotSample, quaternion: readonly number[]): Uint8Array {
  return padded(LONG_BYTES, timestampUs, [...quaternion, ...accMps2, ...gyrDps]);
}

function padded(length: number, timestampUs: number, floats: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(length));
  view.setUint32(0, timestampUs, true);
  floats.forEach((value, i) => view.setFloat32(4 + 4 * i, value, true));
  return new Uint8Array(view.buffer);
}

export interface DotInfo {
  /** `aa:bb:cc:dd:ee:ff` */
  readonly address: string;
  readonly version: readonly [number, number, number];
  readonly serial: bigint;
  /** Six characters. */
  readonly productCode: string;
}

/** 34 bytes: address (low byte first), version, build date, soft device, serial, product code. */
export function encodeInfo({ address, version, serial, productCode }: DotInfo): Uint8Array {
  const bytes = new Uint8Array(34);
  const view = new DataView(bytes.buffer);
  bytes.set(
    address
      .split(':')
      .toReversed()
      .map((hex) => Number.parseInt(hex, 16)),
  );
  bytes.set(version, 6);
  view.setUint16(9, 2021, true);
  bytes.set([7, 16, 12, 30, 0], 11);
  view.setUint32(16, 0xb6, true);
  view.setBigUint64(20, serial, true);
  bytes.set(new TextEncoder().encode(productCode.slice(0, 6)), 28);
  return bytes;
}

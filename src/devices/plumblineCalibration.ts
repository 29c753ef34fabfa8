/**
 * The 24 bytes of characteristic 0007: how the sensor sits on the body, kept by the wearable itself.
 * The quaternion turns sensor axes into ISB segment axes (X anterior, Y superior, Z right), as the project reads the page.
 */
import { PlumblineError } from '../model/errors.ts';
import type { Mount } from '../model/frames.ts';
import { gFromMps2, mps2FromG } from '../model/units.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import { crc16 } from './crc16.ts';
import type { StoredCalibration } from './define.ts';

const LENGTH = 24;
const CRC_AT = 22;
const VERSION = 1;
const QUATERNION_ONE = 32_767;
const GRAVITY_ONE_G = 16_384;

/**
 * Undefined when nothing was ever saved (version 0, or the factory's value, which has no date).
 * @throws PlumblineError `bytes/invalid` for a wrong length, checksum, version or quaternion.
 */
export function decodeCalibration(bytes: Uint8Array): StoredCalibration | undefined {
  const reader = new ByteReader(bytes);
  if (reader.length !== LENGTH) throw invalid(`expected ${LENGTH} bytes, found ${reader.length}`);
  if (reader.u8(0) === 0) return undefined;
  const crc = crc16(bytes.subarray(0, CRC_AT));
  if (reader.u16(CRC_AT) !== crc) throw invalid(`expected checksum ${crc}, found ${reader.u16(CRC_AT)}`);
  if (reader.u8(0) !== VERSION) throw invalid(`expected version ${VERSION}, found ${reader.u8(0)}`);
  const savedS = reader.u32(16);
  if (savedS === 0) return undefined;
  const [w, x, y, z] = [2, 4, 6, 8].map((at) => reader.i16(at) / QUATERNION_ONE) as [number, number, number, number];
  const norm = Math.hypot(w, x, y, z);
  if (!(Math.abs(norm - 1) < 0.01)) throw invalid(`expected a unit quaternion, found length ${norm.toFixed(3)}`);
  const gravity = [10, 12, 14].map((at) => mps2FromG(reader.i16(at) / GRAVITY_ONE_G));
  return {
    mount: mountFromQuaternion(w / norm, x / norm, y / norm, z / norm),
    uprightMps2: gravity as [number, number, number],
    savedS,
  };
}

export function encodeCalibration({ mount, uprightMps2, savedS }: StoredCalibration): Uint8Array {
  const writer = new ByteWriter().u8(VERSION).u8(0);
  for (const part of quaternionFromMount(mount)) writer.i16(Math.round(part * QUATERNION_ONE));
  for (const mps2 of uprightMps2) {
    writer.i16(Math.max(-32_768, Math.min(32_767, Math.round(gFromMps2(mps2) * GRAVITY_ONE_G))));
  }
  const body = writer.u32(Math.round(savedS)).u16(0).done();
  return new ByteWriter().raw(body).u16(crc16(body)).done();
}

const invalid = (found: string): PlumblineError => new PlumblineError('bytes/invalid', `stored calibration: ${found}`);

function mountFromQuaternion(w: number, x: number, y: number, z: number): Mount {
  return [
    1 - 2 * (y * y + z * z),
    2 * (x * y - w * z),
    2 * (x * z + w * y),
    2 * (x * y + w * z),
    1 - 2 * (x * x + z * z),
    2 * (y * z - w * x),
    2 * (x * z - w * y),
    2 * (y * z + w * x),
    1 - 2 * (x * x + y * y),
  ];
}

/** Shepperd's method: divides by the largest component, so it is exact for half turns as well. */
function quaternionFromMount(m: Mount): readonly [number, number, number, number] {
  const [xx, xy, xz, yx, yy, yz, zx, zy, zz] = m;
  const fourSquared = [1 + xx + yy + zz, 1 + xx - yy - zz, 1 - xx + yy - zz, 1 - xx - yy + zz];
  const largest = fourSquared.indexOf(Math.max(...fourSquared));
  const root = Math.sqrt(fourSquared[largest]);
  const other = 0.5 / root;
  const main = 0.5 * root;
  switch (largest) {
    case 0:
      return [main, (zy - yz) * other, (xz - zx) * other, (yx - xy) * other];
    case 1:
      return [(zy - yz) * other, main, (xy + yx) * other, (xz + zx) * other];
    case 2:
      return [(xz - zx) * other, (xy + yx) * other, main, (yz + zy) * other];
    default:
      return [(yx - xy) * other, (xz + zx) * other, (yz + zy) * other, main];
  }
}

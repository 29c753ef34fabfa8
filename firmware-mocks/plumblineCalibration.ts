/** Characteristic 0007: 24 bytes that survive disconnects and restarts, guarded by a checksum. */

export const CALIBRATION_BYTES = 24;
const CRC_OFFSET = 22;

/** CRC-16/CCITT-FALSE: polynomial 0x1021, start 0xFFFF, nothing reflected; "123456789" gives 0x29B1. */
export function crc16CcittFalse(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) !== 0 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
  }
  return crc;
}

/** Identity mount: sensor axes are the segment's (X anterior, Y superior, Z right), so upright is one g along +Y. Date 0: never set. */
export function factoryCalibration(): Uint8Array {
  const view = new DataView(new ArrayBuffer(CALIBRATION_BYTES));
  view.setUint8(0, 1);
  view.setInt16(2, 32_767, true);
  view.setInt16(12, 16_384, true);
  const bytes = new Uint8Array(view.buffer);
  view.setUint16(CRC_OFFSET, crc16CcittFalse(bytes.subarray(0, CRC_OFFSET)), true);
  return bytes;
}

export class CalibrationStore {
  private bytes = factoryCalibration();

  read(): Uint8Array {
    return this.bytes.slice();
  }

  /** False: the checksum does not fit, the old value stays. */
  write(bytes: Uint8Array): boolean {
    const stated = bytes[CRC_OFFSET] | (bytes[CRC_OFFSET + 1] << 8);
    if (crc16CcittFalse(bytes.subarray(0, CRC_OFFSET)) !== stated) return false;
    this.bytes = bytes.slice();
    return true;
  }
}

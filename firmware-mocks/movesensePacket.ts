/** Bytes of the Movesense GATT SensorData Protocol (GSP v1), written from its description. */

export const GSP_SERVICE = '3480225271854d5db431630e7050e8f0';
export const GSP_COMMAND = '3480000171854d5db431630e7050e8f0';
export const GSP_DATA = '3480000271854d5db431630e7050e8f0';

export const GspCommand = {
  hello: 0,
  subscribe: 1,
  unsubscribe: 2,
  fetchLog: 3,
  get: 4,
  clearLogbook: 5,
  putDataloggerConfig: 6,
  putSystemMode: 7,
  putUtcTime: 8,
  putDataloggerState: 9,
} as const;

const RESPONSE = 1;
const DATA = 2;

/** `[1][ref][u16 status][data]`; the sample firmware sends 507 with its bytes swapped. */
export function encodeResponse(ref: number, status: number, data: Uint8Array = new Uint8Array()): Uint8Array {
  const low = status & 0xff;
  const high = status >> 8;
  return status === 507
    ? Uint8Array.of(RESPONSE, ref, high, low, ...data)
    : Uint8Array.of(RESPONSE, ref, low, high, ...data);
}

/** The answer to HELLO has no status: `[1][ref][u8 protocol version]` and five NUL-terminated texts. */
export function encodeHello(
  ref: number,
  texts: { serial: string; product: string; dfuAddress: string; appName: string; appVersion: string },
): Uint8Array {
  const { serial, product, dfuAddress, appName, appVersion } = texts;
  const joined = [serial, product, dfuAddress, appName, appVersion].map((text) => `${text}\0`).join('');
  return Uint8Array.of(RESPONSE, ref, 1, ...new TextEncoder().encode(joined));
}

/** `[2][ref][u32 ms of the first sample]`, then each array whole: all acc, then all gyro, then all magn; 3 float32 per sample. */
export function encodeMeasurement(ref: number, timestampMs: number, arrays: readonly ArrayLike<number>[]): Uint8Array {
  const countValues = arrays.reduce((sum, array) => sum + array.length, 0);
  const view = new DataView(new ArrayBuffer(6 + 4 * countValues));
  view.setUint8(0, DATA);
  view.setUint8(1, ref);
  view.setUint32(2, timestampMs, true);
  let offset = 6;
  for (const array of arrays) {
    for (let i = 0; i < array.length; i++, offset += 4) view.setFloat32(offset, array[i], true);
  }
  return new Uint8Array(view.buffer);
}

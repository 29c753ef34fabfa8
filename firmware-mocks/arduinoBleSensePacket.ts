/** Bytes of the Arduino "BLESense" sketch, written from its description. */

export const arduinoUuid = (number: string): string => `6fbe1da7${number}44de92c4bb6e04fb0212`;

/** Three float32: acceleration in g, rotation in deg/s, magnetic field in µT. */
export function encodeTriple(values: ArrayLike<number>): Uint8Array {
  const view = new DataView(new ArrayBuffer(12));
  for (let axis = 0; axis < 3; axis++) view.setFloat32(4 * axis, values[axis], true);
  return new Uint8Array(view.buffer);
}

export function encodeVersion(version: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, version, true);
  return new Uint8Array(view.buffer);
}

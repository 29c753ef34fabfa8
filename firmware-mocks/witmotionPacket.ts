/** Bytes of a WitMotion with Bluetooth 5.0, written from its description (Bluetooth specification, section 1.5). */
import { toRaw16 } from './sensorErrors.ts';

/** A 128-bit id of the maker's own that resembles one of the Bluetooth SIG: it ends in 9a34fb, not in 9b34fb. */
const ffeUuid = (short: string): string => `0000${short}-0000-1000-8000-00805f9a34fb`.replaceAll('-', '');

export const WITMOTION_SINGLE = { service: ffeUuid('ffe5'), notify: ffeUuid('ffe4'), write: ffeUuid('ffe9') };
export const WITMOTION_DUAL = {
  service: '49535343fe7d4ae58fa99fafd205e455',
  notify: '495353431e4d4bd9ba6123c647249616',
  write: '49535343884143f4a8d4ecbe34729bb3',
};

const FULL_SCALE = { accG: 16, gyrDps: 2000, angleDeg: 180 } as const;

export interface WitmotionSample {
  readonly accG: readonly number[];
  readonly gyrDps: readonly number[];
  /** Roll, pitch, yaw. */
  readonly angleDeg: readonly number[];
}

/** `55 61` and nine numbers of 16 bits. */
export function encodeData({ accG, gyrDps, angleDeg }: WitmotionSample): Uint8Array {
  return frame(0x61, [
    ...accG.map((g) => toRaw16(g, FULL_SCALE.accG)),
    ...gyrDps.map((dps) => toRaw16(dps, FULL_SCALE.gyrDps)),
    ...angleDeg.map((deg) => toRaw16(deg, FULL_SCALE.angleDeg)),
  ]);
}

/** What newer units put behind each frame: the time of their own clock, eight bytes. */
export function encodeDate(unixMs: number): Uint8Array {
  const date = new Date(unixMs);
  const ms = date.getUTCMilliseconds();
  const day = [date.getUTCFullYear() - 2000, date.getUTCMonth() + 1, date.getUTCDate()];
  return Uint8Array.of(...day, date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds(), ms & 0xff, ms >> 8);
}

/** `55 71`, the register that was asked for, and the values of eight registers from there on. */
export function encodeRegisters(first: number, values: readonly number[]): Uint8Array {
  return frame(0x71, [first, ...values.slice(0, 8)]);
}

function frame(type: number, words: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(20));
  view.setUint8(0, 0x55);
  view.setUint8(1, type);
  words.forEach((word, i) => view.setUint16(2 + 2 * i, word & 0xffff, true));
  return new Uint8Array(view.buffer);
}

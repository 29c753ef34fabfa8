/** Bytes of the MetaWear register protocol, written from its description. */

const uuidOf = (number: string): string => `326a${number}85cb9195d9dd464cfbbae75a`;

export const METAWEAR_SERVICE = uuidOf('9000');
export const METAWEAR_COMMAND = uuidOf('9001');
export const METAWEAR_NOTIFY = uuidOf('9006');

export const MetaWearModule = {
  accelerometer: 0x03,
  haptic: 0x08,
  settings: 0x11,
  gyroscope: 0x13,
} as const;

/** `[module][register]` and signed 16-bit counts. */
export function encodeCounts(module: number, register: number, counts: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 + 2 * counts.length));
  view.setUint8(0, module);
  view.setUint8(1, register);
  counts.forEach((count, i) => view.setInt16(2 + 2 * i, count, true));
  return new Uint8Array(view.buffer);
}

/** Answer to `[module] 80`; a module that is not there has neither implementation nor revision. */
export function encodeModuleInfo(module: number, info?: { implementation: number; revision: number }): Uint8Array {
  return Uint8Array.of(module, 0x80, ...(info ? [info.implementation, info.revision] : []));
}

/** Answer to `11 8c`. */
export function encodeBattery(chargePct: number, voltageMv: number): Uint8Array {
  return Uint8Array.of(MetaWearModule.settings, 0x8c, chargePct, voltageMv & 0xff, voltageMv >> 8);
}

export interface MetaWearChip {
  readonly accImplementation: number;
  readonly gyrImplementation: number;
  /** Of the byte that says rate and filter, without the rate's own four bits. */
  readonly accFilterBits: number;
  readonly accRangesG: Readonly<Record<number, number>>;
  readonly registers: Readonly<Record<'plain' | 'packed', { readonly acc: number; readonly gyr: number }>>;
}

export const CHIPS: Readonly<Record<'bmi160' | 'bmi270', MetaWearChip>> = {
  bmi160: {
    accImplementation: 1,
    gyrImplementation: 0,
    accFilterBits: 0x20,
    accRangesG: { 0x03: 2, 0x05: 4, 0x08: 8, 0x0c: 16 },
    registers: { plain: { acc: 0x04, gyr: 0x05 }, packed: { acc: 0x1c, gyr: 0x07 } },
  },
  bmi270: {
    accImplementation: 4,
    gyrImplementation: 1,
    accFilterBits: 0xa0,
    accRangesG: { 0x00: 2, 0x01: 4, 0x02: 8, 0x03: 16 },
    registers: { plain: { acc: 0x04, gyr: 0x04 }, packed: { acc: 0x05, gyr: 0x05 } },
  },
};

/** Low four bits of the rate byte; gyroscopes begin at 25 Hz. */
export const ODR_HZ: Readonly<Record<number, number>> = {
  5: 12.5,
  6: 25,
  7: 50,
  8: 100,
  9: 200,
  10: 400,
  11: 800,
  12: 1600,
};
export const GYR_RANGES_DPS: Readonly<Record<number, number>> = { 0: 2000, 1: 1000, 2: 500, 3: 250, 4: 125 };
/** 32768 counts are 16 g at 2048 counts per g, but 1998 deg/s at 16.4 counts per deg/s. */
export const gyrFullScaleDps = (rangeDps: number): number => (32_768 / 16.4 / 2000) * rangeDps;

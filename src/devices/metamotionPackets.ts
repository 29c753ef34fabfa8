/**
 * Bytes of the MetaWear register protocol → decoded items (Bluetooth specification, section 1.3): `[module][register][data]`.
 * Acceleration and rotation come apart, without time stamp or counter. Packets do not state their range: it is the one that we set.
 */
import { SampleFlag } from '../model/block.ts';
import { mps2FromG, radFromDeg } from '../model/units.ts';
import { ByteReader, hexOf } from './bytes.ts';
import type { Decode, DecodedItem, DeviceStatus, ImuPart } from './define.ts';

export const METAMOTION = {
  service: '326a900085cb9195d9dd464cfbbae75a',
  command: '326a900185cb9195d9dd464cfbbae75a',
  notification: '326a900685cb9195d9dd464cfbbae75a',
} as const;

export const MetaModule = { acc: 0x03, haptic: 0x08, settings: 0x11, gyr: 0x13 } as const;
/** A register with this bit is read; the answer carries it as well. */
export const READ_BIT = 0x80;
export const BATTERY_READ = 0x0c | READ_BIT;

/** Numbers of a count, by range. */
const ACC_COUNTS_PER_G = { 2: 16_384, 4: 8192, 8: 4096, 16: 2048 } as const;
const GYR_COUNTS_PER_DPS = { 125: 262.4, 250: 131.2, 500: 65.6, 1000: 32.8, 2000: 16.4 } as const;

export interface MetamotionRanges {
  readonly accG: keyof typeof ACC_COUNTS_PER_G;
  readonly gyrDps: keyof typeof GYR_COUNTS_PER_DPS;
}

/** The widest: a fall must not clip. */
export const SESSION_RANGES: MetamotionRanges = { accG: 16, gyrDps: 2000 };

interface SampleRegister {
  readonly quantity: ImuPart['quantity'];
  /** How many samples its packets may hold: BMI160 and BMI270 share a number, told apart by length. */
  readonly samples: readonly number[];
}

const SAMPLE_REGISTERS: ReadonlyMap<number, SampleRegister> = new Map([
  [0x0304, { quantity: 'acc', samples: [1] }],
  [0x031c, { quantity: 'acc', samples: [3] }],
  [0x0305, { quantity: 'acc', samples: [3] }],
  [0x1304, { quantity: 'gyr', samples: [1] }],
  // Plain of the BMI160, packed of the BMI270.
  [0x1305, { quantity: 'gyr', samples: [1, 3] }],
  [0x1307, { quantity: 'gyr', samples: [3] }],
]);

const HEADER_BYTES = 2;
const SAMPLE_BYTES = 6;
const BATTERY_BYTES = 5;

export function createMetamotionDecoder(ranges: MetamotionRanges = SESSION_RANGES): Decode {
  return (uuid, bytes, emit) => {
    if (uuid !== METAMOTION.notification) return;
    const register = bytes.length < HEADER_BYTES ? undefined : SAMPLE_REGISTERS.get(bytes[0] * 256 + bytes[1]);
    if (register) emit(samplesOf(bytes, register, ranges));
    else emitOther(bytes, emit);
  };
}

function samplesOf(bytes: Uint8Array, { quantity, samples }: SampleRegister, ranges: MetamotionRanges): DecodedItem {
  const n = (bytes.length - HEADER_BYTES) / SAMPLE_BYTES;
  if (!samples.includes(n)) {
    const lengths = samples.map((count) => HEADER_BYTES + SAMPLE_BYTES * count).join(' or ');
    return {
      kind: 'problem',
      message: `${quantity}: expected ${lengths} bytes, found ${bytes.length}: ${hexOf(bytes)}`,
    };
  }
  const reader = new ByteReader(bytes);
  const [scale, clipped] =
    quantity === 'acc'
      ? [mps2FromG(1) / ACC_COUNTS_PER_G[ranges.accG], SampleFlag.accClipped]
      : [radFromDeg(1) / GYR_COUNTS_PER_DPS[ranges.gyrDps], SampleFlag.gyrClipped];
  const values = new Float64Array(3 * n);
  const flags = new Uint8Array(n);
  for (let i = 0; i < 3 * n; i++) {
    const count = reader.i16(HEADER_BYTES + 2 * i);
    values[i] = count * scale;
    if (count === 32_767 || count === -32_768) flags[Math.floor(i / 3)] |= clipped;
  }
  return { kind: 'part', part: { quantity, n, tick: undefined, values, flags } };
}

function emitOther(bytes: Uint8Array, emit: (item: DecodedItem) => void): void {
  if (bytes[0] === MetaModule.settings && bytes[1] === BATTERY_READ) {
    const status = batteryOf(bytes);
    if (status) emit({ kind: 'status', status });
    else emit({ kind: 'problem', message: `battery: expected 11 8c, 0 to 100 % and mV, found ${hexOf(bytes)}` });
    return;
  }
  // Answers belong to the script that asked.
  if (bytes.length > HEADER_BYTES && (bytes[1] & READ_BIT) !== 0) return;
  emit({ kind: 'problem', message: `notification: expected samples or an answer, found ${hexOf(bytes) || 'nothing'}` });
}

/** `11 8c <u8 %> <u16 mV>` */
export function batteryOf(bytes: Uint8Array): DeviceStatus | undefined {
  const batteryPct = bytes[HEADER_BYTES];
  return bytes.length === BATTERY_BYTES && batteryPct <= 100 ? { batteryPct } : undefined;
}

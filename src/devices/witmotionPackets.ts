/** Bytes of a WitMotion with Bluetooth 5.0 → decoded items, and what stands in its registers (Bluetooth specification, section 1.5). */
import { SampleFlag } from '../model/block.ts';
import { mps2FromG, radFromDeg } from '../model/units.ts';
import { ByteReader, hexOf } from './bytes.ts';
import type { Decode, DecodedItem, DeviceIdentity } from './define.ts';
import { FRAME_BYTES, FrameSplitter, FrameType } from './witmotionFrames.ts';

export interface WitmotionUuids {
  readonly service: string;
  readonly notify: string;
  readonly write: string;
}

/** …9a34fb, not the base of the Bluetooth SIG (…9b34fb): these are no short ids. */
const ffe = (short: string): string => `0000${short}00001000800000805f9a34fb`;
export const SINGLE_MODE: WitmotionUuids = { service: ffe('ffe5'), notify: ffe('ffe4'), write: ffe('ffe9') };
/** A serial port service that many other products have as well. */
export const DUAL_MODE: WitmotionUuids = {
  service: '49535343fe7d4ae58fa99fafd205e455',
  notify: '495353431e4d4bd9ba6123c647249616',
  write: '49535343884143f4a8d4ecbe34729bb3',
};

const ACC_RANGE_MPS2 = mps2FromG(16);
const GYR_RANGE_RADPS = radFromDeg(2000);
const FULL_SCALE_COUNTS = 32_768;
const REGISTERS_IN_ANSWER = 8;
/** The newer form of the version number is told by its highest bit. */
const NEW_VERSION_BIT = 0x8000;

export function createWitmotionDecoder(): Decode {
  const splitter = new FrameSplitter();
  return (uuid, bytes, emit) => {
    if (uuid !== SINGLE_MODE.notify && uuid !== DUAL_MODE.notify) return;
    const samples: Uint8Array[] = [];
    splitter.push(bytes, {
      // Answers of registers belong to the script that asked.
      frame: (frame) => {
        if (frame[1] === FrameType.data) samples.push(frame);
      },
      garbage: (found) => {
        const what = `${found.length} bytes: ${hexOf(found)}`;
        emit({ kind: 'problem', message: `data: expected frames of 55 61 or 55 71, found ${what}` });
      },
    });
    if (samples.length > 0) emit(packetOf(samples));
  };
}

/** Acceleration, rotation, and three angles of the sensor's own, which are not used; 16 bits each. */
function packetOf(frames: readonly Uint8Array[]): DecodedItem {
  const n = frames.length;
  const accMps2 = new Float64Array(3 * n);
  const gyrRadps = new Float64Array(3 * n);
  const flags = new Uint8Array(n);
  frames.forEach((frame, i) => {
    const reader = new ByteReader(frame);
    for (let axis = 0; axis < 3; axis++) {
      const acc = reader.i16(2 + 2 * axis);
      const gyr = reader.i16(8 + 2 * axis);
      accMps2[3 * i + axis] = (acc * ACC_RANGE_MPS2) / FULL_SCALE_COUNTS;
      gyrRadps[3 * i + axis] = (gyr * GYR_RANGE_RADPS) / FULL_SCALE_COUNTS;
      if (isAtRail(acc)) flags[i] |= SampleFlag.accClipped;
      if (isAtRail(gyr)) flags[i] |= SampleFlag.gyrClipped;
    }
  });
  const packet = { n, accMps2, gyrRadps, flags, backfilled: false, overrunBefore: false, timeBaseReset: false };
  return { kind: 'imu', packet: { ...packet, tick: undefined, sequence: undefined, firstSampleIndex: undefined } };
}

const isAtRail = (count: number): boolean => count === FULL_SCALE_COUNTS - 1 || count === -FULL_SCALE_COUNTS;

/**
 * Looks for the answer of one register in notifications that bring data as well, before it, behind it, or around its pieces.
 * `55 71`, the register as 16 bits, and its value with those of the seven registers behind it.
 */
export class RegisterAnswer {
  readonly #register: number;
  readonly #splitter = new FrameSplitter();
  #values: readonly number[] | undefined;

  constructor(register: number) {
    this.#register = register;
  }

  /** Whether the answer has come whole. */
  push(notification: Uint8Array): boolean {
    this.#splitter.push(notification, { frame: (frame) => this.#see(frame), garbage: () => undefined });
    return this.#values !== undefined;
  }

  /** Eight values of 16 bits, unsigned; undefined until the answer has come. */
  get values(): readonly number[] | undefined {
    return this.#values;
  }

  #see(frame: Uint8Array): void {
    const reader = new ByteReader(frame);
    if (frame[1] !== FrameType.register || reader.u16(2) !== this.#register || frame.length < FRAME_BYTES) return;
    this.#values = Array.from({ length: REGISTERS_IN_ANSWER }, (_, i) => reader.u16(4 + 2 * i));
  }
}

/** Charge of a lithium cell at rest by its voltage, between 3.40 and 3.99 V (vendor's Android example, 2023). */
const CHARGE: readonly (readonly [volt: number, pct: number])[] = [
  [3.4, 0],
  [3.5, 5],
  [3.68, 10],
  [3.7, 15],
  [3.73, 20],
  [3.77, 30],
  [3.79, 40],
  [3.82, 50],
  [3.87, 60],
  [3.93, 75],
  [3.96, 90],
  [3.99, 100],
];
/** Below it no lithium cell runs a sensor, above it none is charged. */
const CELL_VOLT = { min: 2.5, max: 4.5 } as const;

/** Whole per cent, or undefined where the voltage is that of no single cell. */
export function batteryPctOf(centivolts: number): number | undefined {
  const volt = centivolts / 100;
  if (!(volt >= CELL_VOLT.min && volt <= CELL_VOLT.max)) return undefined;
  const above = CHARGE.findIndex(([point]) => point >= volt);
  if (above === 0) return 0;
  if (above === -1) return 100;
  const [lowVolt, lowPct] = CHARGE[above - 1];
  const [highVolt, highPct] = CHARGE[above];
  return Math.round(lowPct + ((volt - lowVolt) / (highVolt - lowVolt)) * (highPct - lowPct));
}

/** Registers 2E and 2F: a plain number in older units; the newer form is shown as it is stored. */
export function identityOf([version, rest]: readonly number[]): DeviceIdentity {
  const isNew = (version & NEW_VERSION_BIT) !== 0;
  const hex = (value: number): string => value.toString(16).padStart(4, '0');
  return { firmware: isNew ? hex(version) + hex(rest) : String(version) };
}

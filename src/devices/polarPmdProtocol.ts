/** Polar Measurement Data (PMD), the service that Polar's sensors share: its words on the control point (Bluetooth specification, 1.2). */
import { ByteReader, ByteWriter } from './bytes.ts';

export const PMD = {
  service: 'fb005c8002e7f3871cad8acd2d8df0c8',
  control: 'fb005c8102e7f3871cad8acd2d8df0c8',
  data: 'fb005c8202e7f3871cad8acd2d8df0c8',
} as const;

export const PmdCommand = { start: 2, stop: 3 } as const;
export const PmdType = { acceleration: 2, rotation: 5, sdkMode: 9 } as const;
export type PmdStream = typeof PmdType.acceleration | typeof PmdType.rotation;
/** The two highest bits of a type byte mean something else. */
export const PMD_TYPE_MASK = 0x3f;

/** First byte on the control point. */
export const PmdAnswer = { streamsStopped: 0x01, features: 0x0f, response: 0xf0 } as const;
export const PmdStatus = { ok: 0, alreadyInState: 6 } as const;

const STATUS_WORDS: Readonly<Record<number, string>> = {
  1: 'that the command is not known',
  2: 'that the measurement is not known',
  3: 'that this is not supported',
  4: 'that the length is wrong',
  5: 'that a parameter is wrong',
  6: 'that it is in this state already',
  7: 'that the resolution is not offered',
  8: 'that the rate is not offered',
  9: 'that the range is not offered',
  10: 'that the MTU is too small',
  11: 'that the number of channels is not offered',
  12: 'that its state does not allow it',
  13: 'that it is in the charger',
  14: 'that its memory is full',
};

export const pmdStatusWords = (status: number): string =>
  `${STATUS_WORDS[status] ?? 'a status that is not known'} (status ${status})`;

/** Which measurements the sensor offers, from a read of the control point: `0F <bitmap u16>`; undefined when it is none. */
export function pmdFeaturesOf(bytes: Uint8Array): { offers: (type: number) => boolean } | undefined {
  if (bytes[0] !== PmdAnswer.features || bytes.length < 3) return undefined;
  const bitmap = new ByteReader(bytes).u16(1);
  return { offers: (type) => (bitmap & (1 << type)) !== 0 };
}

const Setting = { rate: 0, resolution: 1, range: 2, channels: 4, factor: 5 } as const;
const SETTING_BYTES: readonly number[] = [2, 2, 2, 4, 1, 4, 16];

export interface PmdSettings {
  readonly rateHz: number;
  /** g or deg/s, both directions. */
  readonly rangeUnits: number;
  /** Absent where the sensor does not ask for it. */
  readonly channels?: number;
}

/** `02 <type> [<setting> 01 <value>]…`; all streams in question have 16 bits. */
export function pmdStartCommand(type: PmdStream, { rateHz, rangeUnits, channels }: PmdSettings): Uint8Array {
  const writer = new ByteWriter().u8(PmdCommand.start).u8(type);
  writer.u8(Setting.rate).u8(1).u16(rateHz);
  writer.u8(Setting.resolution).u8(1).u16(16);
  writer.u8(Setting.range).u8(1).u16(rangeUnits);
  if (channels !== undefined) writer.u8(Setting.channels).u8(1).u8(channels);
  return writer.done();
}

export interface PmdResponse {
  readonly command: number;
  readonly type: number;
  readonly status: number;
  /** Settings of all frames of the answer. */
  readonly parameters: Uint8Array;
}

/** More than any answer on the page; a sensor that never ends one must not fill our memory. */
const MOST_PARAMETER_BYTES = 1024;

/** Puts answers together: `F0 <command> <type> <status> [<more> <parameters>]`, and while `more` is set, another one follows. */
export class PmdResponseCollector {
  #begun: { command: number; type: number; parameters: number[] } | undefined;

  /** The answer, once its last frame is there. */
  push(bytes: Uint8Array): PmdResponse | undefined {
    if (bytes[0] !== PmdAnswer.response || bytes.length < 4) return undefined;
    const [, command, type, status, more = 0] = bytes;
    const isNext = this.#begun?.command === command && this.#begun.type === type;
    const parameters = isNext ? (this.#begun?.parameters ?? []) : [];
    if (status === PmdStatus.ok && parameters.length < MOST_PARAMETER_BYTES) parameters.push(...bytes.subarray(5));
    const isOpen = status === PmdStatus.ok && more !== 0;
    this.#begun = isOpen ? { command, type, parameters } : undefined;
    return isOpen ? undefined : { command, type, status, parameters: Uint8Array.from(parameters) };
  }
}

/** The scale that an answer to START states, physical units per count; undefined when it states none that can be one. */
export function pmdFactorOf(parameters: Uint8Array): number | undefined {
  const reader = new ByteReader(parameters);
  let at = 0;
  while (at + 2 <= parameters.length) {
    const id = parameters[at];
    if (id === Setting.factor) {
      const factor = reader.f32(at + 2);
      return factor > 0 && Number.isFinite(factor) ? factor : undefined;
    }
    const bytesEach = SETTING_BYTES[id];
    if (bytesEach === undefined) return undefined;
    at += 2 + parameters[at + 1] * bytesEach;
  }
  return undefined;
}

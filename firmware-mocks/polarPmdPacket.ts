/** Bytes of Polar's PMD service, written from its description. */

export const PMD_SERVICE = 'fb005c8002e7f3871cad8acd2d8df0c8';
export const PMD_CONTROL = 'fb005c8102e7f3871cad8acd2d8df0c8';
export const PMD_DATA = 'fb005c8202e7f3871cad8acd2d8df0c8';

export const PmdOp = { start: 0x02, stop: 0x03 } as const;
export const PmdMeasurement = { acc: 2, gyro: 5, sdkMode: 9 } as const;
export const PmdFrame = { raw8: 0, raw16: 1, raw24: 2, compressed0: 0x80, compressed1: 0x81 } as const;
export const PmdStatus = {
  ok: 0,
  badOp: 1,
  badType: 2,
  notSupported: 3,
  badLength: 4,
  badParameter: 5,
  alreadyInState: 6,
  badResolution: 7,
  badRate: 8,
  badRange: 9,
  badMtu: 10,
  badChannels: 11,
  invalidState: 12,
} as const;

/** Seconds from 2000-01-01 to 2019-01-01, where a clock that nobody has set begins. */
export const CLOCK_BEGINS_S = Date.UTC(2019, 0, 1) / 1000 - Date.UTC(2000, 0, 1) / 1000;

const SETTING_BYTES: Readonly<Record<number, number>> = { 0: 2, 1: 2, 2: 2, 3: 4, 4: 1, 5: 4, 6: 16 };
const FACTOR = 5;

/** `[id][count][values]…` with one value each; undefined when it does not come out even. */
export function parseSettings(bytes: Uint8Array): ReadonlyMap<number, number> | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const settings = new Map<number, number>();
  let at = 0;
  while (at < bytes.length) {
    const size = SETTING_BYTES[bytes[at]];
    if (size === undefined || size > 4 || bytes[at + 1] !== 1 || at + 2 + size > bytes.length) return undefined;
    const value =
      size === 1 ? view.getUint8(at + 2) : size === 2 ? view.getUint16(at + 2, true) : view.getUint32(at + 2, true);
    settings.set(bytes[at], value);
    at += 2 + size;
  }
  return settings;
}

/** `F0 <op> <type> <status>`, after success `<more> <parameters>`. */
export function encodeAnswer(op: number, type: number, status: number, parameters?: Uint8Array, more = 0): Uint8Array {
  const end = status === PmdStatus.ok ? [more, ...(parameters ?? [])] : [];
  return Uint8Array.of(0xf0, op, type, status, ...end);
}

/** The parameter that only the answer to START carries. */
export function encodeFactor(factor: number): Uint8Array {
  const bytes = new Uint8Array(6);
  bytes.set([FACTOR, 1]);
  new DataView(bytes.buffer).setFloat32(2, factor, true);
  return bytes;
}

/** `0F` and a bitmap by measurement type, low byte first. */
export function encodeFeatures(types: readonly number[]): Uint8Array {
  const bits = types.reduce((sum, type) => sum | (1 << type), 0);
  return Uint8Array.of(0x0f, bits & 0xff, bits >> 8);
}

export interface FrameHeader {
  readonly type: number;
  /** Of the last sample, nanoseconds since 2000. */
  readonly lastNs: bigint;
  readonly frameType: number;
}

export function encodeFrame({ type, lastNs, frameType }: FrameHeader, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(10 + content.length);
  bytes[0] = type;
  new DataView(bytes.buffer).setBigUint64(1, lastNs, true);
  bytes[9] = frameType;
  bytes.set(content, 10);
  return bytes;
}

/** Whole milli-g, x y z x y z …, each in 1, 2 or 3 bytes. */
export function encodeRaw(values: readonly number[], bytesEach: 1 | 2 | 3): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => littleEndian(value, bytesEach)));
}

/** The first sample whole, then blocks of so many differences, each block as narrow as its widest one allows. */
export function encodeDelta(values: readonly number[], bytesEach: 2 | 4, samplesPerBlock: number): Uint8Array {
  const bytes = values.slice(0, 3).flatMap((value) => littleEndian(value, bytesEach));
  // Patterns of 32 bits run over, so that their differences are no wider.
  const deltas = values.slice(3).map((value, i) => (bytesEach === 4 ? (value - values[i]) | 0 : value - values[i]));
  for (let start = 0; start < deltas.length; start += 3 * samplesPerBlock) {
    const block = deltas.slice(start, start + 3 * samplesPerBlock);
    const bits = Math.max(...block.map(bitsFor));
    bytes.push(bits, block.length / 3, ...packed(block, bits));
  }
  return Uint8Array.from(bytes);
}

/** The pattern of a float32 as a signed number: frame type 1 of the gyroscope takes differences of these. */
export function patternOf(value: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  return view.getInt32(0);
}

const littleEndian = (value: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.floor(value / 2 ** (8 * i)) & 0xff);

/** Of a two's complement number. */
function bitsFor(value: number): number {
  let bits = 1;
  while (value < -(2 ** (bits - 1)) || value >= 2 ** (bits - 1)) bits++;
  return bits;
}

/** A stream of bits, the lowest of each number first, filled up with zeros to whole bytes. */
function packed(values: readonly number[], bits: number): number[] {
  const stream = values.flatMap((value) => {
    const pattern = BigInt.asUintN(bits, BigInt(value));
    return Array.from({ length: bits }, (_, bit) => Number((pattern >> BigInt(bit)) & 1n));
  });
  return Array.from({ length: Math.ceil(stream.length / 8) }, (_, byte) =>
    stream.slice(8 * byte, 8 * byte + 8).reduce((sum, one, bit) => sum | (one << bit), 0),
  );
}

/**
 * The delta compression of Polar's frames (Bluetooth specification, 1.2): a reference sample, then blocks
 * `[bits u8][count u8][bits × count × channels, LSB first]` of signed differences, each to the sample before it. Pure.
 */
import { ByteReader } from './bytes.ts';

const CHANNELS = 3;
const MOST_BITS = 32;

/** 3n whole numbers, channel by channel; or, in words, what is wrong with the bytes. */
export function decodeDeltas(content: Uint8Array, referenceBytes: 2 | 4): Int32Array | string {
  const blocks = blocksOf(content, CHANNELS * referenceBytes);
  if (typeof blocks === 'string') return blocks;
  const countDeltas = blocks.reduce((sum, { count }) => sum + count, 0);
  const values = new Int32Array(CHANNELS * (1 + countDeltas));
  const reader = new ByteReader(content);
  for (let c = 0; c < CHANNELS; c++) {
    values[c] = referenceBytes === 2 ? reader.i16(2 * c) : reader.u32(4 * c);
  }
  let at = CHANNELS;
  for (const { bits, count, startByte } of blocks) {
    let bit = 8 * startByte;
    for (let i = 0; i < CHANNELS * count; i++, at++, bit += bits) {
      // Whole numbers of 32 bits: the patterns of floats may run over.
      values[at] = values[at - CHANNELS] + signedAt(content, bit, bits);
    }
  }
  return values;
}

interface DeltaBlock {
  readonly bits: number;
  readonly count: number;
  readonly startByte: number;
}

/** Checks every length before a sample is read: no packet makes us allocate more than it can hold. */
function blocksOf(content: Uint8Array, referenceBytes: number): DeltaBlock[] | string {
  if (content.length < referenceBytes) {
    return `expected a first sample of ${referenceBytes} bytes, found ${content.length} bytes`;
  }
  const blocks: DeltaBlock[] = [];
  let at = referenceBytes;
  while (at < content.length) {
    const [bits, count = NaN] = content.subarray(at, at + 2);
    const endByte = at + 2 + Math.ceil((bits * count * CHANNELS) / 8);
    // Differences of no bits would be samples without bytes.
    const fits = bits >= 1 && bits <= MOST_BITS && endByte <= content.length;
    if (!fits) {
      return `expected a block of differences that fits, found ${count} × ${bits} bits with ${content.length - at} bytes left`;
    }
    blocks.push({ bits, count, startByte: at + 2 });
    at = endByte;
  }
  return blocks;
}

/** Two's complement number of `bits` bits from bit `at` on, LSB first. */
function signedAt(bytes: Uint8Array, at: number, bits: number): number {
  let value = 0;
  for (let got = 0; got < bits; ) {
    const inByte = (at + got) & 7;
    const taken = Math.min(8 - inByte, bits - got);
    value += ((bytes[(at + got) >> 3] >> inByte) & ((1 << taken) - 1)) * 2 ** got;
    got += taken;
  }
  return value >= 2 ** (bits - 1) ? value - 2 ** bits : value;
}

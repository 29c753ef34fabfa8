/**
 * A second, independent reading of MCAP and Protocol Buffers, straight from their public pages (https://mcap.dev/spec,
 * https://protobuf.dev/programming-guides/encoding): nothing of the product's reader, nothing of the packages it uses but the
 * decompression. What reads here reads in Python.
 */
import { crc32 } from 'node:zlib';
import zstd from '@foxglove/wasm-zstd';

export interface SpecRecord {
  readonly opcode: number;
  readonly at: number;
  readonly content: Buffer;
}

export const MAGIC = Buffer.from([0x89, 0x4d, 0x43, 0x41, 0x50, 0x30, 0x0d, 0x0a]);

/** @throws Error where the file does not follow the specification */
export function recordsOf(bytes: Buffer, from = 0, to = bytes.length): SpecRecord[] {
  const records: SpecRecord[] = [];
  for (let at = from; at < to; ) {
    const length = Number(bytes.readBigUInt64LE(at + 1));
    const end = at + 9 + length;
    if (end > to) throw new Error(`record at ${at} goes beyond ${to}`);
    records.push({ opcode: bytes[at], at, content: bytes.subarray(at + 9, end) });
    at = end;
  }
  return records;
}

/** Fields one after the other. */
export class Fields {
  readonly #bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  u16 = (): number => this.#bytes.readUInt16LE((this.at += 2) - 2);
  u32 = (): number => this.#bytes.readUInt32LE((this.at += 4) - 4);
  u64 = (): number => Number(this.#bytes.readBigUInt64LE((this.at += 8) - 8));
  bytes = (length: number): Buffer => this.#bytes.subarray(this.at, (this.at += length));
  text = (): string => this.bytes(this.u32()).toString('utf8');
  rest = (): Buffer => this.#bytes.subarray(this.at);
}

/** The records of a chunk, its checksum compared. */
export async function chunkRecords(content: Buffer): Promise<SpecRecord[]> {
  await zstd.isLoaded;
  const fields = new Fields(content);
  fields.bytes(16);
  const size = fields.u64();
  const crc = fields.u32();
  const compression = fields.text();
  if (compression !== 'zstd') throw new Error(`compression ${compression}`);
  const records = zstd.decompress(fields.bytes(fields.u64()), size);
  if (crc32(records) !== crc) throw new Error('checksum of a chunk');
  return recordsOf(records);
}

/** Field number → values, as the wire has them: numbers for varints and doubles, bytes for the rest. */
export function wireFields(bytes: Buffer): Map<number, (number | Buffer)[]> {
  const found = new Map<number, (number | Buffer)[]>();
  const position = { at: 0 };
  while (position.at < bytes.length) {
    const tag = varint(bytes, position);
    const wireType = tag & 7;
    let value: number | Buffer;
    if (wireType === 0) value = varint(bytes, position);
    else if (wireType === 1) value = bytes.readDoubleLE((position.at += 8) - 8);
    else if (wireType === 2) {
      const length = varint(bytes, position);
      value = bytes.subarray(position.at, (position.at += length));
    } else throw new Error(`wire type ${wireType}`);
    found.set(tag >> 3, [...(found.get(tag >> 3) ?? []), value]);
  }
  return found;
}

/** The message `Numbers` of the schema. */
export function numbersOf(bytes: Buffer): number[] {
  const fields = wireFields(bytes);
  const [first = 0] = fields.get(1) ?? [];
  const [divisor = 0] = fields.get(3) ?? [];
  const [delta = Buffer.alloc(0)] = fields.get(2) ?? [];
  const [real = Buffer.alloc(0)] = fields.get(4) ?? [];
  if (typeof delta === 'number' || typeof real === 'number') throw new Error('lists are packed');
  const numbers = Array.from({ length: real.length / 8 }, (_, i) => real.readDoubleLE(8 * i));
  let whole = Number(first);
  for (const position = { at: 0 }; position.at < delta.length; ) {
    const zigzag = varint(delta, position);
    whole += zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    numbers.push(whole / Number(divisor));
  }
  return numbers;
}

function varint(bytes: Buffer, position: { at: number }): number {
  let value = 0;
  for (let factor = 1; ; factor *= 128) {
    const byte = bytes[position.at++];
    value += (byte % 128) * factor;
    if (byte < 128) return value;
  }
}

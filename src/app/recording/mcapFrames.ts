/**
 * An MCAP file from its beginning, record by record, without what is in the records: where it was cut off, where it is damaged
 * (https://mcap.dev/spec). Nothing but the next record is kept in memory.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { MCAP_MAGIC } from '@mcap/core';
import { messageOf, PlumblineError } from '../../model/errors.ts';

export const Opcode = {
  header: 0x01,
  schema: 0x03,
  channel: 0x04,
  message: 0x05,
  chunk: 0x06,
  attachment: 0x09,
  dataEnd: 0x0f,
} as const;

export interface McapFrame {
  readonly opcode: number;
  /** The whole record, opcode and length included. Valid until the next frame. */
  readonly bytes: Uint8Array;
  /** Position of its first byte in the file. */
  readonly atByte: number;
  /** First byte after it. */
  readonly endByte: number;
}

/** Opcode and length. */
const FRAME_HEAD_BYTES = 9;
/** Two places, eight bytes each, and a checksum. */
const FOOTER_BYTES = FRAME_HEAD_BYTES + 20;
/** More than the schemas and channels of a recording take. */
const SUMMARY_HEAD_BYTES = 1 << 16;
/** No record of ours is near that; a damaged length must not take the memory. */
const MAX_RECORD_BYTES = 64 * 1024 * 1024;
const READ_BYTES = 1 << 20;
/** A disk writes whole pages: what was on its way when the power went is at the very end. */
const TAIL_BYTES = 64 * 1024;

export class McapFrames {
  readonly sizeBytes: number;
  /** Whether the writer came to its end: the file ends as an MCAP file does. */
  readonly hasEnd: boolean;
  readonly #file: number;
  #storage = new Uint8Array(0);
  #buffer: Uint8Array = new Uint8Array(0);
  #bufferAt = 0;
  #cut: string | undefined;

  /** @throws PlumblineError `recording/invalid` */
  constructor(path: string) {
    try {
      this.#file = openSync(path, 'r');
      this.sizeBytes = fstatSync(this.#file).size;
    } catch (error) {
      throw new PlumblineError('recording/invalid', `expected a readable file, found ${messageOf(error)}`, {
        cause: error,
      });
    }
    try {
      const start = this.#bytesAt(0, Math.min(MCAP_MAGIC.length, this.sizeBytes));
      if (!isMagic(start)) {
        const found = start.length === 0 ? 'an empty file' : Buffer.from(start).toString('hex');
        throw new PlumblineError(
          'recording/invalid',
          `expected an MCAP file (${Buffer.from(MCAP_MAGIC).toString('hex')}), found ${found}`,
        );
      }
      const endAt = this.sizeBytes - MCAP_MAGIC.length;
      this.hasEnd = endAt >= MCAP_MAGIC.length && isMagic(this.#bytesAt(endAt, MCAP_MAGIC.length));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** After the last frame: what is missing; undefined when the data section is whole. */
  get cut(): string | undefined {
    return this.#cut;
  }

  /** Records up to the end of the data section. @throws PlumblineError `recording/invalid` */
  *[Symbol.iterator](): Generator<McapFrame, void, undefined> {
    let atByte = MCAP_MAGIC.length;
    let crc = crc32(this.#bytesAt(0, atByte));
    for (;;) {
      const endByte = this.#endOf(atByte);
      if (endByte === undefined) return;
      const bytes = this.#bytesAt(atByte, endByte - atByte);
      const opcode = bytes[0];
      if (opcode === Opcode.dataEnd) {
        const stated = Buffer.from(bytes).readUInt32LE(FRAME_HEAD_BYTES);
        // 0: the writer did not compute it.
        if (stated !== 0 && stated !== crc) {
          throw new PlumblineError(
            'recording/invalid',
            `expected the checksum ${hex(stated)} over all data, found ${hex(crc)}`,
          );
        }
        return;
      }
      crc = crc32(bytes, crc);
      yield { opcode, bytes, atByte, endByte };
      atByte = endByte;
    }
  }

  /** Whether damage there is what a cut leaves: near the end of a file whose writer never came to its end. */
  isTail(endByte: number): boolean {
    return !this.hasEnd && this.sizeBytes - endByte <= TAIL_BYTES;
  }

  /** States that all from there on is left out. */
  cutAt(byte: number, found: string): void {
    this.#cut = `expected the end mark of the recording, found ${found} (byte ${byte} of ${this.sizeBytes})`;
  }

  /** The beginning of the summary, where its schemas and channels stand; empty when there is none. */
  summaryHead(): Uint8Array {
    const footerAt = this.sizeBytes - MCAP_MAGIC.length - FOOTER_BYTES;
    if (!this.hasEnd || footerAt < MCAP_MAGIC.length) return new Uint8Array(0);
    const footer = Buffer.from(this.#bytesAt(footerAt, FOOTER_BYTES));
    const startAt = Number(footer.readBigUInt64LE(FRAME_HEAD_BYTES));
    if (startAt < MCAP_MAGIC.length || startAt > footerAt) return new Uint8Array(0);
    return this.#bytesAt(startAt, Math.min(footerAt - startAt, SUMMARY_HEAD_BYTES)).slice();
  }

  close(): void {
    closeSync(this.#file);
  }

  /** End of the record that begins there; undefined: the file was cut. @throws PlumblineError `recording/invalid` */
  #endOf(atByte: number): number | undefined {
    const restBytes = this.sizeBytes - atByte;
    if (restBytes < FRAME_HEAD_BYTES)
      return this.#cutOrFail(atByte, restBytes === 0 ? 'nothing' : `${restBytes} bytes of a record`);
    const head = Buffer.from(this.#bytesAt(atByte, FRAME_HEAD_BYTES));
    const length = head.readBigUInt64LE(1);
    // A disk that was cut off may have made the file longer and never have filled it.
    if (head[0] === 0) return this.#cutOrFail(atByte, `${restBytes} bytes that are no record`);
    if (length > BigInt(restBytes - FRAME_HEAD_BYTES)) {
      return this.#cutOrFail(atByte, `${restBytes} bytes of a record of ${length + BigInt(FRAME_HEAD_BYTES)}`);
    }
    if (length > MAX_RECORD_BYTES) {
      throw new PlumblineError(
        'recording/invalid',
        `expected records of at most ${MAX_RECORD_BYTES} bytes, found ${length} (byte ${atByte})`,
      );
    }
    return atByte + FRAME_HEAD_BYTES + Number(length);
  }

  #cutOrFail(atByte: number, found: string): undefined {
    if (this.hasEnd)
      throw new PlumblineError('recording/invalid', `expected a whole record, found ${found} (byte ${atByte})`);
    this.cutAt(atByte, found);
    return undefined;
  }

  /** A view into the buffer, valid until the next call. */
  #bytesAt(at: number, count: number): Uint8Array {
    const inBuffer = at - this.#bufferAt;
    if (inBuffer >= 0 && inBuffer + count <= this.#buffer.length)
      return this.#buffer.subarray(inBuffer, inBuffer + count);
    const wanted = Math.min(Math.max(count, READ_BYTES), this.sizeBytes - at);
    if (this.#storage.length < wanted) this.#storage = new Uint8Array(wanted);
    const buffer = this.#storage;
    let filled = 0;
    while (filled < wanted) {
      const read = readSync(this.#file, buffer, filled, wanted - filled, at + filled);
      if (read === 0) break;
      filled += read;
    }
    if (filled < count)
      throw new PlumblineError('recording/invalid', `expected ${count} bytes at byte ${at}, found ${filled}`);
    this.#buffer = buffer.subarray(0, filled);
    this.#bufferAt = at;
    return this.#buffer.subarray(0, count);
  }
}

const isMagic = (bytes: Uint8Array): boolean =>
  bytes.length === MCAP_MAGIC.length && MCAP_MAGIC.every((byte, i) => byte === bytes[i]);

const hex = (crc: number): string => crc.toString(16).padStart(8, '0');

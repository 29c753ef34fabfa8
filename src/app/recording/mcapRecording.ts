/** Reads a recording `x.mcap` as a stream of `ImuBlock`s, with memory that does not grow with its length. */
import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { McapIndexedReader, McapStreamReader, type McapTypes } from '@mcap/core';
import { messageOf, PlumblineError } from '../../model/errors.ts';
import { ABOUT_NAME, LONGEST_MESSAGE_S, logTimeOf, type McapAbout, parseAbout, TOPICS } from './mcapAbout.ts';
import { McapFrames, Opcode } from './mcapFrames.ts';
import { type McapMessage, McapMessages } from './mcapMessages.ts';
import type { ReadEnd, ReadRequest, Recording, RecordingListener } from './recording.ts';
import { parseSidecar, type Sidecar } from './sidecar.ts';
import { decompressed, zstdLoaded } from './zstd.ts';

const decompressHandlers: McapTypes.DecompressHandlers = { zstd: decompressed };
/** What the reader of messages has to see; the indexes between them are for who seeks. */
const WITH_MESSAGES: readonly number[] = [Opcode.header, Opcode.schema, Opcode.channel, Opcode.message, Opcode.chunk];
const NOTHING_IGNORED: readonly string[] = [];

/** @throws PlumblineError `recording/invalid` */
export async function openMcapRecording(path: string): Promise<Recording> {
  await zstdLoaded();
  return new McapRecording(path, aboutOf(path));
}

/** It is the first record that a recording writes. */
function aboutOf(path: string): McapAbout {
  const frames = new McapFrames(path);
  try {
    const reader = newReader();
    for (const { opcode, bytes, atByte } of frames) {
      if (opcode !== Opcode.attachment) continue;
      const record = wellFormed(atByte, () => {
        reader.append(bytes);
        return reader.nextRecord();
      });
      if (record?.type === 'Attachment' && record.name === ABOUT_NAME) return parseAbout(record.data);
    }
    const found = frames.cut === undefined ? 'none' : 'none before the file was cut';
    throw new PlumblineError(
      'recording/invalid',
      `expected the attachment ${ABOUT_NAME} of a Plumbline recording, found ${found}`,
    );
  } finally {
    frames.close();
  }
}

const newReader = (options: ConstructorParameters<typeof McapStreamReader>[0] = {}): McapStreamReader =>
  new McapStreamReader({ noMagicPrefix: true, decompressHandlers, ...options });

/** What is wrong with bytes is the file's fault, whoever finds it. */
function wellFormed<Result>(atByte: number, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof PlumblineError) throw error;
    const found = messageOf(error).replace(/ \[library=.*\]$|\s+$/g, '');
    throw new PlumblineError(
      'recording/invalid',
      `expected a whole MCAP record, found damage: ${found} (byte ${atByte})`,
      { cause: error },
    );
  }
}

class McapRecording implements Recording {
  readonly path: string;
  readonly sidecar: Sidecar;
  readonly sidecarJson: Readonly<Record<string, unknown>>;
  readonly #about: McapAbout;

  constructor(path: string, about: McapAbout) {
    this.path = path;
    this.#about = about;
    this.sidecarJson = about.sidecar;
    this.sidecar = parseSidecar(about.sidecar);
  }

  async read(request: ReadRequest, listener: RecordingListener): Promise<ReadEnd> {
    const { main, pelvis } = this.#about.sensors;
    listener.onLayout?.({ main, pelvis });
    const messages = new McapMessages(this.#about, this.sidecar, request, listener);
    const isPart = (request.fromS ?? -Infinity) > -Infinity || (request.toS ?? Infinity) < Infinity;
    const frames = new McapFrames(this.path);
    try {
      // What came late stands behind what it belongs between; the index has the order of time.
      if (frames.hasEnd && (isPart || hasLate(frames))) {
        await this.#readIndexed(request, messages);
        return { cut: undefined, ignoredColumns: NOTHING_IGNORED };
      }
      if ((await readAll(frames, messages)) !== 'stop') messages.finish();
      const { lateLeftOut } = messages;
      if (lateLeftOut > 0 && frames.cut === undefined) {
        const expected = `expected an index with ${TOPICS.late.main}`;
        throw new PlumblineError('recording/invalid', `${expected}, found ${lateLeftOut} late samples without`);
      }
      const late = lateLeftOut > 0 ? `; ${lateLeftOut} samples that came late are left out` : '';
      return { cut: frames.cut && `${frames.cut}${late}`, ignoredColumns: NOTHING_IGNORED };
    } finally {
      frames.close();
    }
  }

  /** Through the index at the end of the file, in the order of time: only the chunks in which the wanted samples can be. */
  async #readIndexed({ fromS = -Infinity, toS = Infinity }: ReadRequest, messages: McapMessages): Promise<void> {
    const file = await open(this.path, 'r');
    try {
      await asRecording(async () => {
        const reader = await McapIndexedReader.Initialize({ readable: readableOf(file), decompressHandlers });
        const topics = new Map([...reader.channelsById.values()].map(({ id, topic }) => [id, topic]));
        const chosen = reader.readMessages({
          ...(Number.isFinite(fromS) ? { startTime: logTimeOf(fromS - LONGEST_MESSAGE_S, this.#about) } : {}),
          // Ends are included there.
          ...(Number.isFinite(toS) ? { endTime: logTimeOf(toS, this.#about) } : {}),
          validateCrcs: true,
        });
        for await (const { channelId, sequence, data } of chosen) {
          const topic = topics.get(channelId) ?? '';
          if (messages.take({ channelId, topic, sequence, data }, 'byTime') === 'stop') return;
        }
        messages.finish();
      });
    } finally {
      await file.close();
    }
  }
}

/** Damage in the summary hides it; then the late samples are found among the data, and refused. */
function hasLate(frames: McapFrames): boolean {
  const reader = newReader();
  try {
    reader.append(frames.summaryHead());
    for (let record = reader.nextRecord(); record; record = reader.nextRecord()) {
      if (record.type === 'Channel' && record.topic === TOPICS.late.main) return true;
      if (record.type !== 'Channel' && record.type !== 'Schema') return false;
    }
  } catch {
    return false;
  }
  return false;
}

/** @returns `'stop'` when the listener has enough */
async function readAll(frames: McapFrames, messages: McapMessages): Promise<void | 'stop'> {
  const reader = new ChunkReader();
  for (const { opcode, bytes, atByte, endByte } of frames) {
    if (!WITH_MESSAGES.includes(opcode)) continue;
    let found: McapMessage[];
    try {
      found = wellFormed(atByte, () => reader.messagesIn(bytes));
    } catch (error) {
      if (!frames.isTail(endByte)) throw error;
      frames.cutAt(atByte, `damage: ${messageOf(error)}`);
      return undefined;
    }
    for (const message of found) if (messages.take(message) === 'stop') return 'stop';
    // Lets a writer keep pace.
    if (opcode === Opcode.chunk) await Promise.resolve();
  }
  return undefined;
}

/** The messages of whole records. Node's checksum is several times faster than the one in JavaScript. */
class ChunkReader {
  readonly #topics = new Map<number, string>();
  readonly #reader = newReader({
    includeChunks: true,
    validateCrcs: false,
    decompressHandlers: { zstd: (bytes, size) => this.#checked(decompressed(bytes, size)) },
  });
  #statedCrc = 0;

  /** @throws PlumblineError, Error when it is damaged */
  messagesIn(bytes: Uint8Array): McapMessage[] {
    const found: McapMessage[] = [];
    this.#reader.append(bytes);
    for (let record = this.#reader.nextRecord(); record; record = this.#reader.nextRecord()) {
      if (record.type === 'Channel') this.#topics.set(record.id, record.topic);
      if (record.type === 'Chunk') {
        this.#statedCrc = record.uncompressedCrc;
        if (record.compression === '') this.#checked(record.records);
      }
      if (record.type !== 'Message') continue;
      const { channelId, sequence, data } = record;
      found.push({ channelId, topic: this.#topics.get(channelId) ?? '', sequence, data });
    }
    if (this.#reader.bytesRemaining() > 0)
      throw new Error(`${this.#reader.bytesRemaining()} bytes that belong to no record`);
    return found;
  }

  #checked(records: Uint8Array): Uint8Array {
    const crc = crc32(records);
    // 0: the writer did not compute it.
    if (this.#statedCrc === 0 || crc === this.#statedCrc) return records;
    throw new Error(`a checksum of ${crc} instead of ${this.#statedCrc}`);
  }
}

function readableOf(file: FileHandle): McapTypes.IReadable {
  return {
    size: async () => BigInt((await file.stat()).size),
    async read(offset, size) {
      const buffer = new Uint8Array(Number(size));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, Number(offset));
      if (bytesRead === buffer.length) return buffer;
      throw new PlumblineError('recording/invalid', `expected ${size} bytes at byte ${offset}, found ${bytesRead}`);
    },
  };
}

async function asRecording(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof PlumblineError) throw error;
    throw new PlumblineError('recording/invalid', `expected a whole MCAP file, found damage: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/**
 * A recording `x.mcap` that is being written. One message to a chunk, each with its checksum: whatever has been flushed can be read
 * even when nothing comes after it.
 */
import { McapWriter } from '@mcap/core';
import type { ImuBlock } from '../../model/block.ts';
import { VERSION } from '../version.ts';
import { DurableFile } from './durableFile.ts';
import { clockQuality, gap, imuSamples, type ImuSamples, type MessageKind, messageSchema } from './imuMessage.ts';
import {
  ABOUT_MEDIA_TYPE,
  ABOUT_NAME,
  aboutBytes,
  logTimeOf,
  logTimeZeroMsOf,
  type McapAbout,
  PROFILE,
  TOPICS,
} from './mcapAbout.ts';
import { type NumberSeries, SeriesForm } from './numberSeries.ts';
import {
  type RecordedBlocks,
  type RecordingNote,
  type RecordingStart,
  type RecordingWriter,
  type SensorName,
  SENSORS,
} from './recording.ts';
import { WaitingSamples } from './waitingSamples.ts';
import { compressed, zstdLoaded } from './zstd.ts';

/** A chunk ends with the message that makes it longer than this. */
const CHUNK_BYTES = 1;

/** @throws PlumblineError `usage`, `storage/failed` */
export async function createMcapRecording(path: string, options: { force: boolean }): Promise<McapRecordingFile> {
  await zstdLoaded();
  return new McapRecordingFile(path, options);
}

interface Channel {
  readonly topic: string;
  readonly id: number;
  sequence: number;
}

export class McapRecordingFile implements RecordingWriter {
  readonly #file: DurableFile;
  readonly #writer: McapWriter;
  readonly #channels = new Map<string, Channel>();
  readonly #schemas = new Map<string, number>();
  readonly #waiting = new Map<SensorName, WaitingSamples>();
  readonly #forms = new Map<string, SeriesForm>();
  #late: WaitingSamples | undefined;
  #about: McapAbout | undefined;
  /** The writer takes one call at a time. */
  #last: Promise<void> = Promise.resolve();

  constructor(path: string, options: { force: boolean }) {
    const file = new DurableFile(path, options);
    this.#file = file;
    this.#writer = new McapWriter({
      writable: {
        // Its buffer is working memory.
        write: async (bytes) => file.write(bytes.slice()),
        position: () => BigInt(file.length),
      },
      chunkSize: CHUNK_BYTES,
      compressChunk: (chunkData) => ({ compression: 'zstd', compressedData: compressed(chunkData) }),
    });
  }

  get path(): string {
    return this.#file.path;
  }

  begin({ layout, sidecar, rateHz, firstS }: RecordingStart): void {
    const about: McapAbout = {
      format: 'plumbline-recording/1',
      software: `plumbline ${VERSION}`,
      rateHz,
      logTimeZeroMs: logTimeZeroMsOf(sidecar.utcStart, firstS),
      sensors: { main: layout.main, ...(layout.pelvis ? { pelvis: layout.pelvis } : {}) },
      sidecar: { ...sidecar },
    };
    this.#about = about;
    this.#file.open();
    for (const sensor of SENSORS) {
      const sensorLayout = layout[sensor];
      if (sensorLayout) this.#waiting.set(sensor, new WaitingSamples(sensorLayout, rateHz));
    }
    this.#late = new WaitingSamples(layout.main, rateHz);
    this.#then(async () => {
      await this.#writer.start({ profile: PROFILE, library: about.software });
      const data = aboutBytes(about);
      const logTime = logTimeOf(firstS, about);
      await this.#writer.addAttachment({
        name: ABOUT_NAME,
        mediaType: ABOUT_MEDIA_TYPE,
        data,
        logTime,
        createTime: logTime,
      });
    });
  }

  blocks(blocks: RecordedBlocks): void {
    for (const sensor of SENSORS) {
      const block = blocks[sensor];
      if (block) this.block(sensor, block);
    }
  }

  /** Samples of one sensor at times of its own. */
  block(sensor: SensorName, block: ImuBlock): void {
    const waiting = this.#waiting.get(sensor);
    if (!waiting) return;
    for (let i = 0; i < block.n; i++) {
      if (!waiting.hasRoomFor(block.tS[i])) this.#cut(sensor);
      waiting.take(block, i);
    }
  }

  note(note: RecordingNote): void {
    // Notes stand after the samples that came before them.
    this.#cut(note.sensor);
    if (note.kind === 'gap') {
      const { startS, endS, missingSamples, reason } = note;
      const fields = { start_s: startS, end_s: endS, missing_samples: missingSamples, reason };
      this.#send(TOPICS.gap[note.sensor], gap, fields, startS);
    } else {
      this.#send(TOPICS.clock[note.sensor], clockQuality, { t_s: note.tS, residual_ms: note.residualMs }, note.tS);
    }
  }

  late(block: ImuBlock): boolean {
    const waiting = this.#late;
    if (!waiting) return false;
    for (let i = 0; i < block.n; i++) {
      // A message within one gap lies between two messages of the stream.
      if (!waiting.hasRoomFor(block.tS[i]) || !waiting.isFollowedBy(block.tS[i])) this.#cutLate();
      waiting.take(block, i);
    }
    return true;
  }

  async flush(): Promise<string | undefined> {
    this.#cutAll();
    await this.#last;
    return this.#file.flush();
  }

  async close(): Promise<void> {
    this.#cutAll();
    if (this.#about) this.#then(() => this.#writer.end());
    try {
      await this.#last;
    } finally {
      this.#file.close();
    }
  }

  #cutAll(): void {
    for (const sensor of this.#waiting.keys()) this.#cut(sensor);
    this.#cutLate();
  }

  #cut(sensor: SensorName): void {
    const block = this.#waiting.get(sensor)?.cut();
    if (block) this.#sendSamples(TOPICS.imu[sensor], sensor, block);
  }

  #cutLate(): void {
    const block = this.#late?.cut();
    if (block) this.#sendSamples(TOPICS.late.main, 'main', block);
  }

  #sendSamples(topic: string, sensor: SensorName, block: ImuBlock): void {
    const { n, tS, accMps2: acc, gyrRadps: gyr, flags, rateHz } = block;
    const axis = (values: Float64Array, c: number): NumberSeries =>
      this.#form(`${sensor} ${values === acc ? 'acc' : 'gyr'} ${c}`).of(
        Float64Array.from({ length: n }, (_, i) => values[3 * i + c]),
      );
    const fields: ImuSamples<NumberSeries> = {
      t_s: this.#form(`${sensor} t`).of(tS),
      acc_x: axis(acc, 0),
      acc_y: axis(acc, 1),
      acc_z: axis(acc, 2),
      ...(gyr ? { gyr_x: axis(gyr, 0), gyr_y: axis(gyr, 1), gyr_z: axis(gyr, 2) } : {}),
      flags,
      rate_hz: rateHz,
    };
    this.#send(topic, imuSamples, fields, tS[0]);
  }

  #form(column: string): SeriesForm {
    const form = this.#forms.get(column) ?? new SeriesForm();
    this.#forms.set(column, form);
    return form;
  }

  #send<Fields>(topic: string, kind: MessageKind<Fields, unknown>, fields: Fields, tS: number): void {
    const data = kind.encode(fields);
    this.#then(async () => {
      if (!this.#about) return;
      const channel = this.#channels.get(topic) ?? (await this.#addChannel(topic, kind.name));
      const logTime = logTimeOf(tS, this.#about);
      const { id: channelId, sequence } = channel;
      channel.sequence++;
      await this.#writer.addMessage({ channelId, sequence, logTime, publishTime: logTime, data });
    });
  }

  async #addChannel(topic: string, schemaName: string): Promise<Channel> {
    const schemaId =
      this.#schemas.get(schemaName) ??
      (await this.#writer.registerSchema({ name: schemaName, encoding: 'protobuf', data: messageSchema() }));
    this.#schemas.set(schemaName, schemaId);
    const metadata = new Map<string, string>();
    const id = await this.#writer.registerChannel({ topic, schemaId, messageEncoding: 'protobuf', metadata });
    const channel = { topic, id, sequence: 0 };
    this.#channels.set(topic, channel);
    return channel;
  }

  #then(step: () => Promise<void>): void {
    this.#last = this.#last.then(step);
    // Said by the next flush.
    this.#last.catch(() => undefined);
  }
}

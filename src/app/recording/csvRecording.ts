/**
 * Reads a recording `x.csv` or `x.csv.gz` as a stream of `ImuBlock`s, with memory that does not grow with its length.
 *
 * Columns as in the analyze contract: `t_s acc_x … gyr_z`, for a second sensor on the pelvis `pelvis_acc_x … pelvis_gyr_z`;
 * in any order. Ours alone are `sample_flags` and `pelvis_sample_flags`, bits of `SampleFlag`. Others are ignored. Empty cells
 * are missing samples (NaN).
 */
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { emptyBlock, type ImuBlock } from '../../model/block.ts';
import { messageOf, PlumblineError } from '../../model/errors.ts';
import { ACC_UNITS, GYR_UNITS } from '../../model/units.ts';
import { CsvNumberReader } from './csvNumberReader.ts';
import type { ReadEnd, ReadRequest, Recording, RecordingLayout, RecordingListener } from './recording.ts';
import { isZipped } from './recordingName.ts';
import { isWithin, notesOf } from './recordingNotes.ts';
import { parseSidecar, readSidecarJson, type Sidecar } from './sidecar.ts';

const BLOCK_SAMPLES = 2048;
const AXES = ['x', 'y', 'z'] as const;
/** The bits of a `SampleFlag` are one byte. */
const MAX_FLAGS = 255;

interface SensorColumns {
  readonly acc: readonly number[];
  readonly gyr: readonly number[] | undefined;
  readonly flags: number | undefined;
}

interface Layout {
  readonly time: number;
  readonly main: SensorColumns;
  readonly pelvis: SensorColumns | undefined;
}

export class CsvRecording implements Recording {
  readonly path: string;
  readonly sidecar: Sidecar;
  readonly sidecarJson: Readonly<Record<string, unknown>>;

  /** @throws PlumblineError `recording/invalid` about the sidecar */
  constructor(path: string) {
    this.path = path;
    const json = readSidecarJson(path);
    this.sidecar = parseSidecar(json);
    this.sidecarJson = json;
  }

  async read(request: ReadRequest, listener: RecordingListener): Promise<ReadEnd> {
    let collector: Collector | undefined;
    let ignoredColumns: readonly string[] = [];
    const reader = new CsvNumberReader(
      (header) => {
        const layout = layoutOf(header);
        collector = new Collector(layout, this.sidecar, request, listener);
        ignoredColumns = header.filter((name, column) => name !== '' && !collector?.columns.includes(column));
        listener.onLayout?.(recordingLayoutOf(layout));
        for (const note of notesOf(this.sidecarJson).notes) if (isWithin(note, request)) listener.onNote?.(note);
        return collector.columns;
      },
      (row, line) => (collector as Collector).row(row, line),
    );
    const end = { cut: undefined, ignoredColumns };
    for await (const chunk of chunksOf(this.path, () => reader.line + 1)) {
      if (reader.push(chunk) === 'stop') return { ...end, ignoredColumns };
    }
    if (reader.end() !== 'stop') {
      if (!collector) throw new PlumblineError('recording/invalid', 'expected a header row, found an empty file');
      collector.finish();
    }
    return { ...end, ignoredColumns };
  }
}

/** Bytes of the recording, unpacked. Only what goes wrong in reading is said to be the file's fault. */
async function* chunksOf(path: string, atLine: () => number): AsyncGenerator<Buffer, void, undefined> {
  const zipped = isZipped(path);
  const file = createReadStream(path, { highWaterMark: 1 << 20 });
  try {
    const bytes = zipped ? pipeline(file, createGunzip({ chunkSize: 1 << 18 }), () => undefined) : file;
    for await (const chunk of bytes) yield chunk as Buffer;
  } catch (error) {
    throw new PlumblineError(
      'recording/invalid',
      `expected readable ${zipped ? 'gzip ' : ''}CSV, found ${messageOf(error)} (line ${atLine()})`,
      { cause: error },
    );
  } finally {
    file.destroy();
  }
}

const recordingLayoutOf = ({ main, pelvis }: Layout): RecordingLayout => ({
  main: { hasGyroscope: main.gyr !== undefined, hasFlags: main.flags !== undefined },
  pelvis: pelvis && { hasGyroscope: pelvis.gyr !== undefined, hasFlags: pelvis.flags !== undefined },
});

function layoutOf(header: readonly string[]): Layout {
  const find = (name: string): number => header.indexOf(name);
  const group = (prefix: string): number[] => AXES.map((axis) => find(`${prefix}_${axis}`));
  const found = header.filter((name) => name).join(' ') || 'nothing';
  const needed = (columns: number[], prefix: string): number[] => {
    const missing = AXES.filter((_, c) => columns[c] < 0).map((axis) => `${prefix}_${axis}`);
    if (missing.length === 0) return columns;
    throw new PlumblineError(
      'recording/invalid',
      `expected the column${missing.length > 1 ? 's' : ''} ${missing.join(', ')}, found ${found} (line 1)`,
    );
  };
  const optional = (prefix: string): number[] | undefined => {
    const columns = group(prefix);
    return columns.every((c) => c < 0) ? undefined : needed(columns, prefix);
  };
  const time = find('t_s');
  if (time < 0) throw new PlumblineError('recording/invalid', `expected the column t_s, found ${found} (line 1)`);
  const flags = (name: string): number | undefined => (find(name) < 0 ? undefined : find(name));
  const pelvisAcc = optional('pelvis_acc');
  return {
    time,
    main: { acc: needed(group('acc'), 'acc'), gyr: optional('gyr'), flags: flags('sample_flags') },
    pelvis: pelvisAcc && { acc: pelvisAcc, gyr: optional('pelvis_gyr'), flags: flags('pelvis_sample_flags') },
  };
}

class Collector {
  readonly #layout: Layout;
  readonly #accScale: number;
  readonly #gyrScale: number;
  readonly #blocks: { main: ImuBlock; pelvis: ImuBlock | undefined };
  readonly #listener: RecordingListener;
  readonly #fromS: number;
  readonly #toS: number;
  #n = 0;
  #lastS = -Infinity;

  constructor(layout: Layout, sidecar: Sidecar, request: ReadRequest, listener: RecordingListener) {
    const { rateHz, units, fromS = -Infinity, toS = Infinity } = request;
    this.#layout = layout;
    this.#listener = listener;
    this.#fromS = fromS;
    this.#toS = toS;
    this.#accScale = units === 'si' ? ACC_UNITS[sidecar.accUnit] : 1;
    if (!sidecar.gyrUnit && (layout.main.gyr || layout.pelvis?.gyr)) {
      throw new PlumblineError(
        'recording/invalid',
        'expected gyrUnit "deg/s" or "rad/s" in the sidecar for the gyr columns, found none',
      );
    }
    this.#gyrScale = units === 'si' ? GYR_UNITS[sidecar.gyrUnit ?? 'rad/s'] : 1;
    this.#blocks = {
      main: emptyBlock(BLOCK_SAMPLES, rateHz, layout.main.gyr !== undefined),
      pelvis: layout.pelvis && emptyBlock(BLOCK_SAMPLES, rateHz, layout.pelvis.gyr !== undefined),
    };
  }

  /** Which columns the reader has to read; the others are skipped. */
  get columns(): number[] {
    const { time, main, pelvis } = this.#layout;
    const sensors = pelvis ? [main, pelvis] : [main];
    return [
      time,
      ...sensors.flatMap(({ acc, gyr, flags }) => [...acc, ...(gyr ?? []), ...(flags === undefined ? [] : [flags])]),
    ];
  }

  row(row: Float64Array, line: number): void | 'stop' {
    const { time, main, pelvis } = this.#layout;
    const tS = row[time];
    if (!(tS > this.#lastS)) {
      const found = Number.isNaN(tS) ? 'an empty cell' : `${tS} after ${this.#lastS}`;
      throw new PlumblineError('recording/invalid', `expected t_s to increase, found ${found} (line ${line})`);
    }
    this.#lastS = tS;
    if (tS < this.#fromS) return undefined;
    if (tS >= this.#toS) {
      this.finish();
      return 'stop';
    }
    const i = this.#n;
    this.#copy(this.#blocks.main, main, row, i, tS);
    if (this.#blocks.pelvis && pelvis) this.#copy(this.#blocks.pelvis, pelvis, row, i, tS);
    this.#takeFlags(row, i, line);
    return ++this.#n === BLOCK_SAMPLES ? this.#hand() : undefined;
  }

  finish(): void {
    if (this.#n > 0) this.#hand();
  }

  #copy(block: ImuBlock, columns: SensorColumns, row: Float64Array, i: number, tS: number): void {
    block.tS[i] = tS;
    for (let c = 0; c < 3; c++) block.accMps2[3 * i + c] = row[columns.acc[c]] * this.#accScale;
    if (!block.gyrRadps || !columns.gyr) return;
    for (let c = 0; c < 3; c++) block.gyrRadps[3 * i + c] = row[columns.gyr[c]] * this.#gyrScale;
  }

  #takeFlags(row: Float64Array, i: number, line: number): void {
    const { main, pelvis } = this.#layout;
    if (main.flags !== undefined) this.#blocks.main.flags[i] = flagsOf(row[main.flags], line);
    if (pelvis?.flags !== undefined && this.#blocks.pelvis)
      this.#blocks.pelvis.flags[i] = flagsOf(row[pelvis.flags], line);
  }

  #hand(): void | 'stop' {
    const n = this.#n;
    this.#n = 0;
    const { main, pelvis } = this.#blocks;
    return this.#listener.onBlocks({ main: { ...main, n }, pelvis: pelvis && { ...pelvis, n } });
  }
}

/** @throws PlumblineError `recording/invalid` */
function flagsOf(value: number, line: number): number {
  if (Number.isNaN(value)) return 0;
  if (Number.isInteger(value) && value >= 0 && value <= MAX_FLAGS) return value;
  throw new PlumblineError('recording/invalid', `expected flags from 0 to ${MAX_FLAGS}, found ${value} (line ${line})`);
}

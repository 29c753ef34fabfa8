/**
 * Reads a recording `x.csv` or `x.csv.gz` as a stream of `ImuBlock`s, with memory that does not grow with its length.
 *
 * Columns as in the analyze contract: `t_s acc_x … gyr_z`, for a second sensor on the pelvis `pelvis_acc_x … pelvis_gyr_z`;
 * in any order, others ignored. Empty cells are missing samples (NaN).
 */
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { emptyBlock, type ImuBlock } from '../model/block.ts';
import { messageOf, PlumblineError } from '../model/errors.ts';
import { ACC_UNITS, GYR_UNITS } from '../model/units.ts';
import { CsvNumberReader } from './csvNumberReader.ts';
import type { Sidecar } from './sidecar.ts';

/** One run of samples of a recording: the first sensor, and the second where there is one. Views, valid during the call. */
export interface RecordedBlocks {
  readonly main: ImuBlock;
  readonly pelvis: ImuBlock | undefined;
}

const BLOCK_SAMPLES = 2048;
/** Rates that a sidecar may state; a median outside them means that `t_s` is not in seconds. */
const RATE_RANGE_HZ = [5, 2000] as const;
const MAX_RATE_RATIO = 1.5;
const AXES = ['x', 'y', 'z'] as const;

interface SensorColumns {
  readonly acc: readonly number[];
  readonly gyr: readonly number[] | undefined;
}

interface Layout {
  readonly time: number;
  readonly main: SensorColumns;
  readonly pelvis: SensorColumns | undefined;
}

/**
 * Calls `onBlocks` for each run of samples, in order; it may return `'stop'`.
 * @throws PlumblineError `recording/invalid` "expected …, found … (line N)"
 */
export async function readCsvRecording(
  path: string,
  sidecar: Sidecar,
  rateHz: number,
  onBlocks: (blocks: RecordedBlocks) => void | 'stop',
): Promise<void> {
  let collector: Collector | undefined;
  const reader = new CsvNumberReader(
    (header) => {
      collector = new Collector(layoutOf(header), sidecar, rateHz, onBlocks);
      return collector.columns;
    },
    (row, line) => (collector as Collector).row(row, line),
  );
  for await (const chunk of chunksOf(path, () => reader.line + 1)) {
    if (reader.push(chunk) === 'stop') return;
  }
  if (reader.end() === 'stop') return;
  if (!collector) throw new PlumblineError('recording/invalid', 'expected a header row, found an empty file');
  collector.finish();
}

/** Bytes of the recording, unpacked. Only what goes wrong in reading is said to be the file's fault. */
async function* chunksOf(path: string, atLine: () => number): AsyncGenerator<Buffer, void, undefined> {
  const zipped = /\.gz$/i.test(path);
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

/**
 * Nominal rate of a recording: stated, or from the median of the first time differences.
 * @throws PlumblineError `recording/invalid` when times and stated rate contradict each other, or no wearable is that fast or slow
 */
export async function rateOf(path: string, sidecar: Sidecar): Promise<number> {
  const periodS = await medianPeriodS(path, sidecar);
  const stated = sidecar.rateHz;
  if (stated !== undefined) {
    // Beyond this, most steps would be gaps, or movements would seem that much faster.
    const ratio = periodS === undefined ? 1 : periodS * stated;
    if (ratio <= MAX_RATE_RATIO && ratio >= 1 / MAX_RATE_RATIO) return stated;
    throw new PlumblineError(
      'recording/invalid',
      `expected samples ${seconds(1 / stated)} apart as rateHz ${stated} says, found ${seconds(periodS)} (is t_s in seconds?)`,
    );
  }
  if (periodS === undefined) {
    throw new PlumblineError(
      'recording/invalid',
      'expected at least two samples to find the rate, found fewer (state rateHz)',
    );
  }
  if (1 / periodS >= RATE_RANGE_HZ[0] && 1 / periodS <= RATE_RANGE_HZ[1]) return 1 / periodS;
  throw new PlumblineError(
    'recording/invalid',
    `expected ${RATE_RANGE_HZ[0]} to ${RATE_RANGE_HZ[1]} samples per second, found samples ${seconds(periodS)} apart (is t_s in seconds?)`,
  );
}

const seconds = (periodS = NaN): string => `${Number(periodS.toPrecision(3))} s`;

async function medianPeriodS(path: string, sidecar: Sidecar): Promise<number | undefined> {
  const differences: number[] = [];
  let lastS = NaN;
  await readCsvRecording(path, sidecar, 100, ({ main }) => {
    for (let i = 0; i < main.n; i++) {
      if (main.tS[i] > lastS) differences.push(main.tS[i] - lastS);
      lastS = main.tS[i];
    }
    return differences.length > 5000 ? 'stop' : undefined;
  });
  differences.sort((a, b) => a - b);
  return differences.at(differences.length >> 1);
}

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
  const pelvisAcc = optional('pelvis_acc');
  return {
    time,
    main: { acc: needed(group('acc'), 'acc'), gyr: optional('gyr') },
    pelvis: pelvisAcc ? { acc: pelvisAcc, gyr: optional('pelvis_gyr') } : undefined,
  };
}

class Collector {
  readonly #layout: Layout;
  readonly #accScale: number;
  readonly #gyrScale: number;
  readonly #blocks: { main: ImuBlock; pelvis: ImuBlock | undefined };
  readonly #onBlocks: (blocks: RecordedBlocks) => void | 'stop';
  #n = 0;
  #lastS = -Infinity;

  constructor(layout: Layout, sidecar: Sidecar, rateHz: number, onBlocks: (blocks: RecordedBlocks) => void | 'stop') {
    this.#layout = layout;
    this.#onBlocks = onBlocks;
    this.#accScale = ACC_UNITS[sidecar.accUnit];
    if (!sidecar.gyrUnit && (layout.main.gyr || layout.pelvis?.gyr)) {
      throw new PlumblineError(
        'recording/invalid',
        'expected gyrUnit "deg/s" or "rad/s" in the sidecar for the gyr columns, found none',
      );
    }
    this.#gyrScale = GYR_UNITS[sidecar.gyrUnit ?? 'rad/s'];
    this.#blocks = {
      main: emptyBlock(BLOCK_SAMPLES, rateHz, layout.main.gyr !== undefined),
      pelvis: layout.pelvis && emptyBlock(BLOCK_SAMPLES, rateHz, layout.pelvis.gyr !== undefined),
    };
  }

  /** Which columns the reader has to read; the others are skipped. */
  get columns(): number[] {
    const { time, main, pelvis } = this.#layout;
    return [time, ...main.acc, ...(main.gyr ?? []), ...(pelvis?.acc ?? []), ...(pelvis?.gyr ?? [])];
  }

  row(row: Float64Array, line: number): void | 'stop' {
    const { time, main, pelvis } = this.#layout;
    const tS = row[time];
    if (!(tS > this.#lastS)) {
      const found = Number.isNaN(tS) ? 'an empty cell' : `${tS} after ${this.#lastS}`;
      throw new PlumblineError('recording/invalid', `expected t_s to increase, found ${found} (line ${line})`);
    }
    this.#lastS = tS;
    const i = this.#n;
    this.#copy(this.#blocks.main, main, row, i, tS);
    if (this.#blocks.pelvis && pelvis) this.#copy(this.#blocks.pelvis, pelvis, row, i, tS);
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

  #hand(): void | 'stop' {
    const n = this.#n;
    this.#n = 0;
    const { main, pelvis } = this.#blocks;
    return this.#onBlocks({ main: { ...main, n }, pelvis: pelvis && { ...pelvis, n } });
  }
}

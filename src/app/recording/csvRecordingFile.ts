/** A recording `x.csv` or `x.csv.gz` that is being written, with its sidecar `x.json` beside it. Whole lines only. */
import { constants as zlib, createGzip, type Gzip } from 'node:zlib';
import { DurableFile } from './durableFile.ts';
import {
  RECORDED_DECIMALS,
  type RecordedBlocks,
  type RecordingLayout,
  type RecordingNote,
  type RecordingStart,
  type RecordingWriter,
  type SensorLayout,
  SENSORS,
} from './recording.ts';
import { isZipped, sidecarPathOf } from './recordingName.ts';
import { notesJson } from './recordingNotes.ts';

/** `recorded`: the decimals of a recorder, zeros included. `exact`: the shortest decimal that reads back as the same number. */
export type NumberForm = 'recorded' | 'exact';

const AXES = ['x', 'y', 'z'] as const;

export class CsvRecordingFile implements RecordingWriter {
  readonly #file: DurableFile;
  readonly #rounds: boolean;
  readonly #notes: RecordingNote[] = [];
  #sidecar: Readonly<Record<string, unknown>> = {};
  #layout: RecordingLayout | undefined;
  #gzip: Gzip | undefined;
  #text = '';

  constructor(path: string, { force, numbers }: { force: boolean; numbers: NumberForm }) {
    this.#file = new DurableFile(path, { force, files: [path, sidecarPathOf(path)] });
    this.#rounds = numbers === 'recorded';
  }

  get path(): string {
    return this.#file.path;
  }

  begin({ layout, sidecar }: RecordingStart): void {
    // Flags are for programs: a file that people open begins without them.
    this.#layout = this.#rounds ? withoutFlags(layout) : layout;
    this.#sidecar = sidecar;
    this.#file.open();
    this.#writeSidecar();
    if (isZipped(this.path)) {
      this.#gzip = createGzip();
      this.#gzip.on('data', (bytes: Buffer) => this.#file.write(bytes));
    }
    this.#text = `${columnsOf(this.#layout).join(',')}\n`;
    if (!this.#gzip) {
      this.#handOver();
      this.#file.flush();
    }
  }

  blocks(blocks: RecordedBlocks): void {
    for (let i = 0; i < blocks.main.n; i++) this.#row(blocks, i);
    this.#handOver();
  }

  note(note: RecordingNote): void {
    this.#notes.push(note);
  }

  /** Rows are in the order of time, and are not moved once they are on the disk. */
  late(): boolean {
    return false;
  }

  async flush(): Promise<string | undefined> {
    if (this.#gzip) await flushed(this.#gzip);
    return this.#file.flush();
  }

  async close(): Promise<void> {
    if (this.#gzip) await ended(this.#gzip);
    this.#file.close();
    if (this.#notes.length > 0) this.#writeSidecar();
  }

  #row(blocks: RecordedBlocks, i: number): void {
    let row = this.#rounds ? blocks.main.tS[i].toFixed(RECORDED_DECIMALS.time) : String(blocks.main.tS[i]);
    for (const name of SENSORS) {
      const block = blocks[name];
      const layout = this.#layout?.[name];
      if (!block || !layout) continue;
      row += this.#cells(block.accMps2, 3 * i, RECORDED_DECIMALS.acc);
      if (layout.hasGyroscope && block.gyrRadps) row += this.#cells(block.gyrRadps, 3 * i, RECORDED_DECIMALS.gyr);
      if (layout.hasFlags) row += `,${block.flags[i]}`;
    }
    this.#text += `${row}\n`;
  }

  #cells(values: Float64Array, from: number, decimals: number): string {
    let cells = '';
    for (let c = from; c < from + 3; c++) {
      const value = values[c];
      cells += Number.isNaN(value) ? ',' : `,${this.#rounds ? value.toFixed(decimals) : value}`;
    }
    return cells;
  }

  #handOver(): void {
    const bytes = Buffer.from(this.#text);
    this.#text = '';
    if (bytes.length === 0) return;
    if (this.#gzip) this.#gzip.write(bytes);
    else this.#file.write(bytes);
  }

  #writeSidecar(): void {
    const keys = { ...this.#sidecar, ...notesJson(this.#notes) };
    this.#file.writeBeside(sidecarPathOf(this.path), sidecarText(keys));
  }
}

const flushed = (gzip: Gzip): Promise<void> => new Promise((resolve) => gzip.flush(zlib.Z_SYNC_FLUSH, resolve));

const ended = (gzip: Gzip): Promise<void> =>
  new Promise((resolve, reject) => {
    gzip.once('end', resolve).once('error', reject).end();
  });

const withoutFlags = ({ main, pelvis }: RecordingLayout): RecordingLayout => ({
  main: { ...main, hasFlags: false },
  pelvis: pelvis && { ...pelvis, hasFlags: false },
});

function columnsOf({ main, pelvis }: RecordingLayout): string[] {
  const of = ({ hasGyroscope, hasFlags }: SensorLayout, prefix: string): string[] => [
    ...AXES.map((axis) => `${prefix}acc_${axis}`),
    ...(hasGyroscope ? AXES.map((axis) => `${prefix}gyr_${axis}`) : []),
    ...(hasFlags ? [`${prefix}sample_flags`] : []),
  ];
  return ['t_s', ...of(main, ''), ...(pelvis ? of(pelvis, 'pelvis_') : [])];
}

/** One key on each line. */
const sidecarText = (sidecar: object): string => {
  const lines = Object.entries(sidecar).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  return `{\n${lines.join(',\n')}\n}\n`;
};

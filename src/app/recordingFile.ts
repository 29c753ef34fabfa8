/**
 * A recording that is being written: whole lines only, on the disk once a second, so that a cut at any moment leaves a file that
 * can be analysed. A disk that is full for a while loses nothing.
 */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fdatasyncSync,
  mkdirSync,
  openSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { messageOf, PlumblineError } from '../model/errors.ts';
import { sidecarPathOf } from './sidecar.ts';

/** About an hour of one wearable at 100 Hz. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;

export class RecordingFile {
  readonly path: string;
  #file: number | undefined;
  #rows: string[] = [];
  /** What a disk has refused so far. */
  #waiting = Buffer.alloc(0);

  /**
   * Looks whether it can be written, and leaves what is there as it is until the first sample has come.
   * @throws PlumblineError `usage` when there is something at its place and `force` is false, `storage/failed`
   */
  constructor(path: string, force: boolean) {
    this.path = path;
    const existing = [path, sidecarPathOf(path)].find((each) => existsSync(each));
    if (existing !== undefined && !force) {
      throw new PlumblineError('usage', `expected no recording yet, found ${existing} (--force overwrites)`);
    }
    writing(path, () => {
      mkdirSync(dirname(path), { recursive: true });
      accessSync(existsSync(path) ? path : dirname(path), constants.W_OK);
    });
  }

  /** Header and sidecar, before the first row. @throws PlumblineError `storage/failed` */
  begin(columns: readonly string[], sidecar: object): void {
    writing(this.path, () => {
      this.#file = openSync(this.path, 'w');
      writeFileSync(sidecarPathOf(this.path), sidecarText(sidecar));
    });
    this.#rows.push(columns.join(','));
    this.flush();
  }

  row(cells: string): void {
    this.#rows.push(cells);
  }

  /**
   * @returns undefined when all is on the disk, else what the disk said; what it refused is written with the next flush.
   * @throws PlumblineError `storage/failed` when too much is waiting to keep it
   */
  flush(): string | undefined {
    const file = this.#file;
    if (file === undefined) return undefined;
    const lines = this.#rows.map((row) => `${row}\n`).join('');
    this.#rows = [];
    if (lines !== '') this.#waiting = Buffer.concat([this.#waiting, Buffer.from(lines)]);
    try {
      while (this.#waiting.length > 0) this.#waiting = this.#waiting.subarray(writeSync(file, this.#waiting));
      fdatasyncSync(file);
      return undefined;
    } catch (error) {
      if (isWithoutSync(error)) return undefined;
      if (this.#waiting.length <= MAX_WAITING_BYTES) return messageOf(error);
      throw new PlumblineError('storage/failed', `expected room for ${this.path}, found ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  /** @throws PlumblineError `storage/failed` when the last rows could not be written */
  close(): void {
    const problem = this.flush();
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    if (problem === undefined) return;
    const found = `${problem}; the last ${this.#waiting.length} bytes are lost`;
    throw new PlumblineError('storage/failed', `expected room for ${this.path}, found ${found}`);
  }
}

/** @throws PlumblineError `storage/failed` */
function writing(path: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw new PlumblineError('storage/failed', `expected to write ${path}, found ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** One key on each line. */
const sidecarText = (sidecar: object): string => {
  const lines = Object.entries(sidecar).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  return `{\n${lines.join(',\n')}\n}\n`;
};

/** Pipes and some network disks cannot be asked to write at once. */
const isWithoutSync = (error: unknown): boolean =>
  error instanceof Error &&
  'syscall' in error &&
  error.syscall === 'fdatasync' &&
  'code' in error &&
  error.code === 'EINVAL';

/**
 * A file that grows at its end and survives a cut at any moment up to its last flush. A disk that is full for a while loses
 * nothing: what it refuses waits.
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
import { messageOf, PlumblineError } from '../../model/errors.ts';

/** About an hour of one wearable at 100 Hz. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;
/** A writer that is faster than its flushes. */
const WRITE_AT_BYTES = 1 << 20;

export class DurableFile {
  readonly path: string;
  #file: number | undefined;
  /** Not yet handed to the disk, or refused by it. */
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #writtenBytes = 0;

  /**
   * Looks whether it can be written, and leaves what is there as it is until it is opened.
   * @param files that belong together: none of them may be there
   * @throws PlumblineError `usage` when there is something at its place and `force` is false, `storage/failed`
   */
  constructor(path: string, { force, files = [path] }: { force: boolean; files?: readonly string[] }) {
    this.path = path;
    const existing = files.find((each) => existsSync(each));
    if (existing !== undefined && !force) {
      throw new PlumblineError('usage', `expected no recording yet, found ${existing} (--force overwrites)`);
    }
    writing(path, () => {
      mkdirSync(dirname(path), { recursive: true });
      accessSync(existsSync(path) ? path : dirname(path), constants.W_OK);
    });
  }

  /** Empty from here on. @throws PlumblineError `storage/failed` */
  open(): void {
    writing(this.path, () => {
      this.#file = openSync(this.path, 'w');
    });
  }

  /** A small file that belongs to it. @throws PlumblineError `storage/failed` */
  writeBeside(path: string, text: string): void {
    writing(path, () => writeFileSync(path, text));
  }

  /** Bytes that have been taken so far. */
  get length(): number {
    return this.#writtenBytes + this.#waitingBytes;
  }

  /** Takes the bytes as they are: they must not change afterwards. @throws PlumblineError `storage/failed` when too much is waiting */
  write(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes < WRITE_AT_BYTES) return;
    try {
      this.#handOver();
    } catch (error) {
      this.#keepWaiting(error);
    }
  }

  /**
   * @returns undefined when all is on the disk, else what the disk said; what it refused is written with the next flush.
   * @throws PlumblineError `storage/failed` when too much is waiting to keep it
   */
  flush(): string | undefined {
    if (this.#file === undefined) return undefined;
    try {
      this.#handOver();
      fdatasyncSync(this.#file);
      return undefined;
    } catch (error) {
      if (isWithoutSync(error)) return undefined;
      this.#keepWaiting(error);
      return messageOf(error);
    }
  }

  /** @throws PlumblineError `storage/failed` when the last bytes could not be written */
  close(): void {
    const problem = this.flush();
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    if (problem === undefined) return;
    const found = `${problem}; the last ${this.#waitingBytes} bytes are lost`;
    throw new PlumblineError('storage/failed', `expected room for ${this.path}, found ${found}`);
  }

  #handOver(): void {
    if (this.#file === undefined || this.#waitingBytes === 0) return;
    let rest: Uint8Array = Buffer.concat(this.#waiting);
    try {
      // A write may take less than it was given.
      while (rest.length > 0) rest = rest.subarray(writeSync(this.#file, rest));
    } finally {
      this.#writtenBytes += this.#waitingBytes - rest.length;
      this.#waiting = [rest];
      this.#waitingBytes = rest.length;
    }
  }

  #keepWaiting(error: unknown): void {
    if (this.#waitingBytes <= MAX_WAITING_BYTES) return;
    throw new PlumblineError('storage/failed', `expected room for ${this.path}, found ${messageOf(error)}`, {
      cause: error,
    });
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

/** Pipes and some network disks cannot be asked to write at once. */
const isWithoutSync = (error: unknown): boolean =>
  error instanceof Error &&
  'syscall' in error &&
  error.syscall === 'fdatasync' &&
  'code' in error &&
  error.code === 'EINVAL';

/** The disk and the record on it. */
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { messageOf, PlumblineError } from '../../model/errors.ts';
import { SqliteRecordStore } from '../../sinks/sqlite/sqliteRecordStore.ts';
import { type Finding, finding } from './finding.ts';

const BYTES_PER_GB = 1e9;
const ENOUGH_FREE_BYTES = BYTES_PER_GB;
/** A day of one wearable is a few megabytes; below this the next one may not fit. */
const LEAST_FREE_BYTES = 0.05 * BYTES_PER_GB;

export interface StorageReport {
  readonly findings: readonly Finding[];
  /** A service has the record open: it is this service that uses the ports. */
  readonly serviceRuns: boolean;
}

export function storageChecks(file: string, freeBytesOf: (folder: string) => number = freeBytes): StorageReport {
  const folder = existingFolder(dirname(resolve(file)));
  const record = recordCheck(file);
  return {
    findings: [folderCheck(folder, file), spaceCheck(freeBytesOf(folder)), record.finding],
    serviceRuns: record.isLocked,
  };
}

/** The folder of the record, or the one in which it would be created. */
function existingFolder(folder: string): string {
  return existsSync(folder) ? folder : existingFolder(dirname(folder));
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

function folderCheck(folder: string, file: string): Finding {
  const fix = `sudo chown "$(id -un)" ${folder}, or set another storage.file`;
  if (!statSync(folder).isDirectory()) return finding('folder', 'fail', `${folder} is a file, a folder is needed`, fix);
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return finding('folder', 'ok', `${dirname(file)} can be written`);
  } catch {
    return finding('folder', 'fail', `${folder} cannot be written by this user`, fix);
  }
}

export function spaceCheck(bytes: number): Finding {
  const found = `${(bytes / BYTES_PER_GB).toFixed(1)} GB free`;
  const fix = 'make room, or set storage.file to another disk: what cannot be stored cannot be told';
  if (bytes < LEAST_FREE_BYTES) return finding('disk', 'fail', found, fix);
  return bytes < ENOUGH_FREE_BYTES ? finding('disk', 'warn', found, fix) : finding('disk', 'ok', found);
}

function recordCheck(file: string): { finding: Finding; isLocked: boolean } {
  if (!existsSync(file)) {
    return { finding: finding('record', 'ok', `no ${file} yet, it is created at the first start`), isLocked: false };
  }
  const store = new SqliteRecordStore(file);
  try {
    store.open();
    const damage = store.damage();
    store.close();
    if (damage.length === 0) return { finding: finding('record', 'ok', `${file} is intact`), isLocked: false };
    const found = `${file} is damaged: ${damage[0]}${damage.length > 1 ? ` and ${damage.length - 1} more` : ''}`;
    return { finding: finding('record', 'fail', found, RESTORE), isLocked: false };
  } catch (error) {
    if (!(error instanceof PlumblineError)) throw error;
    if (error.code !== 'storage/locked') {
      return { finding: finding('record', 'fail', messageOf(error), RESTORE), isLocked: false };
    }
    const { pid } = error.context;
    const who = typeof pid === 'number' ? `process ${pid}` : 'another process';
    return { finding: finding('record', 'ok', `${file} is in use by the running service (${who})`), isLocked: true };
  }
}

const RESTORE = 'keep the file, restore a copy of it, or set another storage.file';

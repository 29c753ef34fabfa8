/**
 * One service per record. The lock is an SQLite lock on an empty file beside the record: it belongs to the operating
 * system, so a killed process cannot leave it behind (a file with a process id can). The record itself stays readable
 * for backups and the command line.
 */
import { PlumblineError } from '../../model/errors.ts';
import type { OpenSqlDatabase, SqlDatabase } from './driver.ts';
import { SqliteCode, sqliteCodeOf, sqliteFault } from './sqliteFault.ts';

export class FileLock {
  readonly #recordPath: string;
  readonly #open: OpenSqlDatabase;
  #held: SqlDatabase | undefined;

  constructor(recordPath: string, open: OpenSqlDatabase) {
    this.#recordPath = recordPath;
    this.#open = open;
  }

  /** @throws `storage/locked` naming the record and, where `ownerPid` can tell, the process that has it. */
  acquire(ownerPid: () => number | undefined): void {
    const path = `${this.#recordPath}.lock`;
    let database: SqlDatabase | undefined;
    try {
      database = this.#open(path);
      // No journal file: nothing is ever written under this lock.
      database.exec('PRAGMA journal_mode = MEMORY; PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
      this.#held = database;
    } catch (error) {
      database?.close();
      if (sqliteCodeOf(error) !== SqliteCode.busy) throw sqliteFault(path, 'locking', error);
      const pid = ownerPid();
      throw new PlumblineError(
        'storage/locked',
        `expected to be the only service on "${this.#recordPath}", found ${pid === undefined ? 'another one' : `process ${pid}`} using it`,
        { context: { path: this.#recordPath, pid }, cause: error },
      );
    }
  }

  release(): void {
    const database = this.#held;
    this.#held = undefined;
    if (database === undefined) return;
    // Explicitly: one of the drivers frees a closed file only when its statements are collected.
    database.exec('ROLLBACK');
    database.close();
  }
}

/** The file under the record: locked, in the right schema, statements prepared once, every fault put into words. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { PlumblineError } from '../../model/errors.ts';
import type { OpenSqlDatabase, SqlDatabase, SqlRow, SqlStatement, SqlValue } from './driver.ts';
import { FileLock } from './fileLock.ts';
import { numberIn } from './rows.ts';
import { migrate } from './schema.ts';
import { sqliteFault } from './sqliteFault.ts';

/** What may be done inside `read` and `transaction`. */
export interface Statements {
  readonly run: (sql: string, ...values: SqlValue[]) => void;
  readonly all: (sql: string, ...values: SqlValue[]) => SqlRow[];
}

export class RecordFile {
  readonly #path: string;
  readonly #openDatabase: OpenSqlDatabase;
  readonly #lock: FileLock;
  readonly #prepared = new Map<string, SqlStatement>();
  #database: SqlDatabase | undefined;

  constructor(path: string, openDatabase: OpenSqlDatabase) {
    this.#path = path;
    this.#openDatabase = openDatabase;
    this.#lock = new FileLock(path, openDatabase);
  }

  get isOpen(): boolean {
    return this.#database !== undefined;
  }

  /** @throws `storage/locked` when another service has it, `storage/failed` when it cannot be used. */
  open(): SqlDatabase {
    return this.#inWords('opening', () => {
      mkdirSync(dirname(this.#path), { recursive: true });
      this.#lock.acquire(() => this.#ownerPid());
      try {
        const database = this.#openDatabase(this.#path);
        this.#database = database;
        this.#prepareFor(database);
        this.#statement('INSERT OR REPLACE INTO bookkeeping (name, value) VALUES (?, ?)').run('ownerPid', process.pid);
        return database;
      } catch (error) {
        this.#abandon();
        throw error;
      }
    });
  }

  close(): void {
    if (this.#database === undefined) return;
    try {
      this.#inWords('closing', () => {
        this.#statement('DELETE FROM bookkeeping WHERE name = ?').run('ownerPid');
        // All into the one file, so that a copy of it is a complete backup.
        this.#statement('PRAGMA wal_checkpoint(TRUNCATE)').all();
      });
    } finally {
      this.#abandon();
    }
  }

  read<T>(work: (statements: Statements) => T): T {
    this.#opened();
    return this.#inWords('reading', () => work(this.#statements));
  }

  /** All of `work` or nothing of it; on the disk when it returns. */
  transaction(work: (statements: Statements) => void): void {
    const database = this.#opened();
    this.#inWords('writing', () => {
      database.exec('BEGIN IMMEDIATE');
      try {
        work(this.#statements);
        database.exec('COMMIT');
      } catch (error) {
        rollBack(database);
        throw error;
      }
    });
  }

  readonly #statements: Statements = {
    run: (sql, ...values) => {
      this.#statement(sql).run(...values);
    },
    all: (sql, ...values) => this.#statement(sql).all(...values),
  };

  #prepareFor(database: SqlDatabase): void {
    const mode = database.prepare('PRAGMA journal_mode = WAL').get()?.journal_mode;
    if (mode !== 'wal') {
      throw new PlumblineError(
        'storage/failed',
        `opening "${this.#path}": expected a disk that allows a write-ahead log, found journal mode ${String(mode)}`,
      );
    }
    // FULL: what a call has returned from survives a power cut, not only a killed process.
    database.exec('PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF');
    database.exec('PRAGMA busy_timeout = 2000');
    migrate(database, this.#path);
  }

  /** Who has the record, asked by a service that found it taken. */
  #ownerPid(): number | undefined {
    let database: SqlDatabase | undefined;
    try {
      database = this.#openDatabase(this.#path);
      const row = database.prepare('SELECT value FROM bookkeeping WHERE name = ?').get('ownerPid');
      return row === undefined ? undefined : numberIn(row, 'value');
    } catch {
      return undefined;
    } finally {
      database?.close();
    }
  }

  #abandon(): void {
    this.#prepared.clear();
    this.#database?.close();
    this.#database = undefined;
    this.#lock.release();
  }

  #opened(): SqlDatabase {
    if (this.#database === undefined) throw new Error(`the record "${this.#path}" is not open`);
    return this.#database;
  }

  #statement(sql: string): SqlStatement {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    const statement = this.#opened().prepare(sql);
    this.#prepared.set(sql, statement);
    return statement;
  }

  #inWords<T>(doing: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw sqliteFault(this.#path, doing, error);
    }
  }
}

function rollBack(database: SqlDatabase): void {
  try {
    database.exec('ROLLBACK');
  } catch {
    // SQLite has already rolled back by itself, as it does when the disk is full.
  }
}

/** The record in one SQLite file: every write is one transaction, on the disk when the call returns. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Alert } from '../../model/alert.ts';
import { PlumblineError } from '../../model/errors.ts';
import type { ClinicalEvent } from '../../model/event.ts';
import type { Calibration, Person } from '../../model/person.ts';
import type {
  JournalEntry,
  OutboundMessage,
  RecordBatch,
  RecordStore,
  SeriesSecond,
  StoredMotionEvent,
} from '../../model/ports.ts';
import { BatchWriter } from './batchWriter.ts';
import {
  type OpenSqlDatabase,
  openSqlDatabase,
  type SqlDatabase,
  type SqlRow,
  type SqlStatement,
  type SqlValue,
} from './driver.ts';
import { FileLock } from './fileLock.ts';
import {
  alertFrom,
  calibrationFrom,
  clinicalEventFrom,
  JOURNAL,
  messageFrom,
  motionEventFrom,
  numberIn,
  overrideFrom,
  personFrom,
  secondFrom,
  toJson,
} from './rows.ts';
import { migrate } from './schema.ts';
import { sqliteFault } from './sqliteFault.ts';

/** Sent messages are kept this long, so that the same id is not sent a second time. */
const SENT_KEPT_MS = 30 * 24 * 3600 * 1000;
const SENT_PRUNED_EVERY = 500;

interface EventQuery {
  readonly personId?: string;
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly limit?: number;
}

interface OpenRecord {
  readonly database: SqlDatabase;
  readonly writer: BatchWriter;
  readonly statements: Map<string, SqlStatement>;
}

export class SqliteRecordStore implements RecordStore {
  readonly #path: string;
  readonly #openDatabase: OpenSqlDatabase;
  readonly #lock: FileLock;
  #record: OpenRecord | undefined;
  #sentCount = 0;

  /** The folder of `path` is created when it is missing. */
  constructor(path: string, openDatabase: OpenSqlDatabase = openSqlDatabase) {
    this.#path = path;
    this.#openDatabase = openDatabase;
    this.#lock = new FileLock(path, openDatabase);
  }

  /** @throws `storage/locked` when another service has it, `storage/failed` when it cannot be used. */
  open(): void {
    if (this.#record !== undefined) return;
    this.#guard('opening', () => {
      mkdirSync(dirname(this.#path), { recursive: true });
      this.#lock.acquire(() => this.#ownerPid());
      try {
        this.#record = this.#openRecord();
        this.#saveBookkeeping('ownerPid', process.pid);
      } catch (error) {
        this.#abandon();
        throw error;
      }
    });
  }

  close(): void {
    if (this.#record === undefined) return;
    try {
      this.#guard('closing', () => {
        this.#run('DELETE FROM bookkeeping WHERE name = ?', 'ownerPid');
        // All into the one file, so that a copy of it is a complete backup.
        this.#all('PRAGMA wal_checkpoint(TRUNCATE)');
      });
    } finally {
      this.#abandon();
    }
  }

  write(batch: RecordBatch): void {
    const { writer } = this.#opened();
    this.#transaction(() => writer.write(batch));
  }

  people(): Person[] {
    return this.#guard('reading', () =>
      this.#all('SELECT id, display_name, tier FROM person ORDER BY id').map((row) =>
        personFrom(
          row,
          this.#all(
            'SELECT key, value, reason, set_by FROM limit_override WHERE person_id = ? ORDER BY ordinal',
            String(row.id),
          ).map(overrideFrom),
        ),
      ),
    );
  }

  savePerson(person: Person): void {
    this.#transaction(() => {
      this.#run(
        'INSERT INTO person (id, display_name, tier) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET display_name = excluded.display_name, tier = excluded.tier',
        person.id,
        person.displayName,
        person.tier,
      );
      this.#run('DELETE FROM limit_override WHERE person_id = ?', person.id);
      for (const [ordinal, { key, value, reason, by }] of person.overrides.entries()) {
        this.#run(
          'INSERT INTO limit_override (person_id, ordinal, key, value, reason, set_by) VALUES (?, ?, ?, ?, ?, ?)',
          person.id,
          ordinal,
          key,
          value,
          reason,
          by,
        );
      }
    });
  }

  calibration(personId: string, site: string): Calibration | undefined {
    return this.#guard('reading', () => {
      const rows = this.#all(
        'SELECT body_json FROM calibration WHERE person_id = ? AND site = ? ORDER BY at_ms DESC, id DESC LIMIT 1',
        personId,
        site,
      );
      return rows.map(calibrationFrom)[0];
    });
  }

  /** Earlier ones are kept; `calibration` returns the latest. */
  saveCalibration(personId: string, site: string, calibration: Calibration, atMs: number): void {
    this.#transaction(() => {
      this.#run(
        'INSERT INTO calibration (person_id, site, at_ms, body_json) VALUES (?, ?, ?, ?)',
        personId,
        site,
        Math.round(atMs),
        toJson(calibration),
      );
    });
  }

  motionEvents(query: EventQuery): StoredMotionEvent[] {
    return this.#events('motion_event', query, motionEventFrom);
  }

  clinicalEvents(query: EventQuery): ClinicalEvent[] {
    return this.#events('clinical_event', query, clinicalEventFrom);
  }

  alerts({
    personId,
    openOnly = false,
    limit = -1,
  }: {
    personId?: string;
    openOnly?: boolean;
    limit?: number;
  }): Alert[] {
    const conditions = [
      ...(personId === undefined ? [] : ['person_id = ?']),
      ...(openOnly ? ['closed_ms IS NULL'] : []),
    ];
    const sql = `SELECT * FROM alert ${where(conditions)} ORDER BY raised_ms DESC, id LIMIT ?`;
    return this.#guard('reading', () =>
      this.#all(sql, ...(personId === undefined ? [] : [personId]), limit).map(alertFrom),
    );
  }

  alert(id: string): Alert | undefined {
    return this.#guard('reading', () => this.#all('SELECT * FROM alert WHERE id = ?', id).map(alertFrom)[0]);
  }

  series(query: { personId: string; site: string; fromMs: number; toMs: number }): SeriesSecond[] {
    const { personId, site, fromMs, toMs } = query;
    return this.#guard('reading', () =>
      this.#all(
        'SELECT * FROM series WHERE person_id = ? AND site = ? AND t_ms >= ? AND t_ms < ? ORDER BY t_ms',
        personId,
        site,
        fromMs,
        toMs,
      ).map(secondFrom),
    );
  }

  pendingMessages(limit: number): OutboundMessage[] {
    return this.#guard('reading', () =>
      this.#all('SELECT * FROM outbox WHERE sent_ms IS NULL ORDER BY ordinal LIMIT ?', limit).map(messageFrom),
    );
  }

  markSent(messageId: string, atMs: number): void {
    this.#transaction(() => {
      this.#run('UPDATE outbox SET sent_ms = ? WHERE id = ? AND sent_ms IS NULL', Math.round(atMs), messageId);
      if (++this.#sentCount % SENT_PRUNED_EVERY === 0) {
        this.#run('DELETE FROM outbox WHERE sent_ms < ?', Math.round(atMs) - SENT_KEPT_MS);
      }
    });
  }

  journalAfter(position: number, limit: number): JournalEntry[] {
    return this.#guard('reading', () =>
      JOURNAL.flatMap(({ table, read }) =>
        this.#all(`SELECT * FROM ${table} WHERE position > ? ORDER BY position LIMIT ?`, position, limit).map(read),
      )
        .sort((a, b) => a.position - b.position)
        .slice(0, limit),
    );
  }

  /** 0 for a projection that has not read anything yet. */
  cursor(name: string): number {
    return this.#guard('reading', () => {
      const row = this.#all('SELECT position FROM projection WHERE name = ?', name)[0];
      return row === undefined ? 0 : numberIn(row, 'position');
    });
  }

  saveCursor(name: string, position: number): void {
    this.#transaction(() => {
      this.#run('INSERT OR REPLACE INTO projection (name, position) VALUES (?, ?)', name, position);
    });
  }

  /** What is wrong with the file, in SQLite's words; empty: nothing. Reads all of it. */
  damage(): string[] {
    return this.#guard('checking', () =>
      this.#all('PRAGMA integrity_check')
        .map((row) => String(row.integrity_check))
        .filter((line) => line !== 'ok'),
    );
  }

  #events<T>(table: string, query: EventQuery, read: (row: SqlRow) => T): T[] {
    const parts = [
      { condition: 'person_id = ?', value: query.personId },
      { condition: 'start_ms >= ?', value: query.fromMs },
      { condition: 'start_ms < ?', value: query.toMs },
    ];
    const conditions: string[] = [];
    const values: SqlValue[] = [];
    for (const { condition, value } of parts) {
      if (value === undefined) continue;
      conditions.push(condition);
      values.push(value);
    }
    const sql = `SELECT * FROM ${table} ${where(conditions)} ORDER BY start_ms DESC, position DESC LIMIT ?`;
    return this.#guard('reading', () => this.#all(sql, ...values, query.limit ?? -1).map(read));
  }

  #openRecord(): OpenRecord {
    const database = this.#openDatabase(this.#path);
    try {
      const mode = database.prepare('PRAGMA journal_mode = WAL').get()?.journal_mode;
      if (mode !== 'wal') {
        throw new PlumblineError(
          'storage/failed',
          `opening "${this.#path}": expected a disk that allows a write-ahead log, found journal mode ${String(mode)}`,
        );
      }
      // FULL: what a call has returned from survives a power cut, not only a killed process.
      database.exec(
        'PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA busy_timeout = 2000',
      );
      migrate(database, this.#path);
      return { database, writer: new BatchWriter(database), statements: new Map() };
    } catch (error) {
      database.close();
      throw error;
    }
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

  #saveBookkeeping(name: string, value: number): void {
    this.#run('INSERT OR REPLACE INTO bookkeeping (name, value) VALUES (?, ?)', name, value);
  }

  #abandon(): void {
    this.#record?.database.close();
    this.#record = undefined;
    this.#lock.release();
  }

  #opened(): OpenRecord {
    if (this.#record === undefined) throw new Error(`the record "${this.#path}" is not open`);
    return this.#record;
  }

  #statement(sql: string): SqlStatement {
    const { database, statements } = this.#opened();
    let statement = statements.get(sql);
    if (statement === undefined) {
      statement = database.prepare(sql);
      statements.set(sql, statement);
    }
    return statement;
  }

  #run(sql: string, ...values: SqlValue[]): void {
    this.#statement(sql).run(...values);
  }

  #all(sql: string, ...values: SqlValue[]): SqlRow[] {
    return this.#statement(sql).all(...values);
  }

  #transaction(work: () => void): void {
    const { database } = this.#opened();
    this.#guard('writing', () => {
      database.exec('BEGIN IMMEDIATE');
      try {
        work();
        database.exec('COMMIT');
      } catch (error) {
        try {
          database.exec('ROLLBACK');
        } catch {
          // SQLite has already rolled back by itself, as it does when the disk is full.
        }
        throw error;
      }
    });
  }

  #guard<T>(doing: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw sqliteFault(this.#path, doing, error);
    }
  }
}

const where = (conditions: readonly string[]): string =>
  conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;

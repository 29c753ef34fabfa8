/** The record in one SQLite file: every write is one transaction, on the disk when the call returns. */
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
import { type OpenSqlDatabase, openSqlDatabase, type SqlRow, type SqlValue } from './driver.ts';
import { RecordFile } from './recordFile.ts';
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

/** Sent messages are kept this long, so that the same id is not sent a second time. */
const SENT_KEPT_MS = 30 * 24 * 3600 * 1000;
const PRUNED_EVERY_SENT = 500;
/** SQLite's word for "no limit". */
const ALL = -1;

interface EventQuery {
  readonly personId?: string;
  /** Half-open span of the start, Unix ms. */
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly limit?: number;
}

export class SqliteRecordStore implements RecordStore {
  readonly #file: RecordFile;
  #writer: BatchWriter | undefined;
  #sentCount = 0;

  /** The folder of `path` is created when it is missing. */
  constructor(path: string, openDatabase: OpenSqlDatabase = openSqlDatabase) {
    this.#file = new RecordFile(path, openDatabase);
  }

  /** @throws `storage/locked` when another service has it, `storage/failed` when it cannot be used. */
  open(): void {
    if (!this.#file.isOpen) this.#writer = new BatchWriter(this.#file.open());
  }

  close(): void {
    this.#writer = undefined;
    this.#file.close();
  }

  write(batch: RecordBatch): void {
    this.#file.transaction(() => this.#writer?.write(batch));
  }

  people(): Person[] {
    const overrides = 'SELECT key, value, reason, set_by FROM limit_override WHERE person_id = ? ORDER BY ordinal';
    return this.#file.read(({ all }) =>
      all('SELECT id, display_name, tier FROM person ORDER BY id').map((row) =>
        personFrom(row, all(overrides, String(row.id)).map(overrideFrom)),
      ),
    );
  }

  savePerson({ id, displayName, tier, overrides }: Person): void {
    this.#file.transaction(({ run }) => {
      run(
        `INSERT INTO person (id, display_name, tier) VALUES (?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET display_name = excluded.display_name, tier = excluded.tier`,
        id,
        displayName,
        tier,
      );
      run('DELETE FROM limit_override WHERE person_id = ?', id);
      const insert =
        'INSERT INTO limit_override (person_id, ordinal, key, value, reason, set_by) VALUES (?, ?, ?, ?, ?, ?)';
      for (const [ordinal, { key, value, reason, by }] of overrides.entries()) {
        run(insert, id, ordinal, key, value, reason, by);
      }
    });
  }

  calibration(personId: string, site: string): Calibration | undefined {
    const latest =
      'SELECT body_json FROM calibration WHERE person_id = ? AND site = ? ORDER BY at_ms DESC, id DESC LIMIT 1';
    return this.#file.read(({ all }) => all(latest, personId, site).map(calibrationFrom)[0]);
  }

  /** Earlier ones are kept; `calibration` returns the latest. */
  saveCalibration(personId: string, site: string, calibration: Calibration, atMs: number): void {
    const insert = 'INSERT INTO calibration (person_id, site, at_ms, body_json) VALUES (?, ?, ?, ?)';
    this.#file.transaction(({ run }) => run(insert, personId, site, Math.round(atMs), toJson(calibration)));
  }

  motionEvents(query: EventQuery): StoredMotionEvent[] {
    return this.#events('motion_event', query, motionEventFrom);
  }

  clinicalEvents(query: EventQuery): ClinicalEvent[] {
    return this.#events('clinical_event', query, clinicalEventFrom);
  }

  alerts(query: { personId?: string; openOnly?: boolean; limit?: number }): Alert[] {
    const { sql, values } = filter({ 'person_id = ?': query.personId }, query.openOnly ? ['closed_ms IS NULL'] : []);
    const select = `SELECT * FROM alert ${sql} ORDER BY raised_ms DESC, id LIMIT ?`;
    return this.#file.read(({ all }) => all(select, ...values, query.limit ?? ALL).map(alertFrom));
  }

  alert(id: string): Alert | undefined {
    return this.#file.read(({ all }) => all('SELECT * FROM alert WHERE id = ?', id).map(alertFrom)[0]);
  }

  series(query: { personId: string; site: string; fromMs: number; toMs: number }): SeriesSecond[] {
    const { personId, site, fromMs, toMs } = query;
    const select = 'SELECT * FROM series WHERE person_id = ? AND site = ? AND t_ms >= ? AND t_ms < ? ORDER BY t_ms';
    return this.#file.read(({ all }) => all(select, personId, site, fromMs, toMs).map(secondFrom));
  }

  latestSecondMs(personId: string, site: string): number | undefined {
    const select = 'SELECT t_ms FROM series WHERE person_id = ? AND site = ? ORDER BY t_ms DESC LIMIT 1';
    return this.#file.read(({ all }) => all(select, personId, site).map((row) => numberIn(row, 't_ms'))[0]);
  }

  pendingMessages(limit: number): OutboundMessage[] {
    const select = 'SELECT * FROM outbox WHERE sent_ms IS NULL ORDER BY ordinal LIMIT ?';
    return this.#file.read(({ all }) => all(select, limit).map(messageFrom));
  }

  markSent(messageId: string, atMs: number): void {
    const sentMs = Math.round(atMs);
    this.#file.transaction(({ run }) => {
      run('UPDATE outbox SET sent_ms = ? WHERE id = ? AND sent_ms IS NULL', sentMs, messageId);
      if (++this.#sentCount % PRUNED_EVERY_SENT === 0) {
        run('DELETE FROM outbox WHERE sent_ms < ?', sentMs - SENT_KEPT_MS);
      }
    });
  }

  journalAfter(position: number, limit: number): JournalEntry[] {
    return this.#file.read(({ all }) =>
      JOURNAL.flatMap(({ table, read }) =>
        all(`SELECT * FROM ${table} WHERE position > ? ORDER BY position LIMIT ?`, position, limit).map(read),
      )
        .sort((a, b) => a.position - b.position)
        .slice(0, limit),
    );
  }

  /** Positions have no gaps and rows of the journal are never deleted: the last position tells. */
  journalCount(position: number, limit: number): number {
    return this.#file.read(({ all }) => {
      const row = all(`SELECT value FROM bookkeeping WHERE name = 'position'`)[0];
      const lastPosition = row === undefined ? 0 : numberIn(row, 'value');
      return Math.min(limit, Math.max(0, lastPosition - position));
    });
  }

  /** 0 for a projection that has not read anything yet. */
  cursor(name: string): number {
    return this.#file.read(({ all }) => {
      const row = all('SELECT position FROM projection WHERE name = ?', name)[0];
      return row === undefined ? 0 : numberIn(row, 'position');
    });
  }

  saveCursor(name: string, position: number): void {
    const replace = 'INSERT OR REPLACE INTO projection (name, position) VALUES (?, ?)';
    this.#file.transaction(({ run }) => run(replace, name, position));
  }

  /** What is wrong with the file, in SQLite's words; empty: nothing. Reads all of it. */
  damage(): string[] {
    try {
      return this.#file
        .read(({ all }) => all('PRAGMA integrity_check').map((row) => String(row.integrity_check)))
        .filter((line) => line !== 'ok');
    } catch (error) {
      // Damaged so much that it cannot even be checked.
      if (error instanceof PlumblineError) return [error.message];
      throw error;
    }
  }

  #events<T>(table: string, query: EventQuery, read: (row: SqlRow) => T): T[] {
    const { personId, fromMs, toMs, limit = ALL } = query;
    const { sql, values } = filter({ 'person_id = ?': personId, 'start_ms >= ?': fromMs, 'start_ms < ?': toMs });
    const select = `SELECT * FROM ${table} ${sql} ORDER BY start_ms DESC, position DESC LIMIT ?`;
    return this.#file.read(({ all }) => all(select, ...values, limit).map(read));
  }
}

/** Conditions with a value that is asked for, and those without any. */
function filter(
  asked: Readonly<Record<string, SqlValue | undefined>>,
  always: readonly string[] = [],
): { sql: string; values: SqlValue[] } {
  const conditions = [...always];
  const values: SqlValue[] = [];
  for (const [condition, value] of Object.entries(asked)) {
    if (value === undefined) continue;
    conditions.push(condition);
    values.push(value);
  }
  return { sql: conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`, values };
}

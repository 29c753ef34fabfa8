/** Puts the parts of a batch into their tables; the transaction around it belongs to the caller. */
import type { Alert } from '../../model/alert.ts';
import type { ClinicalEvent } from '../../model/event.ts';
import type { DeviceHealth, OutboundMessage, RecordBatch, SeriesSecond, StoredMotionEvent } from '../../model/ports.ts';
import type { SqlDatabase, SqlStatement, SqlValue } from './driver.ts';
import { numberIn, toJson } from './rows.ts';

const POSITION = 'position';

/** Columns of a table; what is already there stays as it is. */
function insertion(table: string, columns: readonly string[]): string {
  const places = columns.map(() => '?').join(', ');
  return `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places}) ON CONFLICT DO NOTHING`;
}

const MOTION_EVENT = ['position', 'id', 'person_id', 'site', 'type', 'start_ms', 'end_ms', 'body_json'];
const CLINICAL_EVENT = [
  ...['position', 'id', 'person_id', 'rule_id', 'kind', 'severity', 'start_ms', 'decided_ms', 'confidence', 'text'],
  ...['because', 'values_json'],
];
const SERIES = ['position', 'person_id', 'site', 't_ms', 'activity', 'coverage', 'values_json'];
const HEALTH = ['position', 't_ms', 'person_id', 'device_id', 'state', 'body_json'];
const OUTBOX = ['id', 'topic', 'payload', 'retain', 'qos', 'expires_ms'];
const ALERT = [
  ...['id', 'person_id', 'kind', 'rule_id', 'severity', 'text', 'because', 'active', 'raised_ms', 'last_ms', 'count'],
  ...['ack_by', 'ack_ms', 'closed_ms'],
];

export class BatchWriter {
  readonly #motionEvent: SqlStatement;
  readonly #clinicalEvent: SqlStatement;
  readonly #series: SqlStatement;
  readonly #health: SqlStatement;
  readonly #outbox: SqlStatement;
  readonly #alert: SqlStatement;
  readonly #readPosition: SqlStatement;
  readonly #savePosition: SqlStatement;
  #position = 0;

  constructor(database: SqlDatabase) {
    this.#motionEvent = database.prepare(insertion('motion_event', MOTION_EVENT));
    this.#clinicalEvent = database.prepare(insertion('clinical_event', CLINICAL_EVENT));
    this.#series = database.prepare(insertion('series', SERIES));
    this.#health = database.prepare(insertion('health', HEALTH));
    this.#outbox = database.prepare(insertion('outbox', OUTBOX));
    this.#alert = database.prepare(
      `INSERT OR REPLACE INTO alert (${ALERT.join(', ')}) VALUES (${ALERT.map(() => '?').join(', ')})`,
    );
    this.#readPosition = database.prepare('SELECT value FROM bookkeeping WHERE name = ?');
    this.#savePosition = database.prepare('INSERT OR REPLACE INTO bookkeeping (name, value) VALUES (?, ?)');
  }

  write(batch: RecordBatch): void {
    const row = this.#readPosition.get(POSITION);
    const before = row === undefined ? 0 : numberIn(row, 'value');
    this.#position = before;
    for (const stored of batch.motionEvents ?? []) this.#putMotionEvent(stored);
    for (const event of batch.clinicalEvents ?? []) this.#putClinicalEvent(event);
    for (const alert of batch.alerts ?? []) this.#putAlert(alert);
    for (const message of batch.outbox ?? []) this.#putMessage(message);
    for (const second of batch.series ?? []) this.#putSecond(second);
    for (const { tMs, health } of batch.health ?? []) this.#putHealth(tMs, health);
    if (this.#position !== before) this.#savePosition.run(POSITION, this.#position);
  }

  /** A row that was there already takes no position. */
  #journal(statement: SqlStatement, ...values: SqlValue[]): void {
    this.#position += statement.run(this.#position + 1, ...values);
  }

  #putMotionEvent({ id, personId, site, event }: StoredMotionEvent): void {
    const [startMs, endMs] = [Math.round(event.startS * 1000), Math.round(event.endS * 1000)];
    this.#journal(this.#motionEvent, id, personId, site, event.type, startMs, endMs, toJson(event));
  }

  #putClinicalEvent(event: ClinicalEvent): void {
    const { id, personId, ruleId, kind, severity, confidence, text, because } = event;
    const [startMs, decidedMs] = [Math.round(event.startMs), Math.round(event.decidedMs)];
    const values = toJson(event.values);
    this.#journal(
      this.#clinicalEvent,
      ...[id, personId, ruleId, kind, severity, startMs, decidedMs, confidence, text, because, values],
    );
  }

  #putAlert(alert: Alert): void {
    const { id, personId, kind, ruleId, severity, text, because, count, acknowledged } = alert;
    this.#alert.run(
      ...[id, personId, kind, ruleId, severity, text, because, alert.active ? 1 : 0],
      ...[Math.round(alert.raisedMs), Math.round(alert.lastMs), count],
      ...[acknowledged?.by ?? null, roundedOrNull(acknowledged?.atMs), roundedOrNull(alert.closedMs)],
    );
  }

  #putMessage({ id, topic, payload, retain, qos, expiresMs }: OutboundMessage): void {
    this.#outbox.run(id, topic, payload, retain ? 1 : 0, qos, roundedOrNull(expiresMs));
  }

  #putSecond({ personId, site, tMs, activity, coverage, values }: SeriesSecond): void {
    this.#journal(this.#series, personId, site, Math.round(tMs), activity, coverage, toJson(values));
  }

  #putHealth(tMs: number, health: DeviceHealth): void {
    const { personId, deviceId, state } = health;
    this.#journal(this.#health, Math.round(tMs), personId, deviceId, state, toJson(health));
  }
}

const roundedOrNull = (ms: number | undefined): number | null => (ms === undefined ? null : Math.round(ms));

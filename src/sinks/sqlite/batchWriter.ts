/** Puts the parts of a batch into their tables; the transaction around it belongs to the caller. */
import type { Alert } from '../../model/alert.ts';
import type { ClinicalEvent } from '../../model/event.ts';
import type { DeviceHealth, OutboundMessage, RecordBatch, SeriesSecond, StoredMotionEvent } from '../../model/ports.ts';
import type { SqlDatabase, SqlStatement, SqlValue } from './driver.ts';
import { numberIn, toJson } from './rows.ts';

/** Column by column, what of an item goes into it. */
type Columns<T> = Readonly<Record<string, (item: T) => SqlValue>>;

const MOTION_EVENT: Columns<StoredMotionEvent> = {
  id: ({ id }) => id,
  person_id: ({ personId }) => personId,
  site: ({ site }) => site,
  type: ({ event }) => event.type,
  start_ms: ({ event }) => Math.round(event.startS * 1000),
  end_ms: ({ event }) => Math.round(event.endS * 1000),
  body_json: ({ event }) => toJson(event),
};

const CLINICAL_EVENT: Columns<ClinicalEvent> = {
  id: ({ id }) => id,
  person_id: ({ personId }) => personId,
  rule_id: ({ ruleId }) => ruleId,
  kind: ({ kind }) => kind,
  severity: ({ severity }) => severity,
  start_ms: ({ startMs }) => Math.round(startMs),
  decided_ms: ({ decidedMs }) => Math.round(decidedMs),
  confidence: ({ confidence }) => confidence,
  text: ({ text }) => text,
  because: ({ because }) => because,
  values_json: ({ values }) => toJson(values),
};

const SERIES: Columns<SeriesSecond> = {
  person_id: ({ personId }) => personId,
  site: ({ site }) => site,
  t_ms: ({ tMs }) => Math.round(tMs),
  activity: ({ activity }) => activity,
  coverage: ({ coverage }) => coverage,
  values_json: ({ values }) => toJson(values),
};

const HEALTH: Columns<{ readonly tMs: number; readonly health: DeviceHealth }> = {
  t_ms: ({ tMs }) => Math.round(tMs),
  person_id: ({ health }) => health.personId,
  device_id: ({ health }) => health.deviceId,
  state: ({ health }) => health.state,
  body_json: ({ health }) => toJson(health),
};

const ALERT: Columns<Alert> = {
  id: ({ id }) => id,
  person_id: ({ personId }) => personId,
  kind: ({ kind }) => kind,
  rule_id: ({ ruleId }) => ruleId,
  severity: ({ severity }) => severity,
  text: ({ text }) => text,
  because: ({ because }) => because,
  active: ({ active }) => (active ? 1 : 0),
  raised_ms: ({ raisedMs }) => Math.round(raisedMs),
  last_ms: ({ lastMs }) => Math.round(lastMs),
  count: ({ count }) => count,
  ack_by: ({ acknowledged }) => acknowledged?.by ?? null,
  ack_ms: ({ acknowledged }) => roundedOrNull(acknowledged?.atMs),
  closed_ms: ({ closedMs }) => roundedOrNull(closedMs),
};

const OUTBOX: Columns<OutboundMessage> = {
  id: ({ id }) => id,
  topic: ({ topic }) => topic,
  payload: ({ payload }) => payload,
  retain: ({ retain }) => (retain ? 1 : 0),
  qos: ({ qos }) => qos,
  expires_ms: ({ expiresMs }) => roundedOrNull(expiresMs),
};

function roundedOrNull(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.round(ms);
}

/** Returns the number of rows that were written, given the values of any columns that come first. */
type Insert<T> = (item: T, ...first: SqlValue[]) => number;

function insertion<T>(
  database: SqlDatabase,
  table: string,
  columns: Columns<T>,
  {
    verb = 'INSERT',
    tail = 'ON CONFLICT DO NOTHING',
    first = [],
  }: { verb?: string; tail?: string; first?: string[] } = {},
): Insert<T> {
  const names = [...first, ...Object.keys(columns)];
  const values = Object.values(columns);
  const places = names.map(() => '?').join(', ');
  const statement = database.prepare(`${verb} INTO ${table} (${names.join(', ')}) VALUES (${places}) ${tail}`);
  return (item, ...firstValues) => statement.run(...firstValues, ...values.map((value) => value(item)));
}

export class BatchWriter {
  readonly #motionEvent: Insert<StoredMotionEvent>;
  readonly #clinicalEvent: Insert<ClinicalEvent>;
  readonly #series: Insert<SeriesSecond>;
  readonly #health: Insert<{ readonly tMs: number; readonly health: DeviceHealth }>;
  readonly #alert: Insert<Alert>;
  readonly #outbox: Insert<OutboundMessage>;
  readonly #readPosition: SqlStatement;
  readonly #savePosition: SqlStatement;

  constructor(database: SqlDatabase) {
    const first = ['position'];
    this.#motionEvent = insertion(database, 'motion_event', MOTION_EVENT, { first });
    this.#clinicalEvent = insertion(database, 'clinical_event', CLINICAL_EVENT, { first });
    this.#series = insertion(database, 'series', SERIES, { first });
    this.#health = insertion(database, 'health', HEALTH, { first });
    this.#alert = insertion(database, 'alert', ALERT, { verb: 'INSERT OR REPLACE', tail: '' });
    this.#outbox = insertion(database, 'outbox', OUTBOX);
    this.#readPosition = database.prepare(`SELECT value FROM bookkeeping WHERE name = 'position'`);
    this.#savePosition = database.prepare(`INSERT OR REPLACE INTO bookkeeping (name, value) VALUES ('position', ?)`);
  }

  write(batch: RecordBatch): void {
    const row = this.#readPosition.get();
    const before = row === undefined ? 0 : numberIn(row, 'value');
    let position = before;
    // A row that was there already takes no position.
    const journal = <T>(insert: Insert<T>, items: readonly T[] = []): void => {
      for (const item of items) position += insert(item, position + 1);
    };
    journal(this.#motionEvent, batch.motionEvents);
    journal(this.#clinicalEvent, batch.clinicalEvents);
    journal(this.#series, batch.series);
    journal(this.#health, batch.health);
    for (const alert of batch.alerts ?? []) this.#alert(alert);
    for (const message of batch.outbox ?? []) this.#outbox(message);
    if (position !== before) this.#savePosition.run(position);
  }
}

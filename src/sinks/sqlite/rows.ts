/** Rows of the record ↔ the words of `model/`. Columns are named one by one: drivers add keys of their own. */
import type { Alert } from '../../model/alert.ts';
import { messageOf, PlumblineError } from '../../model/errors.ts';
import { type ClinicalEvent, type MotionEvent, SEVERITIES, type Severity } from '../../model/event.ts';
import type { Calibration, LimitOverride, Person, Tier } from '../../model/person.ts';
import { TIERS } from '../../model/person.ts';
import type {
  DeviceHealth,
  JournalEntry,
  OutboundMessage,
  SeriesSecond,
  StoredMotionEvent,
} from '../../model/ports.ts';
import type { SqlRow } from './driver.ts';

function damaged(row: SqlRow, column: string, expected: string): PlumblineError {
  return new PlumblineError(
    'storage/failed',
    `reading the record: expected ${expected} in column ${column}, found ${String(row[column])}`,
    { context: { column, id: row.id, position: row.position } },
  );
}

function textIn(row: SqlRow, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw damaged(row, column, 'text');
  return value;
}

export function numberIn(row: SqlRow, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw damaged(row, column, 'a number');
  return value;
}

const numberOrAbsent = (row: SqlRow, column: string): number | undefined =>
  row[column] === null ? undefined : numberIn(row, column);

function oneOf<T extends string>(row: SqlRow, column: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === row[column]);
  if (found === undefined) throw damaged(row, column, choices.join(', '));
  return found;
}

/** Written by `toJson` only, hence of the shape that the column's table says. */
function jsonIn(row: SqlRow, column: string): unknown {
  try {
    return JSON.parse(textIn(row, column));
  } catch (error) {
    throw error instanceof PlumblineError ? error : damaged(row, column, `JSON (${messageOf(error)})`);
  }
}

/** A number that is missing is left out: JSON would turn NaN to null, which is not a number that anyone measured. */
export function toJson(value: object): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'number' && !Number.isFinite(part) ? undefined : part,
  );
}

export function motionEventFrom(row: SqlRow): StoredMotionEvent {
  return {
    personId: textIn(row, 'person_id'),
    id: textIn(row, 'id'),
    site: textIn(row, 'site'),
    event: jsonIn(row, 'body_json') as MotionEvent,
  };
}

export function clinicalEventFrom(row: SqlRow): ClinicalEvent {
  return {
    id: textIn(row, 'id'),
    personId: textIn(row, 'person_id'),
    ruleId: textIn(row, 'rule_id'),
    kind: textIn(row, 'kind'),
    severity: oneOf<Severity>(row, 'severity', SEVERITIES),
    startMs: numberIn(row, 'start_ms'),
    decidedMs: numberIn(row, 'decided_ms'),
    confidence: numberIn(row, 'confidence'),
    text: textIn(row, 'text'),
    values: jsonIn(row, 'values_json') as Record<string, number | string>,
    because: textIn(row, 'because'),
  };
}

export function secondFrom(row: SqlRow): SeriesSecond {
  return {
    personId: textIn(row, 'person_id'),
    site: textIn(row, 'site'),
    tMs: numberIn(row, 't_ms'),
    values: jsonIn(row, 'values_json') as Record<string, number>,
    activity: textIn(row, 'activity'),
    coverage: numberIn(row, 'coverage'),
  };
}

export function alertFrom(row: SqlRow): Alert {
  const closedMs = numberOrAbsent(row, 'closed_ms');
  return {
    id: textIn(row, 'id'),
    personId: textIn(row, 'person_id'),
    kind: textIn(row, 'kind'),
    ruleId: textIn(row, 'rule_id'),
    severity: oneOf<Severity>(row, 'severity', SEVERITIES),
    text: textIn(row, 'text'),
    because: textIn(row, 'because'),
    active: numberIn(row, 'active') === 1,
    raisedMs: numberIn(row, 'raised_ms'),
    lastMs: numberIn(row, 'last_ms'),
    count: numberIn(row, 'count'),
    ...(row.ack_by === null ? {} : { acknowledged: { by: textIn(row, 'ack_by'), atMs: numberIn(row, 'ack_ms') } }),
    ...(closedMs === undefined ? {} : { closedMs }),
  };
}

export function messageFrom(row: SqlRow): OutboundMessage {
  const expiresMs = numberOrAbsent(row, 'expires_ms');
  return {
    id: textIn(row, 'id'),
    topic: textIn(row, 'topic'),
    payload: textIn(row, 'payload'),
    retain: numberIn(row, 'retain') === 1,
    qos: numberIn(row, 'qos') === 1 ? 1 : 0,
    ...(expiresMs === undefined ? {} : { expiresMs }),
  };
}

export function personFrom(row: SqlRow, overrides: readonly LimitOverride[]): Person {
  return {
    id: textIn(row, 'id'),
    displayName: textIn(row, 'display_name'),
    tier: oneOf<Tier>(row, 'tier', TIERS),
    overrides,
  };
}

export function overrideFrom(row: SqlRow): LimitOverride {
  return {
    key: textIn(row, 'key'),
    value: numberIn(row, 'value'),
    reason: textIn(row, 'reason'),
    by: textIn(row, 'set_by'),
  };
}

export const calibrationFrom = (row: SqlRow): Calibration => jsonIn(row, 'body_json') as Calibration;

/** One reader per kind of row that a projection is caught up from. */
export const JOURNAL: readonly { readonly table: string; readonly read: (row: SqlRow) => JournalEntry }[] = [
  {
    table: 'series',
    read: (row) => ({ position: numberIn(row, 'position'), kind: 'series', second: secondFrom(row) }),
  },
  {
    table: 'motion_event',
    read: (row) => ({ position: numberIn(row, 'position'), kind: 'motionEvent', stored: motionEventFrom(row) }),
  },
  {
    table: 'clinical_event',
    read: (row) => ({ position: numberIn(row, 'position'), kind: 'clinicalEvent', event: clinicalEventFrom(row) }),
  },
  {
    table: 'health',
    read: (row) => ({
      position: numberIn(row, 'position'),
      kind: 'health',
      tMs: numberIn(row, 't_ms'),
      health: jsonIn(row, 'body_json') as DeviceHealth,
    }),
  },
];

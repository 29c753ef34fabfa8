/**
 * Tables of the record and the way from older ones. All times are Unix milliseconds.
 *
 * Everything that a projection is caught up from (series, events, health) takes its `position` from one counter:
 * the journal is those tables read in the order of their positions.
 */
import { PlumblineError } from '../../model/errors.ts';
import type { SqlDatabase } from './driver.ts';

const FIRST = `
CREATE TABLE bookkeeping (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE person (
  id TEXT PRIMARY KEY,
  display_name TEXT NOT NULL,
  tier TEXT NOT NULL CHECK (tier IN ('T1', 'T2', 'T3'))
) STRICT, WITHOUT ROWID;

CREATE TABLE limit_override (
  person_id TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL,
  key TEXT NOT NULL,
  value REAL NOT NULL,
  reason TEXT NOT NULL,
  set_by TEXT NOT NULL,
  PRIMARY KEY (person_id, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE calibration (
  id INTEGER PRIMARY KEY,
  person_id TEXT NOT NULL,
  site TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  body_json TEXT NOT NULL
) STRICT;
CREATE INDEX calibration_latest ON calibration (person_id, site, at_ms, id);

CREATE TABLE motion_event (
  position INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE CHECK (id <> ''),
  person_id TEXT NOT NULL,
  site TEXT NOT NULL,
  type TEXT NOT NULL,
  start_ms INTEGER NOT NULL,
  end_ms INTEGER NOT NULL,
  body_json TEXT NOT NULL
) STRICT;
CREATE INDEX motion_event_start ON motion_event (start_ms, position);
CREATE INDEX motion_event_person ON motion_event (person_id, start_ms, position);

CREATE TABLE clinical_event (
  position INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE CHECK (id <> ''),
  person_id TEXT NOT NULL,
  rule_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  severity TEXT NOT NULL CHECK (severity IN ('none', 'low', 'medium', 'high')),
  start_ms INTEGER NOT NULL,
  decided_ms INTEGER NOT NULL,
  confidence REAL NOT NULL,
  text TEXT NOT NULL,
  because TEXT NOT NULL,
  values_json TEXT NOT NULL
) STRICT;
CREATE INDEX clinical_event_start ON clinical_event (start_ms, position);
CREATE INDEX clinical_event_person ON clinical_event (person_id, start_ms, position);

CREATE TABLE series (
  position INTEGER PRIMARY KEY,
  person_id TEXT NOT NULL,
  site TEXT NOT NULL,
  t_ms INTEGER NOT NULL,
  activity TEXT NOT NULL,
  coverage REAL NOT NULL,
  values_json TEXT NOT NULL,
  UNIQUE (person_id, site, t_ms)
) STRICT;

CREATE TABLE health (
  position INTEGER PRIMARY KEY,
  t_ms INTEGER NOT NULL,
  person_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  state TEXT NOT NULL,
  body_json TEXT NOT NULL
) STRICT;

CREATE TABLE alert (
  id TEXT PRIMARY KEY CHECK (id <> ''),
  person_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  rule_id TEXT NOT NULL,
  severity TEXT NOT NULL CHECK (severity IN ('none', 'low', 'medium', 'high')),
  text TEXT NOT NULL,
  because TEXT NOT NULL,
  active INTEGER NOT NULL CHECK (active IN (0, 1)),
  raised_ms INTEGER NOT NULL,
  last_ms INTEGER NOT NULL,
  count INTEGER NOT NULL CHECK (count >= 1),
  ack_by TEXT,
  ack_ms INTEGER,
  closed_ms INTEGER,
  CHECK ((ack_by IS NULL) = (ack_ms IS NULL))
) STRICT;
CREATE INDEX alert_raised ON alert (raised_ms);
CREATE INDEX alert_open ON alert (person_id, kind) WHERE closed_ms IS NULL;

CREATE TABLE outbox (
  ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE CHECK (id <> ''),
  topic TEXT NOT NULL CHECK (topic <> ''),
  payload TEXT NOT NULL,
  retain INTEGER NOT NULL CHECK (retain IN (0, 1)),
  qos INTEGER NOT NULL CHECK (qos IN (0, 1)),
  expires_ms INTEGER,
  sent_ms INTEGER
) STRICT;
CREATE INDEX outbox_pending ON outbox (ordinal) WHERE sent_ms IS NULL;
CREATE INDEX outbox_sent ON outbox (sent_ms) WHERE sent_ms IS NOT NULL;

CREATE TABLE projection (name TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`;

/** Entry n leads from `user_version` n to n + 1. Published entries never change. */
const MIGRATIONS: readonly string[] = [FIRST];

/** @throws `storage/failed` when the record was written by a newer version of the program. */
export function migrate(database: SqlDatabase, path: string): void {
  const found = Number(database.prepare('PRAGMA user_version').get()?.user_version);
  if (found > MIGRATIONS.length) {
    throw new PlumblineError(
      'storage/failed',
      `opening "${path}": expected a record of schema ${MIGRATIONS.length} or older, found schema ${found}; use a newer version of the program`,
      { context: { path, schema: found } },
    );
  }
  for (const [version, sql] of MIGRATIONS.entries()) {
    if (version < found) continue;
    database.exec(`BEGIN IMMEDIATE; ${sql} PRAGMA user_version = ${version + 1}; COMMIT`);
  }
}

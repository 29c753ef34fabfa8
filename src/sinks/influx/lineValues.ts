/**
 * A row of the record → one point, checked so that what reaches the client cannot be misread: the client does not escape a
 * newline in a tag, which would write a second line, and writes NaN and `undefined` as they are.
 */
import { PlumblineError } from '../../model/errors.ts';
import type { ClinicalEvent } from '../../model/event.ts';
import type { DeviceHealth, JournalEntry, SeriesSecond, StoredMotionEvent } from '../../model/ports.ts';
import type { EventSlots } from './eventSlots.ts';
import { type InfluxMeasurement, influxFieldName } from './schema.ts';

export interface InfluxPoint {
  readonly measurement: InfluxMeasurement['name'];
  readonly database: InfluxMeasurement['database'];
  readonly tags: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, number | string>>;
  /** Unix ms. */
  readonly timestamp: number;
}

const TAG_VALUE = /^[A-Za-z0-9_.:-]{1,64}$/;
/** InfluxDB takes nanoseconds as a signed 64-bit number. */
const LAST_TIME_MS = 9_223_372_036_854;

type Candidate = {
  readonly measurement: InfluxMeasurement['name'];
  readonly tags: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly tMs: number;
};

/** @throws PlumblineError `influx/rejected`: this row will never be accepted. */
export function pointOf(
  entry: JournalEntry,
  measurements: readonly InfluxMeasurement[],
  slots: EventSlots,
): InfluxPoint {
  const candidate = candidateOf(entry, slots);
  const measurement = measurements.find(({ name }) => name === candidate.measurement);
  if (!measurement) throw rejected(entry, `a measurement called ${candidate.measurement}`, 'none in the schema');
  const fields = typedFields(entry, candidate.fields, measurement);
  if (Object.keys(fields).length === 0) throw rejected(entry, 'at least one value', 'none');
  for (const name of measurement.tags) expectTagValue(entry, name, candidate.tags[name]);
  return {
    measurement: measurement.name,
    database: measurement.database,
    tags: candidate.tags,
    fields,
    timestamp: expectTime(entry, candidate.tMs),
  };
}

function candidateOf(entry: JournalEntry, slots: EventSlots): Candidate {
  switch (entry.kind) {
    case 'series':
      return ofSecond(entry.second);
    case 'motionEvent':
      return ofMotionEvent(entry.stored, slots);
    case 'clinicalEvent':
      return ofClinicalEvent(entry.event, slots);
    default:
      return ofHealth(entry.health, entry.tMs);
  }
}

function ofSecond({ personId, site, tMs, values, activity, coverage }: SeriesSecond): Candidate {
  const metrics = Object.entries(values).map(([metricId, value]) => [influxFieldName(metricId), value]);
  const fields = { ...Object.fromEntries(metrics), activity, coverage };
  return { measurement: 'posture', tags: { patient: personId, site }, fields, tMs };
}

function ofMotionEvent({ personId, id, event }: StoredMotionEvent, slots: EventSlots): Candidate {
  const { type, startS, endS, confidence } = event;
  return {
    measurement: 'event',
    tags: { patient: personId, kind: type },
    fields: {
      id,
      type,
      layer: 'motion',
      severity: 'none',
      dur_s: endS - startS,
      peak_deg: event['peakDeg'],
      peak_rate_dps: event['peakRateDps'],
      confidence,
    },
    tMs: slots.slotMs({ patient: personId, kind: type, layer: 'motion', startMs: startS * 1000, id }),
  };
}

function ofClinicalEvent(event: ClinicalEvent, slots: EventSlots): Candidate {
  const { id, personId, kind, ruleId, severity, confidence, text, values, startMs } = event;
  return {
    measurement: 'event',
    tags: { patient: personId, kind },
    fields: {
      id,
      type: ruleId,
      layer: 'clinical',
      severity,
      dur_s: values['durationS'] ?? values['heldS'],
      peak_deg: values['peakDeg'],
      peak_rate_dps: values['peakRateDps'],
      confidence,
      text,
    },
    tMs: slots.slotMs({ patient: personId, kind, layer: 'clinical', startMs, id }),
  };
}

function ofHealth(health: DeviceHealth, tMs: number): Candidate {
  return {
    measurement: 'device',
    tags: { patient: health.personId, device: health.deviceId },
    fields: {
      battery_pct: health.batteryPct,
      rssi_dbm: health.rssiDbm,
      loss_pct: health.lossPct,
      clock_residual_ms: health.clockResidualMs,
      samples: health.samples,
      lost_samples: health.lostSamples,
      reconnects: health.reconnects,
    },
    tMs,
  };
}

/** Only fields of the schema, in its type. Left out: a metric of another catalogue, and what could not be measured (NaN). */
function typedFields(
  entry: JournalEntry,
  values: Readonly<Record<string, unknown>>,
  { fields }: InfluxMeasurement,
): Record<string, number | string> {
  const typed: Record<string, number | string> = {};
  for (const { name, type } of fields) {
    const value = values[name];
    const isMissing = value === undefined || (typeof value === 'number' && !Number.isFinite(value));
    if (isMissing) continue;
    if (typeof value !== (type === 'string' ? 'string' : 'number')) {
      throw rejected(entry, `${name} as ${type}`, `a ${typeof value}`);
    }
    if (typeof value === 'string') typed[name] = value;
    if (typeof value === 'number') typed[name] = type === 'integer' ? Math.round(value) : value;
  }
  return typed;
}

function expectTagValue(entry: JournalEntry, name: string, value: string | undefined): void {
  if (value !== undefined && TAG_VALUE.test(value)) return;
  throw rejected(entry, `tag ${name} as ${TAG_VALUE.source}`, JSON.stringify(value ?? 'nothing').slice(0, 200));
}

/** 0 is never a real time here, and InfluxDB would drop 1970 as older than its retention. */
function expectTime(entry: JournalEntry, tMs: number): number {
  if (tMs > 0 && tMs <= LAST_TIME_MS) return Math.round(tMs);
  throw rejected(entry, 'a time in Unix ms', String(tMs));
}

function rejected(entry: JournalEntry, expected: string, found: string): PlumblineError {
  return new PlumblineError(
    'influx/rejected',
    `${entry.kind} at ${entry.position}: expected ${expected}, found ${found}`,
    {
      context: { positions: [entry.position] },
    },
  );
}

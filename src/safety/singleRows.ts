/** The rows of a batch one by one, so that a row that can never be stored is set aside alone. */
import type { RecordBatch } from '../model/ports.ts';

/** Messages and alerts first: they tell people, and must be durable before anything else. */
export function singleRows(batch: RecordBatch): RecordBatch[] {
  const { outbox = [], alerts = [], clinicalEvents = [], motionEvents = [], series = [], health = [] } = batch;
  return [
    ...outbox.map((row): RecordBatch => ({ outbox: [row] })),
    ...alerts.map((row): RecordBatch => ({ alerts: [row] })),
    ...clinicalEvents.map((row): RecordBatch => ({ clinicalEvents: [row] })),
    ...motionEvents.map((row): RecordBatch => ({ motionEvents: [row] })),
    ...series.map((row): RecordBatch => ({ series: [row] })),
    ...health.map((row): RecordBatch => ({ health: [row] })),
  ];
}

/** What the rows of a batch are, for the log: kind and id, or what stands for an id. */
export function namesOfRows({
  outbox = [],
  alerts = [],
  clinicalEvents = [],
  motionEvents = [],
  series = [],
  health = [],
}: RecordBatch): string[] {
  return [
    ...outbox.map(({ id }) => `message ${id}`),
    ...alerts.map(({ id }) => `alert ${id}`),
    ...clinicalEvents.map(({ id }) => `clinicalEvent ${id}`),
    ...motionEvents.map(({ id }) => `motionEvent ${id}`),
    ...series.map(({ personId, site, tMs }) => `series ${personId} ${site} ${tMs}`),
    ...health.map(({ tMs, health: { deviceId } }) => `health ${deviceId} ${tMs}`),
  ];
}

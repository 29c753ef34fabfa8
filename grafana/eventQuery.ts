/** InfluxQL over the measurement `event`, in the database that is kept for good. */
import type { MotionEventType } from '../src/model/event.ts';
import type { InfluxColumns } from './influxColumns.ts';
import type { InfluxQuestion } from './influxTarget.ts';
import { THIS_PERSON } from './postureQuery.ts';

/** What happened, of these types. */
export function motionEvents(columns: InfluxColumns, ...types: readonly MotionEventType[]): string {
  const type = columns.field('event', 'type');
  const oneOf = types.map((name) => `${type} = '${name}'`).join(' OR ');
  return `${columns.field('event', 'layer')} = 'motion' AND (${oneOf})`;
}

/** What it means for this person. */
export const clinicalEvents = (columns: InfluxColumns): string => `${columns.field('event', 'layer')} = 'clinical'`;

export interface EventQuery {
  readonly select: string;
  readonly where: string;
  /** Behind the conditions: grouping, order, limit. */
  readonly tail?: string;
  readonly alias?: string;
  readonly format?: 'time_series' | 'table';
}

export const eventQuery = (
  columns: InfluxColumns,
  { select, where, tail, alias, format }: EventQuery,
): InfluxQuestion => ({
  datasource: columns.source('event'),
  query: `SELECT ${select} FROM "event" WHERE ${THIS_PERSON} AND ${where} AND $timeFilter${tail === undefined ? '' : ` ${tail}`}`,
  ...(alias === undefined ? {} : { alias }),
  ...(format === undefined ? {} : { format }),
});

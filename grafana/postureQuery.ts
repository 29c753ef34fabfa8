/** InfluxQL over the measurement `posture`: one point per second, sensor and person. */
import type { MetricDefinition } from '../src/model/metric.ts';
import type { InfluxColumns } from './influxColumns.ts';
import type { InfluxQuestion } from './influxTarget.ts';

/** Regular expressions, because `All` and characters such as `.` in a pseudonym must both work. */
export const THIS_PERSON = `"patient" =~ /^\${patient:regex}$/`;
const THIS_SITE = `"site" =~ /^\${site:regex}$/`;

/** How seconds become one bucket of a chart. */
const BUCKET_FUNCTION: Readonly<Record<MetricDefinition['aggregate'], string>> = {
  mean: 'mean',
  max: 'max',
  last: 'last',
  sum: 'sum',
  fraction: 'mean',
};

export const bucketed = (columns: InfluxColumns, metric: MetricDefinition): string =>
  `${BUCKET_FUNCTION[metric.aggregate]}(${columns.metric(metric.id)})`;

export interface PostureQuery {
  readonly select: string;
  /** Further condition, without `AND`. */
  readonly where?: string;
  /** Bucket length; absent: one row for the whole range. `fill` is what an empty bucket says. */
  readonly buckets?: { readonly every: string; readonly fill: 'null' | '0' | 'none' };
  /** One series per sensor; `false` for a single newest value over all of them. */
  readonly bySite?: false;
  readonly alias?: string;
  readonly format?: 'time_series' | 'table';
}

export function postureQuery(columns: InfluxColumns, question: PostureQuery): InfluxQuestion {
  const conditions = [THIS_PERSON, THIS_SITE, ...(question.where === undefined ? [] : [question.where]), '$timeFilter'];
  const groups = [
    ...(question.buckets === undefined ? [] : [`time(${question.buckets.every})`]),
    ...(question.bySite === false ? [] : [columns.tag('posture', 'site')]),
  ];
  const grouping = groups.length === 0 ? '' : ` GROUP BY ${groups.join(', ')}`;
  const fill = question.buckets === undefined ? '' : ` fill(${question.buckets.fill})`;
  return {
    datasource: columns.source('posture'),
    query: `SELECT ${question.select} FROM "posture" WHERE ${conditions.join(' AND ')}${grouping}${fill}`,
    ...(question.alias === undefined ? {} : { alias: question.alias }),
    ...(question.format === undefined ? {} : { format: question.format }),
  };
}

/** An empty bucket is null: the line breaks there, a gap stays a gap. */
export const GAPS_STAY_GAPS = { every: '$__interval', fill: 'null' } as const;

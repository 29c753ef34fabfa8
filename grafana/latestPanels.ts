/** The line of single values at the top: is there data, how much, and what does it say now. */
import { BigValueColorMode, BigValueGraphMode } from '@grafana/grafana-foundation-sdk/common';
import type { ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { DateTimeFromNow, Seconds, Short, String as Text } from '@grafana/grafana-foundation-sdk/units';
import type { MetricDefinition } from '../src/model/metric.ts';
import { eventQuery, motionEvents } from './eventQuery.ts';
import type { InfluxColumns } from './influxColumns.ts';
import { type InfluxQuestion, influxTarget } from './influxTarget.ts';
import { GRAFANA_UNIT } from './metricUnit.ts';
import { inWords, lastOf, noThresholds, type ThresholdStep, thresholds } from './panelStyle.ts';
import { postureQuery } from './postureQuery.ts';
import { ACTIVITY_WORDS } from './words.ts';

interface Latest {
  readonly title: string;
  readonly description: string;
  readonly question: InfluxQuestion;
  /** Column of the answer that is shown; absent: the number of every series. */
  readonly column?: string;
  readonly unit: string;
  readonly decimals?: number;
  readonly mappings?: ValueMapping[];
  readonly steps?: readonly ThresholdStep[];
  readonly whenEmpty?: string;
}

export function latestValue(latest: Latest): StatBuilder {
  const panel = new StatBuilder()
    .title(latest.title)
    .description(latest.description)
    .datasource(latest.question.datasource)
    .unit(latest.unit)
    .mappings(latest.mappings ?? [])
    .noValue(latest.whenEmpty ?? 'no data')
    .graphMode(BigValueGraphMode.None)
    .colorMode(BigValueColorMode.Value)
    .reduceOptions(lastOf(latest.column))
    .thresholds(latest.steps === undefined ? noThresholds() : thresholds(...latest.steps))
    .withTarget(influxTarget('A', latest.question));
  return latest.decimals === undefined ? panel : panel.decimals(latest.decimals);
}

/** One value, of whichever sensor has the newest. */
const newest = (columns: InfluxColumns, select: string): InfluxQuestion =>
  postureQuery(columns, { select, bySite: false, format: 'table' });

/** One value for each sensor. */
const eachSensor = (columns: InfluxColumns, select: string): InfluxQuestion =>
  postureQuery(columns, { select, alias: '$tag_site' });

export const lastData = (columns: InfluxColumns): StatBuilder =>
  latestValue({
    title: 'Last data',
    description:
      'When the last second of data in the chosen time was measured. Everything else on this page is as old as this.',
    question: newest(columns, `last(${columns.field('posture', 'coverage')}) AS "coverage"`),
    column: 'Time',
    unit: DateTimeFromNow,
  });

export const dataDuration = (columns: InfluxColumns): StatBuilder =>
  latestValue({
    title: 'Data in this time',
    description: 'How much of the chosen time was measured.',
    question: eachSensor(columns, `sum(${columns.field('posture', 'coverage')}) AS "measured"`),
    unit: Seconds,
    decimals: 1,
  });

export const latestActivity = (columns: InfluxColumns): StatBuilder =>
  latestValue({
    title: 'Latest posture',
    description: 'The newest posture or activity in the chosen time.',
    question: newest(columns, `last(${columns.field('posture', 'activity')}) AS "activity"`),
    column: 'activity',
    unit: Text,
    mappings: inWords(ACTIVITY_WORDS),
  });

export const latestMetric = (columns: InfluxColumns, title: string, metric: MetricDefinition): StatBuilder =>
  latestValue({
    title,
    description: `${metric.description} The newest value in the chosen time.`,
    question: eachSensor(columns, `last(${columns.metric(metric.id)}) AS "latest"`),
    unit: GRAFANA_UNIT[metric.unit],
    decimals: 0,
  });

export const bendCount = (columns: InfluxColumns): StatBuilder =>
  latestValue({
    title: 'Bends',
    description: 'How often the wearer bent forward (30° or more) in the chosen time, while there was data.',
    question: eventQuery(columns, {
      select: `count(${columns.field('event', 'id')}) AS "bends"`,
      where: motionEvents(columns, 'forwardBend'),
    }),
    unit: Short,
    decimals: 0,
    whenEmpty: 'none recorded',
  });

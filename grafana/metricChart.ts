/** Charts of metrics, derived from the catalogue: unit, decimals and description come from the definition. */
import type { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { MetricDefinition } from '../src/model/metric.ts';
import { PLACEMENTS } from '../src/model/person.ts';
import type { InfluxColumns } from './influxColumns.ts';
import { drawLimits, lineChart } from './lineChart.ts';
import { GRAFANA_UNIT } from './metricUnit.ts';
import { legendBelow, type ThresholdStep } from './panelStyle.ts';
import { bucketed, GAPS_STAY_GAPS, postureQuery } from './postureQuery.ts';

const describe = (metric: MetricDefinition): string =>
  [
    metric.description,
    ...(metric.positive === undefined ? [] : [`Positive: ${metric.positive}.`]),
    `Method: ${metric.reference}.`,
  ].join(' ');

export interface MetricChart {
  readonly title: string;
  readonly metric: MetricDefinition;
  /** Said after the catalogue's own description. */
  readonly note?: string;
  readonly lines?: readonly ThresholdStep[];
}

/** The metric as a line; a mean also shows the smallest and the largest second of each point, so that a short movement is seen on a long day. */
export function metricChart(columns: InfluxColumns, { title, metric, note, lines }: MetricChart): TimeSeriesBuilder {
  const field = columns.metric(metric.id);
  const withRange = metric.aggregate === 'mean';
  const select = withRange
    ? `mean(${field}) AS "mean", min(${field}) AS "lowest", max(${field}) AS "highest"`
    : `${bucketed(columns, metric)} AS "${metric.aggregate}"`;
  const panel = lineChart(title, [describe(metric), ...(note === undefined ? [] : [note])].join(' '), [
    postureQuery(columns, { select, buckets: GAPS_STAY_GAPS, alias: '$col ($tag_site)' }),
  ])
    .unit(GRAFANA_UNIT[metric.unit])
    .decimals(metric.decimals);
  if (withRange) drawRange(panel);
  if (lines !== undefined) drawLimits(panel, lines);
  return panel;
}

/** Fills between the lowest and the highest second of each sensor. */
function drawRange(panel: TimeSeriesBuilder): void {
  for (const placement of PLACEMENTS) {
    panel.overrideByName(`highest (${placement})`, [
      { id: 'custom.fillBelowTo', value: `lowest (${placement})` },
      { id: 'custom.lineWidth', value: 0 },
      { id: 'custom.fillOpacity', value: 15 },
    ]);
    panel.overrideByName(`lowest (${placement})`, [{ id: 'custom.lineWidth', value: 0 }]);
  }
}

/** Mean and largest lean of each point of the chart. */
export function flexionChart(
  columns: InfluxColumns,
  mean: MetricDefinition,
  largest: MetricDefinition,
  limits: { readonly lines: readonly ThresholdStep[]; readonly meaning: string },
): TimeSeriesBuilder {
  const select = `${bucketed(columns, mean)} AS "mean", ${bucketed(columns, largest)} AS "largest"`;
  const panel = lineChart('Forward lean', `${describe(mean)} Upper line: ${largest.description} ${limits.meaning}`, [
    postureQuery(columns, { select, buckets: GAPS_STAY_GAPS, alias: '$col ($tag_site)' }),
  ])
    .unit(GRAFANA_UNIT[mean.unit])
    .decimals(0)
    .axisSoftMin(-10)
    .axisSoftMax(90)
    .legend(legendBelow('mean', 'max'));
  return drawLimits(panel, limits.lines);
}

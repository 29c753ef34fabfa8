/** How much of the time was seen at all. */
import type { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { PercentUnit } from '@grafana/grafana-foundation-sdk/units';
import type { InfluxColumns } from './influxColumns.ts';
import { lineChart } from './lineChart.ts';
import { thresholds } from './panelStyle.ts';
import { postureQuery } from './postureQuery.ts';

export function coverageChart(columns: InfluxColumns): TimeSeriesBuilder {
  return lineChart(
    'Data coverage',
    'Share of the time for which samples arrived. Below 100 % something was missed: nothing on this page is filled in for it. The newest point may still be filling.',
    [
      postureQuery(columns, {
        select: `sum(${columns.field('posture', 'coverage')}) * 1000 / $__interval_ms AS "coverage"`,
        buckets: { every: '$__interval', fill: '0' },
        alias: '$tag_site',
      }),
    ],
  )
    .interval('1m')
    .unit(PercentUnit)
    .decimals(0)
    .min(0)
    .max(1)
    .fillOpacity(20)
    .thresholds(thresholds({ color: 'red' }, { from: 0.5, color: 'orange' }, { from: 0.95, color: 'green' }));
}

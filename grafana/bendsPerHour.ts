/** Bends per clock hour, beside how much of that hour had data: a quiet hour and an unseen hour must look different. */
import { AxisPlacement, GraphDrawStyle, GraphThresholdsStyleMode } from '@grafana/grafana-foundation-sdk/common';
import type { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { Minutes, Short } from '@grafana/grafana-foundation-sdk/units';
import { eventQuery, motionEvents } from './eventQuery.ts';
import type { InfluxColumns } from './influxColumns.ts';
import { drawLimits, lineChart } from './lineChart.ts';
import type { ThresholdStep } from './panelStyle.ts';
import { postureQuery } from './postureQuery.ts';

const BENDS = 'bends';
const MINUTES = 'minutes of data';

export function bendsPerHour(
  columns: InfluxColumns,
  limits: { readonly lines: readonly ThresholdStep[]; readonly meaning: string },
): TimeSeriesBuilder {
  const panel = lineChart(
    'Bends in each hour',
    `How often the wearer bent forward (30° or more) in each hour, beside the minutes of data in that hour: an hour without data is not an hour without bends. ${limits.meaning}`,
    [
      eventQuery(columns, {
        select: `count(${columns.field('event', 'id')}) AS "${BENDS}"`,
        where: motionEvents(columns, 'forwardBend'),
        tail: 'GROUP BY time(1h) fill(none)',
        alias: '$col',
      }),
      postureQuery(columns, {
        select: `sum(${columns.field('posture', 'coverage')}) / 60 AS "${MINUTES}"`,
        buckets: { every: '1h', fill: 'none' },
        alias: `$col ($tag_site)`,
      }),
    ],
  )
    .interval('1h')
    .unit(Short)
    .decimals(0)
    .min(0)
    .overrideByName(BENDS, [
      { id: 'custom.drawStyle', value: GraphDrawStyle.Bars },
      { id: 'custom.fillOpacity', value: 60 },
      { id: 'color', value: { mode: 'fixed', fixedColor: 'orange' } },
    ])
    .overrideByQuery('B', [
      { id: 'unit', value: Minutes },
      { id: 'max', value: 60 },
      { id: 'custom.axisPlacement', value: AxisPlacement.Right },
      // The limits are bends, not minutes: no lines on this axis.
      { id: 'custom.thresholdsStyle', value: { mode: GraphThresholdsStyleMode.Off } },
      { id: 'custom.drawStyle', value: GraphDrawStyle.Points },
      { id: 'custom.pointSize', value: 7 },
    ]);
  return drawLimits(panel, limits.lines);
}

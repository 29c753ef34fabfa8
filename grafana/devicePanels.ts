/** Panels over the measurement `device`: can the sensor be trusted to see. */
import type { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import type { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { DecibelMilliWatt, Milliseconds, Percent, Short } from '@grafana/grafana-foundation-sdk/units';
import type { InfluxColumns } from './influxColumns.ts';
import type { InfluxQuestion } from './influxTarget.ts';
import { latestValue } from './latestPanels.ts';
import { drawLimits, lineChart } from './lineChart.ts';
import type { ThresholdStep } from './panelStyle.ts';
import { THIS_PERSON } from './postureQuery.ts';

const BATTERY_STEPS: readonly ThresholdStep[] = [
  { color: 'red' },
  { from: 10, color: 'orange' },
  { from: 25, color: 'green' },
];

/** Health is stored about once a minute; a line goes on over two missed reports, then it breaks. */
const LONGEST_BRIDGED_MS = 180_000;

interface DeviceChart {
  readonly title: string;
  readonly description: string;
  readonly field: string;
  /** What one point of a long time range shows of its reports: the worst. */
  readonly worst: 'min' | 'max';
  readonly unit: string;
  readonly decimals: number;
  readonly steps: readonly ThresholdStep[];
}

const RADIO: readonly DeviceChart[] = [
  {
    title: 'Battery',
    description: 'Charge of the sensor’s battery. Below 25 % charge it tonight, below 10 % charge it now.',
    field: 'battery_pct',
    worst: 'min',
    unit: Percent,
    decimals: 0,
    steps: BATTERY_STEPS,
  },
  {
    title: 'Signal',
    description: 'Strength of the radio signal. Nearer to 0 is stronger; below −90 dBm data is lost.',
    field: 'rssi_dbm',
    worst: 'min',
    unit: DecibelMilliWatt,
    decimals: 0,
    steps: [{ color: 'red' }, { from: -90, color: 'orange' }, { from: -80, color: 'green' }],
  },
  {
    title: 'Lost data',
    description: 'Share of the samples that were lost on the way.',
    field: 'loss_pct',
    worst: 'max',
    unit: Percent,
    decimals: 2,
    steps: [{ color: 'green' }, { from: 1, color: 'orange' }, { from: 5, color: 'red' }],
  },
];

const LINK: readonly DeviceChart[] = [
  {
    title: 'Reconnections',
    description:
      'How often the sensor had to be connected anew since the service started. A steep line is a weak link.',
    field: 'reconnects',
    worst: 'max',
    unit: Short,
    decimals: 0,
    steps: [{ color: 'green' }],
  },
  {
    title: 'Clock',
    description:
      'How far the sensor’s clock and ours disagree after correction. Above 20 ms times of events are less exact.',
    field: 'clock_residual_ms',
    worst: 'max',
    unit: Milliseconds,
    decimals: 1,
    steps: [{ color: 'green' }, { from: 20, color: 'orange' }],
  },
];

export const radioCharts = (columns: InfluxColumns): TimeSeriesBuilder[] => deviceCharts(columns, RADIO);
export const linkCharts = (columns: InfluxColumns): TimeSeriesBuilder[] => deviceCharts(columns, LINK);

const deviceCharts = (columns: InfluxColumns, charts: readonly DeviceChart[]): TimeSeriesBuilder[] =>
  charts.map((chart) => {
    const value = `${chart.worst}(${columns.field('device', chart.field)}) AS "worst"`;
    const grouping = ` GROUP BY time($__interval), ${columns.tag('device', 'device')} fill(null)`;
    const panel = lineChart(chart.title, chart.description, [
      { ...deviceQuery(columns, value, grouping), alias: '$tag_device' },
    ])
      .interval('1m')
      .spanNulls(LONGEST_BRIDGED_MS)
      .unit(chart.unit)
      .decimals(chart.decimals);
    return drawLimits(panel, chart.steps);
  });

export const latestBattery = (columns: InfluxColumns): StatBuilder =>
  latestValue({
    title: 'Latest battery',
    description: 'The newest report of the sensor’s battery in the chosen time.',
    question: {
      ...deviceQuery(
        columns,
        `last(${columns.field('device', 'battery_pct')}) AS "battery"`,
        ` GROUP BY ${columns.tag('device', 'device')}`,
      ),
      alias: '$tag_device',
    },
    unit: Percent,
    decimals: 0,
    steps: BATTERY_STEPS,
  });

/** `select` and `grouping` stand before and behind the conditions. */
function deviceQuery(columns: InfluxColumns, select: string, grouping = ''): InfluxQuestion {
  return {
    datasource: columns.source('device'),
    query: `SELECT ${select} FROM "device" WHERE ${THIS_PERSON} AND $timeFilter${grouping}`,
  };
}

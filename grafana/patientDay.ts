/** "Patient day": one person's posture, bends and sensor over a day, generated from the metric catalogue. */
import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as TextBuilder, TextMode } from '@grafana/grafana-foundation-sdk/text';
import type { MetricDefinition } from '../src/model/metric.ts';
import type { MetricId } from '../src/motion/metrics.ts';
import type { InfluxMeasurement } from '../src/sinks/influx/schema.ts';
import { activityTimeline } from './activityTimeline.ts';
import { bendsPerHourLimits, flexionLimits, flexionRateLimits } from './bendLimits.ts';
import { bendsPerHour } from './bendsPerHour.ts';
import { clinicalAnnotations } from './clinicalAnnotations.ts';
import { coverageChart } from './coverageChart.ts';
import { latestBattery, linkCharts, radioCharts } from './devicePanels.ts';
import { clinicalTable, gapTable, movementTable } from './eventTable.ts';
import { flexionBandsGauge } from './flexionBands.ts';
import { type InfluxColumns, influxColumns } from './influxColumns.ts';
import { bendCount, dataDuration, lastData, latestActivity, latestMetric } from './latestPanels.ts';
import { flexionChart, metricChart } from './metricChart.ts';
import { layPanels, type PanelSection, sideBySide } from './panelGrid.ts';
import { THIS_PERSON } from './postureQuery.ts';

/** Charts in their own place; every other metric of the catalogue follows by itself under "Further measures". */
const PLACED: ReadonlySet<string> = new Set<MetricId>([
  'flexionDeg',
  'flexionMaxDeg',
  'lateralDeg',
  'rotationDeg',
  'flexionRateMaxDps',
  'movementG',
]);

export function patientDay(
  catalogue: readonly MetricDefinition<MetricId>[],
  measurements: readonly InfluxMeasurement[],
): Dashboard {
  const columns = influxColumns(measurements);
  const dashboard = new DashboardBuilder('Patient day')
    .uid('plumbline-patient-day')
    .description('One person’s posture, bends and sensor over a day.')
    .tags(['plumbline', 'patient'])
    .readonly()
    .timezone('browser')
    .time({ from: 'now/d', to: 'now' })
    .refresh('30s')
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(personVariable(columns))
    .withVariable(siteVariable(columns))
    .annotation(clinicalAnnotations(columns))
    .build();
  return { ...dashboard, panels: layPanels(sections(columns, catalogue)) };
}

function personVariable(columns: InfluxColumns): QueryVariableBuilder {
  return new QueryVariableBuilder('patient')
    .label('Person')
    .description('Pseudonym: names never leave the record.')
    .datasource(columns.source('posture'))
    .query('SHOW TAG VALUES FROM "posture" WITH KEY = "patient"')
    .refresh(VariableRefresh.OnDashboardLoad)
    .sort(VariableSort.AlphabeticalAsc)
    .allowCustomValue(false);
}

function siteVariable(columns: InfluxColumns): QueryVariableBuilder {
  return new QueryVariableBuilder('site')
    .label('Sensor at')
    .description('Where the sensor is worn.')
    .datasource(columns.source('posture'))
    .query(`SHOW TAG VALUES FROM "posture" WITH KEY = "site" WHERE ${THIS_PERSON}`)
    .refresh(VariableRefresh.OnDashboardLoad)
    .sort(VariableSort.AlphabeticalAsc)
    .allowCustomValue(false)
    .includeAll(true)
    .allValue('.*')
    .current({ selected: true, text: 'All', value: '$__all' });
}

type MetricOf = (id: MetricId) => MetricDefinition;

function sections(columns: InfluxColumns, catalogue: readonly MetricDefinition<MetricId>[]): PanelSection[] {
  const metric = metricOf(catalogue);
  return [
    atAGlance(columns, metric),
    posture(columns, metric),
    bendsAndExposure(columns, metric),
    ...furtherMeasures(columns, catalogue),
    sensorAndData(columns),
  ];
}

const atAGlance = (columns: InfluxColumns, metric: MetricOf): PanelSection => ({
  lines: [
    sideBySide(3, header()),
    sideBySide(
      4,
      lastData(columns),
      dataDuration(columns),
      latestActivity(columns),
      latestMetric(columns, 'Latest forward lean', metric('flexionDeg')),
      bendCount(columns),
      latestBattery(columns),
    ),
  ],
});

const posture = (columns: InfluxColumns, metric: MetricOf): PanelSection => ({
  title: 'Posture',
  lines: [
    sideBySide(10, flexionChart(columns, metric('flexionDeg'), metric('flexionMaxDeg'), flexionLimits())),
    sideBySide(5, activityTimeline(columns)),
    sideBySide(
      8,
      metricChart(columns, { title: 'Sideways lean', metric: metric('lateralDeg') }),
      metricChart(columns, {
        title: 'Torso rotation',
        metric: metric('rotationDeg'),
        note: 'From one sensor a turn of the whole body looks alike: a rotation that stays is not a twist.',
      }),
    ),
  ],
});

function bendsAndExposure(columns: InfluxColumns, metric: MetricOf): PanelSection {
  const rateLimits = flexionRateLimits();
  return {
    title: 'Bends and exposure',
    lines: [
      sideBySide(9, bendsPerHour(columns, bendsPerHourLimits()), flexionBandsGauge(columns, metric('flexionDeg'))),
      sideBySide(9, clinicalTable(columns)),
      sideBySide(10, movementTable(columns)),
      sideBySide(
        8,
        metricChart(columns, {
          title: 'Fastest forward movement',
          metric: metric('flexionRateMaxDps'),
          note: rateLimits.meaning,
          lines: rateLimits.lines,
        }),
        metricChart(columns, { title: 'Movement', metric: metric('movementG') }),
      ),
    ],
  };
}

const sensorAndData = (columns: InfluxColumns): PanelSection => ({
  title: 'Sensor and data',
  lines: [
    {
      heightRows: 7,
      panels: [
        { widthColumns: 16, panel: coverageChart(columns) },
        { widthColumns: 8, panel: gapTable(columns) },
      ],
    },
    sideBySide(7, ...radioCharts(columns)),
    sideBySide(7, ...linkCharts(columns)),
  ],
});

/** A metric that nobody has placed is still shown. */
function furtherMeasures(columns: InfluxColumns, catalogue: readonly MetricDefinition[]): PanelSection[] {
  const others = catalogue.filter(({ id }) => !PLACED.has(id));
  if (others.length === 0) return [];
  const charts = others.map((metric) => metricChart(columns, { title: titleOf(metric), metric }));
  const lines = Array.from({ length: Math.ceil(charts.length / 2) }, (_, line) =>
    sideBySide(8, ...charts.slice(2 * line, 2 * line + 2)),
  );
  return [{ title: 'Further measures', lines }];
}

/** `inclinationDeg` → `Inclination`; the unit stands on the axis. */
function titleOf(metric: MetricDefinition): string {
  const words = metric.id
    .replace(/(?:Deg|Dps|G|S|Ratio|Pct|Ms|Dbm|Count)$/, '')
    .replaceAll(/[A-Z]/g, (c) => ` ${c.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function metricOf(catalogue: readonly MetricDefinition<MetricId>[]): MetricOf {
  return (id) => {
    const metric = catalogue.find((candidate) => candidate.id === id);
    if (metric === undefined) throw new Error(`expected the metric ${id} in the catalogue, found none`);
    return metric;
  };
}

const header = (): TextBuilder =>
  new TextBuilder()
    .title('About this page')
    .description('Whom this page is about and how to read it.')
    .transparent(true)
    .mode(TextMode.Markdown)
    .content(
      [
        `### \${patient}`,
        'Forward lean, lean to the right and rotation to the left are positive, counted from the wearer’s own upright. ' +
          'A gap in a line is time without data; nothing is filled in. Marks in the charts are times when a limit of this person was crossed. ' +
          'These are measurements to talk about, not a diagnosis.',
      ].join('\n'),
    );

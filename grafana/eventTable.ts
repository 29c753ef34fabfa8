/** Tables of events: one row per event, newest first. */
import { TableCellDisplayMode } from '@grafana/grafana-foundation-sdk/common';
import type { DynamicConfigValue, ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import {
  DatetimeISO,
  Degrees,
  DegreesPerSecond,
  PercentUnit,
  Seconds,
  String as Text,
} from '@grafana/grafana-foundation-sdk/units';
import { clinicalEvents, eventQuery, motionEvents } from './eventQuery.ts';
import type { InfluxColumns } from './influxColumns.ts';
import { influxTarget } from './influxTarget.ts';
import { inWords, noThresholds } from './panelStyle.ts';
import { MOVEMENT_WORDS, SEVERITY_WORDS } from './words.ts';

/** Rows that a browser shows without slowing down; a day of bends is far fewer. */
const MOST_ROWS = 500;

interface EventColumn {
  readonly name: string;
  readonly heading: string;
  readonly unit: string;
  readonly decimals?: number;
  readonly widthPx?: number;
  readonly mappings?: ValueMapping[];
  readonly coloured?: boolean;
}

const COLUMN = {
  movement: { name: 'type', heading: 'What happened', unit: Text, mappings: inWords(MOVEMENT_WORDS) },
  rule: { name: 'type', heading: 'Rule', unit: Text, widthPx: 140 },
  peak: { name: 'peak_deg', heading: 'Furthest', unit: Degrees, decimals: 0, widthPx: 110 },
  duration: { name: 'dur_s', heading: 'How long', unit: Seconds, decimals: 1, widthPx: 110 },
  rate: { name: 'peak_rate_dps', heading: 'Fastest', unit: DegreesPerSecond, decimals: 0, widthPx: 110 },
  confidence: { name: 'confidence', heading: 'How sure', unit: PercentUnit, decimals: 0, widthPx: 100 },
  severity: {
    name: 'severity',
    heading: 'Severity',
    unit: Text,
    widthPx: 110,
    mappings: inWords(SEVERITY_WORDS),
    coloured: true,
  },
  text: { name: 'text', heading: 'What was said', unit: Text },
  id: { name: 'id', heading: 'Id', unit: Text },
} as const satisfies Record<string, EventColumn>;

function eventTable(
  columns: InfluxColumns,
  shown: readonly EventColumn[],
  words: { readonly title: string; readonly description: string; readonly whenEmpty: string },
  where: string,
): TableBuilder {
  const select = shown.map(({ name }) => columns.field('event', name)).join(', ');
  const panel = new TableBuilder()
    .title(words.title)
    .description(words.description)
    .datasource(columns.source('event'))
    .noValue(words.whenEmpty)
    .unit(Text)
    .thresholds(noThresholds())
    .filterable(true)
    .overrideByName('Time', [
      { id: 'displayName', value: 'When' },
      { id: 'unit', value: DatetimeISO },
      { id: 'custom.width', value: 180 },
    ])
    .withTarget(
      influxTarget(
        'A',
        eventQuery(columns, { select, where, tail: `ORDER BY time DESC LIMIT ${MOST_ROWS}`, format: 'table' }),
      ),
    );
  for (const column of shown) panel.overrideByName(column.name, columnLook(column));
  return panel;
}

function columnLook(column: EventColumn): DynamicConfigValue[] {
  return [
    { id: 'displayName', value: column.heading },
    { id: 'unit', value: column.unit },
    ...(column.decimals === undefined ? [] : [{ id: 'decimals', value: column.decimals }]),
    ...(column.widthPx === undefined ? [] : [{ id: 'custom.width', value: column.widthPx }]),
    ...(column.mappings === undefined ? [] : [{ id: 'mappings', value: column.mappings }]),
    ...(column.coloured ? [{ id: 'custom.cellOptions', value: { type: TableCellDisplayMode.ColorText } }] : []),
  ];
}

export const movementTable = (columns: InfluxColumns): TableBuilder =>
  eventTable(
    columns,
    [COLUMN.movement, COLUMN.peak, COLUMN.duration, COLUMN.rate, COLUMN.confidence, COLUMN.id],
    {
      title: 'Bends and other movements of the spine',
      description:
        'Every movement that was found, the same thresholds for everybody: how far, how long, how fast. ' +
        'One sensor cannot tell a bend from the hips from a rounded back, so it says "bent forward".',
      whenEmpty: 'No movement was recorded in this time',
    },
    motionEvents(
      columns,
      'forwardBend',
      'sustainedFlexion',
      'sideBend',
      'twist',
      'bendTwist',
      'abruptFlexion',
      'sitUp',
      'crunch',
    ),
  );

export const clinicalTable = (columns: InfluxColumns): TableBuilder =>
  eventTable(
    columns,
    [COLUMN.severity, COLUMN.rule, COLUMN.text, COLUMN.confidence, COLUMN.id],
    {
      title: 'What crossed this person’s limits',
      description:
        'What was found to matter for this person, by their own limits, and what they were told. ' +
        'The id is the same on the live page and in the caregiver’s message. It is not a diagnosis.',
      whenEmpty: 'Nothing crossed a limit in this time',
    },
    clinicalEvents(columns),
  );

export const gapTable = (columns: InfluxColumns): TableBuilder =>
  eventTable(
    columns,
    [COLUMN.movement, COLUMN.duration],
    {
      title: 'Times without data',
      description:
        'When the sensor was not worn or nothing arrived from it. Nothing on this page is filled in for these times.',
      whenEmpty: 'No gap was recorded in this time',
    },
    motionEvents(columns, 'gap', 'offBody'),
  );

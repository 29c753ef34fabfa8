/** Exposure: how long the trunk was held in each range of forward lean. */
import {
  BarGaugeDisplayMode,
  BarGaugeValueMode,
  ReduceDataOptionsBuilder,
  VizOrientation,
} from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder as BarGaugeBuilder } from '@grafana/grafana-foundation-sdk/bargauge';
import { Seconds } from '@grafana/grafana-foundation-sdk/units';
import type { MetricDefinition } from '../src/model/metric.ts';
import type { InfluxColumns } from './influxColumns.ts';
import { type InfluxQuestion, influxTarget } from './influxTarget.ts';
import { noThresholds } from './panelStyle.ts';
import { postureQuery } from './postureQuery.ts';

/** Half-open, as in the signal specification 2.5: … −10, 20, 45, 60, 90 … degrees, of upright time. */
interface FlexionBand {
  readonly fromDeg?: number;
  readonly toDeg?: number;
  readonly words: string;
  readonly color: string;
}

const FLEXION_BANDS: readonly FlexionBand[] = [
  { toDeg: -10, words: 'leaning back, more than 10°', color: 'blue' },
  { fromDeg: -10, toDeg: 20, words: 'upright, up to 20°', color: 'green' },
  { fromDeg: 20, toDeg: 45, words: '20° to 45°', color: 'yellow' },
  { fromDeg: 45, toDeg: 60, words: '45° to 60°', color: 'orange' },
  { fromDeg: 60, toDeg: 90, words: '60° to 90°', color: 'red' },
  { fromDeg: 90, words: 'beyond 90°', color: 'dark-red' },
];

/** Seconds of data in each band, so that a second that was half covered counts half. */
export function flexionBandsGauge(columns: InfluxColumns, flexion: MetricDefinition): BarGaugeBuilder {
  const panel = new BarGaugeBuilder()
    .title('Time in each range of forward lean')
    .description(
      'How long the trunk was held in each range while there was data and the wearer was neither lying nor reclining. ' +
        'A range that never occurred has no bar.',
    )
    .datasource(columns.source('posture'))
    .unit(Seconds)
    .decimals(1)
    .min(0)
    .noValue('no data')
    .orientation(VizOrientation.Horizontal)
    .displayMode(BarGaugeDisplayMode.Basic)
    .valueMode(BarGaugeValueMode.Text)
    .thresholds(noThresholds())
    .reduceOptions(new ReduceDataOptionsBuilder().values(false).calcs(['sum']).fields(''));
  for (const [index, band] of FLEXION_BANDS.entries()) {
    const refId = String.fromCharCode(65 + index);
    panel
      .withTarget(influxTarget(refId, secondsInBand(columns, flexion, band)))
      .overrideByQuery(refId, [{ id: 'color', value: { mode: 'fixed', fixedColor: band.color } }]);
  }
  return panel;
}

function secondsInBand(columns: InfluxColumns, flexion: MetricDefinition, band: FlexionBand): InfluxQuestion {
  const field = columns.metric(flexion.id);
  const activity = columns.field('posture', 'activity');
  const conditions = [
    `${activity} <> 'lying' AND ${activity} <> 'reclined'`,
    ...(band.fromDeg === undefined ? [] : [`${field} >= ${band.fromDeg}`]),
    ...(band.toDeg === undefined ? [] : [`${field} < ${band.toDeg}`]),
  ];
  return postureQuery(columns, {
    select: `sum(${columns.field('posture', 'coverage')}) AS "duration"`,
    where: conditions.join(' AND '),
    alias: `${band.words} ($tag_site)`,
  });
}

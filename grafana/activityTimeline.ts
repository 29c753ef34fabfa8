/** What the wearer was doing, as coloured stretches with their names. */
import { VisibilityMode } from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder as StateTimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { String as Text } from '@grafana/grafana-foundation-sdk/units';
import type { InfluxColumns } from './influxColumns.ts';
import { influxTarget } from './influxTarget.ts';
import { allSeriesTooltip, inWords, legendBelow, noThresholds } from './panelStyle.ts';
import { GAPS_STAY_GAPS, postureQuery } from './postureQuery.ts';
import { ACTIVITY_WORDS } from './words.ts';

export function activityTimeline(columns: InfluxColumns): StateTimelineBuilder {
  return new StateTimelineBuilder()
    .title('Posture and activity')
    .description(
      'What the wearer was doing most of the time in each stretch: lying, reclined, upright or walking. ' +
        'One sensor on the trunk does not tell sitting from standing: both are upright. Blank means no data.',
    )
    .datasource(columns.source('posture'))
    .interval('1s')
    .unit(Text)
    .mappings(inWords(ACTIVITY_WORDS))
    .thresholds(noThresholds())
    .mergeValues(true)
    .showValue(VisibilityMode.Auto)
    .spanNulls(false)
    .rowHeight(0.8)
    .legend(legendBelow())
    .tooltip(allSeriesTooltip())
    .withTarget(
      influxTarget(
        'A',
        postureQuery(columns, {
          select: `mode(${columns.field('posture', 'activity')}) AS "activity"`,
          buckets: GAPS_STAY_GAPS,
          alias: '$tag_site',
        }),
      ),
    );
}

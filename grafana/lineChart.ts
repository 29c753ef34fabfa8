/** The line chart that all others start from. */
import {
  type DataSourceRef,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  VisibilityMode,
} from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { type InfluxQuestion, influxTarget, MIXED_SOURCE } from './influxTarget.ts';
import { allSeriesTooltip, legendBelow, noThresholds, type ThresholdStep, thresholds } from './panelStyle.ts';

/** A line chart whose gaps stay gaps; at least one stored second per point. */
export function lineChart(title: string, description: string, questions: readonly InfluxQuestion[]): TimeSeriesBuilder {
  const panel = new TimeSeriesBuilder()
    .title(title)
    .description(description)
    .datasource(sourceOf(questions))
    .interval('1s')
    .spanNulls(false)
    .showPoints(VisibilityMode.Auto)
    .lineWidth(1)
    .thresholds(noThresholds())
    .legend(legendBelow())
    .tooltip(allSeriesTooltip());
  for (const [index, question] of questions.entries()) {
    panel.withTarget(influxTarget(String.fromCharCode(65 + index), question));
  }
  return panel;
}

/** Grafana wants one data source per panel, or the one that says "each query has its own". */
function sourceOf(questions: readonly InfluxQuestion[]): DataSourceRef {
  const [first, ...others] = questions.map(({ datasource }) => datasource);
  return first !== undefined && others.every(({ uid }) => uid === first.uid) ? first : MIXED_SOURCE;
}

/** Draws the steps as dashed lines across the chart. */
export function drawLimits(panel: TimeSeriesBuilder, lines: readonly ThresholdStep[]): TimeSeriesBuilder {
  return panel
    .thresholds(thresholds(...lines))
    .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
}

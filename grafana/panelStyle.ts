/** How panels look alike: thresholds, legends, colours. Colour never carries a meaning alone: texts and axis values say it too. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  TooltipDisplayMode,
  type VizLegendOptions,
  VizLegendOptionsBuilder,
  type VizTooltipOptions,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  MappingType,
  type ThresholdsConfig,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';

export interface ThresholdStep {
  /** In the panel's unit; the first step has none and reaches down without end. */
  readonly from?: number;
  readonly color: string;
}

export const thresholds = (...steps: readonly ThresholdStep[]): Builder<ThresholdsConfig> =>
  new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps(steps.map(({ from, color }) => ({ value: from ?? null, color })));

export const noThresholds = (): Builder<ThresholdsConfig> => thresholds({ color: 'text' });

/** `calcs` are Grafana's reducers shown beside each series, such as `max`. */
export const legendBelow = (...calcs: readonly string[]): Builder<VizLegendOptions> =>
  new VizLegendOptionsBuilder()
    .displayMode(calcs.length > 0 ? LegendDisplayMode.Table : LegendDisplayMode.List)
    .placement(LegendPlacement.Bottom)
    .showLegend(true)
    .calcs([...calcs]);

export const allSeriesTooltip = (): Builder<VizTooltipOptions> =>
  new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.None);

/** `field` is the column that is shown of a table with one row; absent: every number. */
export const lastOf = (field?: string): ReduceDataOptionsBuilder =>
  new ReduceDataOptionsBuilder()
    .values(false)
    .calcs(['lastNotNull'])
    .fields(field === undefined ? '' : `/^${field}$/`);

export interface ShownAs {
  readonly text: string;
  readonly color?: string;
}

/** Shows stored words as plain ones. */
export const inWords = (words: Readonly<Record<string, ShownAs>>): ValueMapping[] => [
  {
    type: MappingType.ValueToText,
    options: Object.fromEntries(
      Object.entries(words).map(([value, { text, color }], index) => [
        value,
        { text, index, ...(color === undefined ? {} : { color }) },
      ]),
    ),
  },
];

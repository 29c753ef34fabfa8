/** The catalogue's units as Grafana names them. */
import {
  DecibelMilliWatt,
  Degrees,
  DegreesPerSecond,
  GUnit,
  Milliseconds,
  Percent,
  PercentUnit,
  Seconds,
  Short,
  String as Text,
} from '@grafana/grafana-foundation-sdk/units';
import type { Unit } from '../src/model/metric.ts';

export const GRAFANA_UNIT: Readonly<Record<Unit, string>> = {
  deg: Degrees,
  'deg/s': DegreesPerSecond,
  s: Seconds,
  ratio: PercentUnit,
  count: Short,
  g: GUnit,
  pct: Percent,
  dBm: DecibelMilliWatt,
  ms: Milliseconds,
  class: Text,
};

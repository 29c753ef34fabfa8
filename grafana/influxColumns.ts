/**
 * Column names for queries, checked against what the InfluxDB writer stores: a query over a column that nobody writes
 * is an error when the dashboard is generated, not an empty panel in front of a clinician.
 */
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import type { InfluxMeasurement } from '../src/sinks/influx/schema.ts';
import { LONG_SOURCE, SERIES_SOURCE } from './influxTarget.ts';

type MeasurementName = InfluxMeasurement['name'];

/** All names come quoted; each function throws an Error that lists what there is when the name is not stored. */
export interface InfluxColumns {
  readonly field: (measurement: MeasurementName, name: string) => string;
  readonly tag: (measurement: MeasurementName, name: string) => string;
  /** The field of `posture` that holds a metric of the catalogue. */
  readonly metric: (metricId: string) => string;
  /** The data source whose database holds the measurement. */
  readonly source: (measurement: MeasurementName) => DataSourceRef;
}

export function influxColumns(measurements: readonly InfluxMeasurement[]): InfluxColumns {
  const find = (name: MeasurementName): InfluxMeasurement =>
    known(
      measurements.find((measurement) => measurement.name === name),
      'measurement',
      measurements.map((measurement) => measurement.name),
      name,
    );
  return {
    field: (measurement, name) => {
      const { fields } = find(measurement);
      const stored = fields.map((field) => field.name);
      return `"${known(stored.includes(name) ? name : undefined, `field of ${measurement}`, stored, name)}"`;
    },
    tag: (measurement, name) => {
      const { tags } = find(measurement);
      return `"${known(tags.includes(name) ? name : undefined, `tag of ${measurement}`, tags, name)}"`;
    },
    metric: (metricId) => {
      const { fields } = find('posture');
      const field = fields.find((candidate) => candidate.metricId === metricId);
      return `"${known(field?.name, 'stored metric', metricIds(fields), metricId)}"`;
    },
    source: (measurement) => (find(measurement).database === 'series' ? SERIES_SOURCE : LONG_SOURCE),
  };
}

const metricIds = (fields: InfluxMeasurement['fields']): string[] =>
  fields.flatMap(({ metricId }) => (metricId === undefined ? [] : [metricId]));

function known<T>(found: T | undefined, kind: string, choices: readonly string[], name: string): T {
  if (found === undefined) throw new Error(`expected a ${kind} (${choices.join(', ')}), found "${name}"`);
  return found;
}

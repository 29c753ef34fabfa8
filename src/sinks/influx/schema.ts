/**
 * What InfluxDB holds, derived from the metric catalogue: measurements, tags and typed fields as data.
 * The writer, the dashboards and the documentation read this list and nothing repeats it.
 */
import { PlumblineError } from '../../model/errors.ts';
import type { MetricDefinition } from '../../model/metric.ts';

export type InfluxFieldType = 'float' | 'integer' | 'string';

interface InfluxField {
  readonly name: string;
  readonly type: InfluxFieldType;
  readonly description: string;
  /** The metric of the catalogue that it stores. */
  readonly metricId?: string;
}

export interface InfluxMeasurement {
  readonly name: 'posture' | 'event' | 'device';
  /** One database for each retention: `series` is short and dense, `long` is kept. */
  readonly database: 'series' | 'long';
  readonly description: string;
  readonly tags: readonly string[];
  readonly fields: readonly InfluxField[];
}

/** `flexionRateMaxDps` → `flexion_rate_max_dps` */
export const influxFieldName = (metricId: string): string =>
  metricId.replaceAll(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);

/** @throws PlumblineError `config/invalid` when two fields of a measurement would have one name: a mistake in the catalogue. */
export function influxMeasurements(catalogue: readonly MetricDefinition[]): readonly InfluxMeasurement[] {
  const posture: InfluxMeasurement = {
    name: 'posture',
    database: 'series',
    description: 'One second of one sensor.',
    tags: ['patient', 'site'],
    fields: [
      ...catalogue.map(({ id, description }): InfluxField => {
        return { name: influxFieldName(id), type: 'float', description, metricId: id };
      }),
      field('activity', 'string', 'Lying, reclined, sitting, standing, walking or unknown.'),
      field('coverage', 'float', 'Share of the second that was covered by samples, 0 to 1.'),
    ],
  };
  expectUniqueNames(posture);
  return [posture, EVENT, DEVICE];
}

const EVENT: InfluxMeasurement = {
  name: 'event',
  database: 'long',
  description: 'What happened (motion) and what it meant for this person (clinical).',
  tags: ['patient', 'kind'],
  fields: [
    field('id', 'string', 'The event’s id in the record.'),
    field('type', 'string', 'Motion event type, or the rule that fired.'),
    field('layer', 'string', 'motion or clinical.'),
    field('severity', 'string', 'none, low, medium or high.'),
    field('dur_s', 'float', 'Duration in seconds.'),
    field('peak_deg', 'float', 'Largest angle in degrees.'),
    field('peak_rate_dps', 'float', 'Fastest movement in degrees per second.'),
    field('confidence', 'float', 'How sure, 0 to 1.'),
    field('text', 'string', 'What the wearer was told.'),
  ],
};

const DEVICE: InfluxMeasurement = {
  name: 'device',
  database: 'series',
  description: 'Health of one wearable.',
  tags: ['patient', 'device'],
  fields: [
    field('battery_pct', 'float', 'Battery charge in percent.'),
    field('rssi_dbm', 'float', 'Radio signal strength in dBm.'),
    field('loss_pct', 'float', 'Share of samples that were lost on the way, in percent.'),
    field('clock_residual_ms', 'float', 'How far the sensor’s clock strays from its line, in milliseconds.'),
    field('samples', 'integer', 'Samples received since the service started.'),
    field('lost_samples', 'integer', 'Samples lost for good since the service started.'),
    field('reconnects', 'integer', 'Connections made anew since the service started.'),
  ],
};

function field(name: string, type: InfluxFieldType, description: string): InfluxField {
  return { name, type, description };
}

function expectUniqueNames({ name, tags, fields }: InfluxMeasurement): void {
  const seen = new Set(tags);
  for (const { name: fieldName } of fields) {
    if (seen.has(fieldName)) {
      throw new PlumblineError(
        'config/invalid',
        `measurement ${name}: expected field names once, found ${fieldName} twice`,
      );
    }
    seen.add(fieldName);
  }
}

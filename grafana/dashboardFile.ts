/** The dashboards as files: the same catalogue gives the same bytes. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { METRICS } from '../src/motion/metrics.ts';
import { influxMeasurements } from '../src/sinks/influx/schema.ts';
import { patientDay } from './patientDay.ts';

export interface DashboardFile {
  /** In `grafana/dashboards/`. */
  readonly name: string;
  readonly dashboard: Dashboard;
}

export const dashboardFiles = (): DashboardFile[] => [
  { name: 'patient-day.json', dashboard: patientDay(METRICS, influxMeasurements(METRICS)) },
];

export const dashboardText = (dashboard: Dashboard): string => `${JSON.stringify(dashboard, null, 2)}\n`;

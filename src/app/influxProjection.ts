/** The dashboards' copy of the record, where one is configured. */
import type { Config } from '../config.ts';
import type { Clock, Logger, RecordStore } from '../model/ports.ts';
import { METRICS } from '../motion/index.ts';
import { InfluxProjector } from '../sinks/influx/projector.ts';
import { InfluxSeriesStore } from '../sinks/influx/seriesStore.ts';

export function influxProjection(
  config: Config['influx'],
  record: RecordStore,
  clock: Clock,
  logger: Logger,
): InfluxProjector | undefined {
  if (!config) return undefined;
  const store = new InfluxSeriesStore({ config, catalogue: METRICS, logger });
  return new InfluxProjector({ record, store, clock, logger, batchEntries: config.batchPoints });
}

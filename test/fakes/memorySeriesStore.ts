/** A time-series database in a Map: the same contract as the InfluxDB one (test/contract/seriesStore.contract.ts). */
import { PlumblineError } from '../../src/model/errors.ts';
import type { MetricDefinition } from '../../src/model/metric.ts';
import type { JournalEntry, SeriesStore, SinkState } from '../../src/model/ports.ts';
import { EventSlots } from '../../src/sinks/influx/eventSlots.ts';
import { type InfluxPoint, pointOf } from '../../src/sinks/influx/lineValues.ts';
import { type InfluxMeasurement, influxMeasurements } from '../../src/sinks/influx/schema.ts';

export class MemorySeriesStore implements SeriesStore {
  state: SinkState = 'stopped';
  isReachable = true;
  readonly #measurements: readonly InfluxMeasurement[];
  readonly #slots = new EventSlots();
  readonly #points = new Map<string, InfluxPoint>();

  constructor(catalogue: readonly MetricDefinition[]) {
    this.#measurements = influxMeasurements(catalogue);
  }

  get points(): InfluxPoint[] {
    return [...this.#points.values()];
  }

  async start(): Promise<void> {
    this.state = 'connecting';
  }

  async stop(): Promise<void> {
    this.state = 'stopped';
  }

  async write(entries: readonly JournalEntry[]): Promise<void> {
    if (this.state === 'stopped')
      throw new PlumblineError('influx/unavailable', 'expected a started store, found stopped');
    const points = entries.map((entry) => pointOf(entry, this.#measurements, this.#slots));
    if (!this.isReachable) {
      this.state = 'down';
      throw new PlumblineError('influx/unavailable', 'expected a reachable database, found none');
    }
    this.state = 'connected';
    for (const point of points) {
      this.#points.set(JSON.stringify([point.measurement, point.tags, point.timestamp]), point);
    }
  }
}

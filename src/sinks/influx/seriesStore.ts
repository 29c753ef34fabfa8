/** Writes rows of the record to InfluxDB, for dashboards. The record stays the record: everything here can be written again. */
import { PlumblineError } from '../../model/errors.ts';
import type { MetricDefinition } from '../../model/metric.ts';
import type { JournalEntry, Logger, SeriesStore, SinkState } from '../../model/ports.ts';
import { type Schedule, scheduleWithTimers } from '../schedule.ts';
import type { InfluxConfig } from './config.ts';
import { EventSlots } from './eventSlots.ts';
import { countTooOld, influxFault } from './influxFault.ts';
import { type InfluxPoint, pointOf } from './lineValues.ts';
import { type InfluxMeasurement, influxMeasurements } from './schema.ts';
import { InfluxWriteClient } from './writeClient.ts';

export interface InfluxSeriesStoreOptions {
  readonly config: InfluxConfig;
  readonly catalogue: readonly MetricDefinition[];
  readonly logger: Logger;
  readonly schedule?: Schedule;
}

export class InfluxSeriesStore implements SeriesStore {
  readonly #config: InfluxConfig;
  readonly #measurements: readonly InfluxMeasurement[];
  readonly #logger: Logger;
  readonly #client: InfluxWriteClient;
  readonly #slots = new EventSlots();
  #state: SinkState = 'stopped';
  #stopping = new AbortController();
  #tooOldPoints = 0;

  constructor({ config, catalogue, logger, schedule = scheduleWithTimers }: InfluxSeriesStoreOptions) {
    this.#config = config;
    this.#measurements = influxMeasurements(catalogue);
    this.#logger = logger;
    this.#client = new InfluxWriteClient(config, this.#measurements, schedule);
  }

  /** `connecting` until the first write: InfluxDB is a projection, nothing waits for it. */
  get state(): SinkState {
    return this.#state;
  }

  /** Points that InfluxDB did not take because they were older than what it keeps. */
  get tooOldPoints(): number {
    return this.#tooOldPoints;
  }

  async start(): Promise<void> {
    if (this.#state !== 'stopped') return;
    this.#stopping = new AbortController();
    this.#state = 'connecting';
  }

  /** A write that is under way is given up; it can be written again. */
  async stop(): Promise<void> {
    this.#state = 'stopped';
    this.#stopping.abort();
    this.#client.disconnect();
  }

  /** Nothing is sent when one of the entries can never be accepted. */
  async write(entries: readonly JournalEntry[]): Promise<void> {
    if (this.#state === 'stopped') {
      throw new PlumblineError('influx/unavailable', 'expected a started InfluxDB writer, found it stopped');
    }
    const points = entries.map((entry) => pointOf(entry, this.#measurements, this.#slots));
    for (const role of ['long', 'series'] as const) {
      const ofRole = points.filter(({ database }) => database === role);
      for (let i = 0; i < ofRole.length; i += this.#config.batchPoints) {
        await this.#send(this.#config.databases[role], ofRole.slice(i, i + this.#config.batchPoints));
      }
    }
  }

  async #send(database: string, points: readonly InfluxPoint[]): Promise<void> {
    try {
      await this.#client.write(database, points, this.#stopping.signal);
    } catch (error) {
      const tooOld = countTooOld(error);
      if (tooOld === undefined) {
        const fault = influxFault(error, this.#config.url);
        this.#setUp(fault.code === 'influx/rejected');
        throw fault;
      }
      this.#tooOldPoints += tooOld;
      this.#logger.warn('influx.tooOld', { database, points: tooOld, pointsSoFar: this.#tooOldPoints });
    }
    this.#setUp(true);
  }

  #setUp(isUp: boolean): void {
    if (this.#state !== 'stopped') this.#state = isUp ? 'connected' : 'down';
  }
}

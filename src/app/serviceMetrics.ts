/** What the service says about itself to Prometheus. No person's id is a label. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type RadioReading, registerRadioMetrics } from './radioMetrics.ts';
import type { DeviceHealth } from '../model/ports.ts';
import { registerDeviceMetrics } from './deviceMetrics.ts';

interface Readings {
  readonly nowMs: () => number;
  readonly devices: () => DeviceHealth[];
  readonly radioRestarts: () => number;
  readonly storageWaiting: () => number;
  readonly influxWaiting: () => number;
  readonly radio: RadioReading;
}

export class ServiceMetrics {
  readonly #registry = new Registry();
  readonly samples = this.#counter('plumbline_samples_total', 'Samples processed');
  readonly motionEvents = this.#counter('plumbline_motion_events_total', 'Motion events by type', ['type']);
  readonly clinicalEvents = this.#counter('plumbline_clinical_events_total', 'Clinical events by rule', ['rule']);
  readonly acknowledged = this.#counter('plumbline_alerts_acknowledged_total', 'Alerts acknowledged');
  readonly gaps = this.#counter('plumbline_gaps_total', 'Gaps in the data by reason', ['reason']);
  readonly blockSeconds = new Histogram({
    name: 'plumbline_block_seconds',
    help: 'Time to process one block of samples, seconds',
    buckets: [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1],
    registers: [this.#registry],
  });

  /** @param read gauges are read when they are asked for */
  constructor(read: Readings) {
    collectDefaultMetrics({ register: this.#registry });
    const gauge = (name: string, help: string, value: () => number): void => {
      const metric = new Gauge({
        name,
        help,
        registers: [],
        collect() {
          this.set(value());
        },
      });
      this.#registry.registerMetric(metric);
    };
    gauge(
      'plumbline_devices_streaming',
      'Wearables that send data',
      () => read.devices().filter((d) => d.state === 'streaming').length,
    );
    gauge('plumbline_devices', 'Wearables that are enrolled', () => read.devices().length);
    gauge('plumbline_lost_samples', 'Samples lost on the way from the wearables', () =>
      read.devices().reduce((sum, d) => sum + d.lostSamples, 0),
    );
    registerDeviceMetrics(this.#registry, read.devices, read.nowMs);
    gauge('plumbline_radio_restarts', 'How often the radio process had to be started again', read.radioRestarts);
    gauge('plumbline_storage_waiting_batches', 'Batches that wait in memory for the record', read.storageWaiting);
    gauge('plumbline_influx_waiting_entries', 'Rows of the record that are not in InfluxDB yet', read.influxWaiting);
    registerRadioMetrics(this.#registry, read.radio);
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #counter<Label extends string>(name: string, help: string, labelNames: readonly Label[] = []): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: [this.#registry] });
  }
}

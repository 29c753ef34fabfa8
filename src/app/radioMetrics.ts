/** What the radio has done since the start of the service, for Prometheus. No device's address is a label. */
import { Counter, Gauge, type Registry } from 'prom-client';
import { NO_RADIO_STATS, type RadioStats } from '../ble/radioStats.ts';

/** Undefined without a radio. */
export type RadioReading = () => RadioStats | undefined;

/** The counts are kept by the radio; they are read when they are asked for. */
export function registerRadioMetrics(registry: Registry, reading: RadioReading): void {
  const read = (): RadioStats => reading() ?? NO_RADIO_STATS;
  const count = (name: string, help: string, value: (stats: RadioStats) => number): void => {
    const collect = function (this: Counter): void {
      this.reset();
      this.inc(value(read()));
    };
    registry.registerMetric(new Counter({ name, help, registers: [], collect }));
  };
  count('plumbline_radio_connect_attempts_total', 'Connections asked for', (s) => s.connectAttempts);
  count('plumbline_radio_connect_failures_total', 'Connections not made', (s) => s.connectFailures);
  count('plumbline_radio_notifications_total', 'Packets from wearables', (s) => s.notifications);
  count('plumbline_radio_scan_restarts_total', 'Scans restarted because nobody was heard', (s) => s.scanRestarts);
  registry.registerMetric(
    new Gauge({
      name: 'plumbline_radio_links',
      help: 'Open links to wearables',
      registers: [],
      collect() {
        this.set(read().links.length);
      },
    }),
  );
  registry.registerMetric(
    new Counter({
      name: 'plumbline_radio_link_ends_total',
      help: 'Ended links by HCI reason',
      labelNames: ['reason'],
      registers: [],
      collect() {
        this.reset();
        for (const [reason, ended] of Object.entries(read().linkEnds)) this.inc({ reason }, ended);
      },
    }),
  );
}

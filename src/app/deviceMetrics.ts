/** Each wearable to Prometheus: the label is the wearable's id, never the person's. */
import { Gauge, type Registry } from 'prom-client';
import type { DeviceHealth } from '../model/ports.ts';

interface DeviceReading {
  readonly name: string;
  readonly help: string;
  /** Undefined: not known, and then not reported. */
  readonly value: (health: DeviceHealth, nowMs: number) => number | undefined;
  /** Told beside the value; one at a time for each wearable. */
  readonly reason?: (health: DeviceHealth) => string | undefined;
}

const READINGS: readonly DeviceReading[] = [
  { name: 'streaming', help: '1 while the wearable sends data', value: ({ state }) => Number(state === 'streaming') },
  { name: 'rssi_dbm', help: 'Strength of the radio signal', value: ({ rssiDbm }) => rssiDbm },
  { name: 'battery_pct', help: 'Charge of the battery', value: ({ batteryPct }) => batteryPct },
  { name: 'loss_pct', help: 'Share of samples lost for good', value: ({ lossPct }) => lossPct },
  { name: 'samples', help: 'Samples received since the start', value: ({ samples }) => samples },
  { name: 'lost_samples', help: 'Samples lost for good since the start', value: ({ lostSamples }) => lostSamples },
  {
    name: 'repaired_samples',
    help: 'Samples fetched again from the wearable since the start',
    value: ({ repairedSamples }) => repairedSamples,
  },
  { name: 'reconnects', help: 'Connections made anew since the start', value: ({ reconnects }) => reconnects },
  {
    name: 'clock_residual_ms',
    help: 'How far stamps stray from the line between the clocks of wearable and host, 95th percentile',
    value: ({ clockResidualMs }) => clockResidualMs,
  },
  {
    name: 'last_sample_age_seconds',
    help: 'Time since the last sample was taken',
    value: ({ lastSampleMs }, nowMs) => (lastSampleMs === undefined ? undefined : (nowMs - lastSampleMs) / 1000),
  },
  {
    name: 'last_disconnect_age_seconds',
    help: 'Time since data were last lost, and why',
    value: ({ lastLostMs }, nowMs) => (lastLostMs === undefined ? undefined : (nowMs - lastLostMs) / 1000),
    reason: ({ lastReason }) => lastReason,
  },
];

export function registerDeviceMetrics(registry: Registry, devices: () => DeviceHealth[], nowMs: () => number): void {
  for (const { name, help, value, reason } of READINGS) {
    const gauge = new Gauge({
      name: `plumbline_device_${name}`,
      help,
      labelNames: ['device', 'kind', ...(reason ? ['reason'] : [])],
      registers: [],
      collect() {
        this.reset();
        const readMs = nowMs();
        for (const health of devices()) {
          const found = value(health, readMs);
          if (found === undefined) continue;
          const told = reason && { reason: reason(health) ?? 'unknown' };
          this.set({ device: health.deviceId, kind: health.kind, ...told }, found);
        }
      },
    });
    registry.registerMetric(gauge);
  }
}

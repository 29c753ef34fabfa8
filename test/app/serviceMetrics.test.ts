import { expect, it } from 'vitest';
import { ServiceMetrics } from '../../src/app/serviceMetrics.ts';
import type { RadioStats } from '../../src/ble/radioStats.ts';

it('tells Prometheus what the radio has done, each time anew, and never whose wearable it was', async () => {
  let stats: RadioStats | undefined;
  const readings = {
    nowMs: () => 0,
    devices: () => [],
    radioRestarts: () => stats?.radioRestarts ?? 0,
    radio: () => stats,
    storageWaiting: () => 0,
    influxWaiting: () => 0,
  };
  const metrics = new ServiceMetrics(readings);
  expect(await metrics.text()).toContain('plumbline_radio_connect_attempts_total 0');
  stats = {
    connectAttempts: 7,
    connectFailures: 2,
    linkEnds: { '0x08': 3, none: 1 },
    notifications: 4000,
    links: [{ id: 'c0ffee000001', notifications: 100 }],
    scanRestarts: 5,
    radioRestarts: 6,
  };
  for (let reading = 0; reading < 2; reading++) {
    const text = await metrics.text();
    for (const line of [
      'plumbline_radio_connect_attempts_total 7',
      'plumbline_radio_connect_failures_total 2',
      'plumbline_radio_link_ends_total{reason="0x08"} 3',
      'plumbline_radio_link_ends_total{reason="none"} 1',
      'plumbline_radio_notifications_total 4000',
      'plumbline_radio_links 1',
      'plumbline_radio_scan_restarts_total 5',
      'plumbline_radio_restarts 6',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    expect(text).not.toContain('c0ffee000001');
  }
});

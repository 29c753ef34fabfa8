import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { registerDeviceMetrics } from '../../src/app/deviceMetrics.ts';
import type { DeviceHealth } from '../../src/model/ports.ts';
import { sensorHealth } from '../fakes/scriptedView.ts';

const textFor = (devices: DeviceHealth[], nowMs = 10_000): Promise<string> => {
  const registry = new Registry();
  registerDeviceMetrics(
    registry,
    () => devices,
    () => nowMs,
  );
  return registry.metrics();
};

it('each wearable reports under its own id, and never under the id of its wearer', async () => {
  const text = await textFor([
    sensorHealth({ deviceId: 'imu-1', rssiDbm: -61, reconnects: 3, clockResidualMs: 2.5, lastSampleMs: 9000 }),
    sensorHealth({ deviceId: 'imu-2', state: 'silent' }),
  ]);
  expect(text).toContain('plumbline_device_rssi_dbm{device="imu-1",kind="plumbline-imu"} -61');
  expect(text).toContain('plumbline_device_reconnects{device="imu-1",kind="plumbline-imu"} 3');
  expect(text).toContain('plumbline_device_clock_residual_ms{device="imu-1",kind="plumbline-imu"} 2.5');
  expect(text).toContain('plumbline_device_last_sample_age_seconds{device="imu-1",kind="plumbline-imu"} 1');
  expect(text).toContain('plumbline_device_streaming{device="imu-2",kind="plumbline-imu"} 0');
  expect(text).not.toContain('anna');
});

it('why data were last lost stands beside when', async () => {
  const text = await textFor([
    sensorHealth({ deviceId: 'imu-1', lastLostMs: 4000, lastReason: 'out of reach (0x08)' }),
    sensorHealth({ deviceId: 'imu-2' }),
  ]);
  expect(text.match(/^plumbline_device_last_disconnect_age_seconds\{.*$/gm)).toEqual([
    'plumbline_device_last_disconnect_age_seconds{device="imu-1",kind="plumbline-imu",reason="out of reach (0x08)"} 6',
  ]);
});

it('what is not known is not reported as zero', async () => {
  const { batteryPct: _battery, ...unknown } = sensorHealth();
  expect(await textFor([unknown])).not.toMatch(/^plumbline_device_battery_pct\{/m);
});

/** Is the sensor well? Battery, signal, loss, when last heard. */
import type { DeviceHealth } from '../../../model/ports.ts';
import { batteryWords, lossWords, signalWords, STATE_WORDS, troubleWords } from '../words/sensorWords.ts';
import { agoWords } from '../words/timeWords.ts';
import { Mark } from './Mark.tsx';

function Sensor({ device, lastMs, serverMs }: { device: DeviceHealth; lastMs: number | undefined; serverMs: number }) {
  const seenMs = Math.max(lastMs ?? 0, device.lastSampleMs ?? 0);
  const facts: readonly (readonly [string, string])[] = [
    ['Battery', batteryWords(device.batteryPct)],
    ['Signal', signalWords(device)],
    ['Lost data', lossWords(device)],
    ['Last data', seenMs > 0 ? agoWords(seenMs, serverMs) : 'none yet'],
  ];
  const trouble = troubleWords(device);
  return (
    <div class="sensor">
      <p class="sensor-state">
        <Mark shape={device.state === 'streaming' ? 'well' : 'unseen'} />
        {STATE_WORDS[device.state]}
        <span class="soft">{device.deviceId}</span>
      </p>
      {trouble !== undefined && <p class="sensor-problem">{trouble}</p>}
      <dl>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

export function SensorPanel({
  devices,
  lastMs,
  serverMs,
  headingId,
}: {
  devices: readonly DeviceHealth[];
  /** Latest sample of the wearer that the page has; Unix ms. */
  lastMs: number | undefined;
  serverMs: number;
  headingId: string;
}) {
  return (
    <section class="card" aria-labelledby={headingId}>
      <h3 id={headingId}>Sensor</h3>
      {devices.length === 0 && <p class="empty">Waiting for the sensor… Put it on and keep it near this computer.</p>}
      {devices.map((device) => (
        <Sensor
          key={device.deviceId}
          device={device}
          lastMs={devices.length === 1 ? lastMs : undefined}
          serverMs={serverMs}
        />
      ))}
    </section>
  );
}

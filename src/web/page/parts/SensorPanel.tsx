/** Is the sensor well? Battery, signal, loss, when last heard; for whoever looks after it, its connection and clock as well. */
import type { DeviceHealth } from '../../../model/ports.ts';
import {
  batteryWords,
  blindWords,
  clockWords,
  fitWords,
  identityWords,
  interruptionWords,
  lossWords,
  placementWords,
  reconnectWords,
  signalWords,
  STATE_WORDS,
  troubleWords,
} from '../words/sensorWords.ts';
import { agoWords } from '../words/timeWords.ts';
import { Mark } from './Mark.tsx';

type Fact = readonly [name: string, value: string];

function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Sensor({ device, lastMs, serverMs }: { device: DeviceHealth; lastMs: number | undefined; serverMs: number }) {
  const seenMs = Math.max(lastMs ?? 0, device.lastSampleMs ?? 0);
  const trouble = troubleWords(device);
  const identity = identityWords(device);
  const blind = blindWords(device);
  const fit = fitWords(device);
  return (
    <div class="sensor">
      <h4>
        {placementWords(device)} <span class="soft">{device.deviceId}</span>
      </h4>
      <p class="sensor-state">
        <Mark shape={device.state === 'streaming' ? 'well' : 'unseen'} />
        {STATE_WORDS[device.state]}
      </p>
      {trouble !== undefined && <p class="sensor-problem">{trouble}</p>}
      <Facts
        facts={[
          ['Battery', batteryWords(device.batteryPct)],
          ['Signal', signalWords(device)],
          ['Lost data', lossWords(device)],
          ['Last data', seenMs > 0 ? agoWords(seenMs, serverMs) : 'none yet'],
          ...(fit === undefined ? [] : [['Upright', fit] as const]),
          ...(blind === undefined ? [] : [['Cannot show', blind] as const]),
        ]}
      />
      <details class="sensor-more">
        <summary>Connection and clock</summary>
        <Facts
          facts={[
            ['Reconnected', reconnectWords(device)],
            ['Last interruption', interruptionWords(device, serverMs)],
            ['Clock', clockWords(device)],
            ['Kind', device.kind],
            ...(identity === undefined ? [] : [['Says about itself', identity] as const]),
          ]}
        />
      </details>
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
      <h3 id={headingId}>{devices.length > 1 ? 'Sensors' : 'Sensor'}</h3>
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

/** Is every stage alive, and if not, what does that mean for the wearer, in words. */
import type { CentralState, DeviceHealth, SinkState, StageHealth } from '../model/ports.ts';

export interface StageReadings {
  readonly radio: () => { configured: boolean; state: CentralState; problem: string | undefined };
  readonly devices: () => DeviceHealth[];
  readonly storageWaiting: () => number;
  readonly mqtt: () => { state: SinkState; problem: string | undefined };
  /** undefined: not configured */
  readonly influx: () => { waitingEntries: number; problem: string | undefined } | undefined;
}

export class ServiceHealth {
  readonly #read: StageReadings;

  constructor(read: StageReadings) {
    this.#read = read;
  }

  stages(): StageHealth[] {
    return [
      this.#radio(),
      this.#storage(),
      this.#mqtt(),
      this.#influx(),
      { stage: 'web', ok: true, detail: 'the page is served' },
    ];
  }

  #radio(): StageHealth {
    const { configured, state, problem } = this.#read.radio();
    if (!configured) {
      const devices = this.#read.devices();
      const detail =
        devices.length === 0
          ? 'no radio is configured: nobody is monitored'
          : `no radio is configured, ${heard(devices)}`;
      return { stage: 'radio', ok: true, detail };
    }
    const unseen = 'no wearable can be heard and falls cannot be seen';
    if (problem) return { stage: 'radio', ok: false, detail: `${problem}; ${unseen}` };
    if (state !== 'poweredOn')
      return { stage: 'radio', ok: false, detail: `expected the radio to be on, found ${state}; ${unseen}` };
    return { stage: 'radio', ok: true, detail: `the radio is on, ${heard(this.#read.devices())}` };
  }

  #storage(): StageHealth {
    const waiting = this.#read.storageWaiting();
    return waiting === 0
      ? { stage: 'storage', ok: true, detail: 'everything is stored' }
      : {
          stage: 'storage',
          ok: false,
          detail: `expected a working record, found ${waiting} batches waiting in memory; alerts still go out`,
        };
  }

  #mqtt(): StageHealth {
    const { state, problem } = this.#read.mqtt();
    return state === 'connected'
      ? { stage: 'mqtt', ok: true, detail: 'connected to the broker' }
      : {
          stage: 'mqtt',
          ok: false,
          detail: `${problem ?? `expected a connection to the broker, found ${state}`}; alerts wait in the outbox`,
        };
  }

  #influx(): StageHealth {
    const lag = this.#read.influx();
    if (!lag) return { stage: 'influx', ok: true, detail: 'no InfluxDB is configured: there are no dashboards' };
    return lag.problem
      ? { stage: 'influx', ok: false, detail: `${lag.problem}; ${lag.waitingEntries} rows wait in the record` }
      : { stage: 'influx', ok: true, detail: 'level with the record' };
  }
}

const heard = (devices: readonly DeviceHealth[]): string =>
  `${devices.filter(({ state }) => state === 'streaming').length} of ${devices.length} wearables send data`;

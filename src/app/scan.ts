/** `plumbline scan`: what the radio hears, as a table that is drawn anew while it listens. */
import type { Config } from '../config.ts';
import { BatteryReader } from './batteryReader.ts';
import { type HeardDevice, HeardDevices } from './heardDevices.ts';
import { pinoLogger } from './pinoLogger.ts';
import { radioOf, startRadio } from './radioOf.ts';
import { systemTimers } from './session/timers.ts';
import { untilSignal } from './start.ts';
import { printable, textTable } from './textTable.ts';

export interface ScanCommand {
  readonly config: Config;
  readonly durationS: number;
  /** Also what is no known wearable. */
  readonly all: boolean;
  readonly json: boolean;
  /** Every wearable is asked for its battery, not only those that are enrolled. */
  readonly battery: boolean;
}

const REDRAW_MS = 500;
const HEADER = ['name', 'kind', 'address', 'signal', 'battery', 'worn by'];

/** @throws PlumblineError `radio/unavailable` with what to do about it */
export async function scan({ config, durationS, all, json, battery }: ScanCommand): Promise<number> {
  const abort = new AbortController();
  const signalled = untilSignal().then(() => abort.abort());
  const radio = radioOf(config, pinoLogger(config.log.level));
  const heard = new HeardDevices(
    config.people.flatMap(({ id, wearables }) => wearables.map((wearable) => ({ ...wearable, personId: id }))),
  );
  radio.onAdvertisement((advertisement) => heard.see(advertisement));
  const batteries = new BatteryReader(radio, { nowMs: radio.nowMs }, systemTimers());
  const listed = (): ScannedDevice[] =>
    heard.list().map((device) => ({ ...device, batteryPct: batteries.pctOf(device.id) }));
  const look = (): void => {
    for (const { id, kind, enrolledFor } of heard.list()) {
      if (kind !== undefined && (battery || enrolledFor.length > 0)) batteries.ask(id, kind);
    }
    live.draw(`${scanTable(listed(), all)}\nlistening …`);
  };
  const live = new LiveText(!json && process.stdout.isTTY);
  try {
    if (await startRadio(radio, abort.signal)) {
      await radio.startScan();
      const looking = setInterval(look, REDRAW_MS);
      await Promise.race([signalled, pause(durationS * 1000)]);
      clearInterval(looking);
      await Promise.race([signalled, batteries.end()]);
    }
  } finally {
    await radio.stop();
  }
  live.draw('');
  const list = listed();
  const shown = all ? list : list.filter(isWearable);
  process.stdout.write(json ? `${JSON.stringify(shown.map(asJson))}\n` : `${scanTable(list, all)}\n`);
  if (!json && config.radio.adapter === 'simulated') {
    process.stdout.write('These are simulated; PLUMBLINE_RADIO_ADAPTER=noble listens with the Bluetooth adapter.\n');
  }
  return 0;
}

const isWearable = ({ kind, enrolledFor }: HeardDevice): boolean => kind !== undefined || enrolledFor.length > 0;

/** JSON has no undefined: what is not known is null, so that every row has the same keys. */
const asJson = ({ id: _id, name, kind, batteryPct, ...rest }: ScannedDevice): object => ({
  name: name ?? null,
  kind: kind ?? null,
  batteryPct: batteryPct ?? null,
  ...rest,
});

export interface ScannedDevice extends HeardDevice {
  /** Undefined: not asked, or it did not say. */
  readonly batteryPct?: number | undefined;
}

export function scanTable(list: readonly ScannedDevice[], all: boolean): string {
  const shown = all ? list : list.filter(isWearable);
  const rows = shown.map(({ name, kind, address, rssiDbm, batteryPct, enrolledFor }) => [
    name ?? '–',
    kind ?? '–',
    address,
    `${rssiDbm} dBm`,
    batteryPct === undefined ? '–' : `${Math.round(batteryPct)} %`,
    enrolledFor.join(', ') || 'nobody',
  ]);
  const others = list.length - shown.length;
  const hidden = others === 0 ? [] : [`and ${others} other device${others > 1 ? 's' : ''} (--all lists them)`];
  const body = rows.length > 0 ? textTable(HEADER, rows) : 'no wearable heard: is it charged, near, and not connected?';
  return [body, ...hidden].join('\n');
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());

/** Lines on a terminal that replace those drawn before. */
class LiveText {
  readonly #isOn: boolean;
  #lines = 0;

  constructor(isOn: boolean) {
    this.#isOn = isOn;
  }

  draw(text: string): void {
    if (!this.#isOn) return;
    const columns = process.stdout.columns || 80;
    // A line that wraps would take two, and be left behind.
    const rows = process.stdout.rows || 24;
    const lines =
      text === ''
        ? []
        : text
            .split('\n')
            .slice(0, rows - 1)
            .map((line) => printable(line).slice(0, columns - 1));
    const back = this.#lines > 0 ? `\u001b[${this.#lines}A\u001b[J` : '';
    process.stdout.write(back + lines.map((line) => `${line}\n`).join(''));
    this.#lines = lines.length;
  }
}

/** `plumbline devices`: the kinds of wearable, from their definitions. */
import { KNOWN_DEVICES, type KnownDevice } from '../devices/index.ts';
import { textTable } from './textTable.ts';

interface DeviceKind {
  readonly id: string;
  readonly vendor: string;
  readonly model: string;
  /** `radio`: heard over Bluetooth; `push`: sends by itself, over HTTP or MQTT. */
  readonly source: 'radio' | 'push';
  readonly ratesHz: readonly number[];
  readonly defaultRateHz: number;
  /** `synchronised`: asked for its time again and again; `stamped`: its stamps are fitted to ours; `arrival`: no clock. */
  readonly time: 'synchronised' | 'stamped' | 'arrival';
  /** Sends lost packets again. */
  readonly backfill: boolean;
  readonly haptic: boolean;
  /** What its signal is good enough for. */
  readonly falls: boolean;
  readonly sway: 'full' | 'timeDomain' | 'none';
}

export async function devices(asJson: boolean): Promise<number> {
  const kinds = KNOWN_DEVICES.map(deviceKind);
  process.stdout.write(`${asJson ? JSON.stringify(kinds) : tableOf(kinds)}\n`);
  return 0;
}

function deviceKind(device: KnownDevice): DeviceKind {
  const { id, vendor, model, rateHz, clock, source, capabilities } = device;
  const { upkeep, backfill } = device.source === 'radio' ? device : { upkeep: undefined, backfill: undefined };
  return {
    id,
    vendor,
    model,
    source,
    ratesHz: rateHz.choices,
    defaultRateHz: rateHz.default,
    time: clock === undefined ? 'arrival' : upkeep ? 'synchronised' : 'stamped',
    backfill: backfill !== undefined,
    ...capabilities,
  };
}

const HEADER = ['kind', 'model', 'source', 'rates (Hz)', 'time', 'backfill', 'haptic', 'falls', 'sway'];
const NOTES = [
  'kind: people[].wearables[].device in the configuration; rates: * is the default',
  'source: radio is Bluetooth; push is a wearable that sends by itself, over HTTP or MQTT',
  'time: synchronised and stamped by its own clock, or by arrival; backfill: lost packets are sent again',
  'falls, sway: the signal is good enough to judge them',
];

function tableOf(kinds: readonly DeviceKind[]): string {
  const yesNo = (value: boolean): string => (value ? 'yes' : 'no');
  const rows = kinds.map((kind) => [
    kind.id,
    kind.model.startsWith(kind.vendor) ? kind.model : `${kind.vendor} ${kind.model}`,
    kind.source,
    kind.ratesHz.map((rateHz) => (rateHz === kind.defaultRateHz ? `${rateHz}*` : String(rateHz))).join(' '),
    kind.time,
    yesNo(kind.backfill),
    yesNo(kind.haptic),
    yesNo(kind.falls),
    { full: 'yes', timeDomain: 'without spectra', none: 'no' }[kind.sway],
  ]);
  return [textTable(HEADER, rows), '', ...NOTES].join('\n');
}

/** `plumbline devices`: the kinds of wearable, from their definitions. */
import { KNOWN_DEVICES, type KnownDevice } from '../devices/index.ts';
import { FALLS_FROM_HZ, sightOf } from '../devices/sensorSight.ts';
import { blindSpots } from './blindSpots.ts';
import { textTable } from './textTable.ts';

interface DeviceKind {
  readonly id: string;
  readonly vendor: string;
  readonly model: string;
  /** `radio`: heard over Bluetooth; `push`: sends by itself, over HTTP or MQTT. */
  readonly source: 'radio' | 'push';
  /** How it is recognised in the air. */
  readonly match: string;
  readonly ratesHz: readonly number[];
  readonly defaultRateHz: number;
  /** The first is the default; empty: it has one way only. */
  readonly modes: readonly {
    readonly id: string;
    readonly description: string;
    readonly ratesHz: readonly number[];
    readonly defaultRateHz: number;
    readonly hasGyroscope: boolean;
  }[];
  readonly hasGyroscope: boolean;
  /** `synchronised`: asked for its time again and again; `stamped`: its stamps are fitted to ours; `arrival`: no clock. */
  readonly time: 'synchronised' | 'stamped' | 'arrival';
  /** Sends lost packets again. */
  readonly backfill: boolean;
  readonly haptic: boolean;
  /** What its signal is good enough for. */
  readonly falls: boolean;
  /** Where it sees falls: the slowest rate at which it does. */
  readonly fallsFromHz?: number;
  readonly sway: 'full' | 'timeDomain' | 'none';
}

export async function devices(asJson: boolean): Promise<number> {
  process.stdout.write(`${asJson ? JSON.stringify(KNOWN_DEVICES.map(deviceKind)) : tableOf(KNOWN_DEVICES)}\n`);
  return 0;
}

export function timeBaseOf(device: KnownDevice): DeviceKind['time'] {
  if (device.clock === undefined) return 'arrival';
  return device.source === 'radio' && device.upkeep ? 'synchronised' : 'stamped';
}

function deviceKind(device: KnownDevice): DeviceKind {
  const { id, vendor, model, description, source, rateHz, modes = [], hasGyroscope, capabilities } = device;
  return {
    id,
    vendor,
    model,
    source,
    match: description.match,
    ratesHz: rateHz.choices,
    defaultRateHz: rateHz.default,
    modes: modes.map((mode) => ({
      id: mode.id,
      description: mode.description,
      ratesHz: mode.rateHz.choices,
      defaultRateHz: mode.rateHz.default,
      hasGyroscope: mode.hasGyroscope,
    })),
    hasGyroscope,
    time: timeBaseOf(device),
    backfill: device.source === 'radio' && device.backfill !== undefined,
    ...capabilities,
    ...(capabilities.falls ? { fallsFromHz: FALLS_FROM_HZ } : {}),
  };
}

const HEADER = ['kind', 'model', 'source', 'modes', 'rates (Hz)', 'time', 'backfill', 'haptic', 'falls', 'sway'];
const NOTES = [
  'kind: people[].wearables[].device in the configuration; modes: the first is the default; rates: * is the default',
  'source: radio is Bluetooth; push is a wearable that sends by itself, over HTTP or MQTT',
  'time: synchronised and stamped by its own clock, or by arrival; backfill: lost packets are sent again',
  `falls, sway: the signal is good enough to judge them; falls at ${FALLS_FROM_HZ} Hz and above`,
];

function tableOf(all: readonly KnownDevice[]): string {
  const rows = all
    .map(deviceKind)
    .map((kind) => [
      kind.id,
      kind.model.startsWith(kind.vendor) ? kind.model : `${kind.vendor} ${kind.model}`,
      kind.source,
      kind.modes.map(({ id }) => id).join(' ') || '-',
      kind.ratesHz.map((rateHz) => (rateHz === kind.defaultRateHz ? `${rateHz}*` : String(rateHz))).join(' '),
      kind.time,
      yesNo(kind.backfill),
      yesNo(kind.haptic),
      yesNo(kind.falls),
      { full: 'yes', timeDomain: 'without spectra', none: 'no' }[kind.sway],
    ]);
  return [textTable(HEADER, rows), '', ...NOTES, ...all.flatMap(blindnessOf)].join('\n');
}

const yesNo = (value: boolean): string => (value ? 'yes' : 'no');

/** In words, so that nobody has to read it out of a column. */
function blindnessOf({ id, capabilities, rateHz, hasGyroscope }: KnownDevice): string[] {
  const blind = blindSpots(sightOf(capabilities, { rateHz: rateHz.default, hasGyroscope }));
  return blind.length > 0 ? [`${id} cannot see ${blind.join(' or ')}`] : [];
}

/** docs/wearables.md: wearable × feature, from the definitions. */
import type { DeviceFacts } from '../devices/define.ts';
import type { KnownDevice } from '../devices/index.ts';
import { FALLS_FROM_HZ } from '../devices/sensorSight.ts';
import { timeBaseOf } from './devices.ts';

type Row = (device: KnownDevice) => string;

interface Table {
  readonly title: string;
  readonly about: string;
  readonly columns: Readonly<Record<string, Row>>;
}

const PLACEMENT_WORDS = { chest: 'chest', waist: 'waist', lowerBack: 'lower back' } as const;
const yesNo = (value: boolean): string => (value ? 'yes' : 'no');

/** Choices with the default in bold. */
function ratesOf({ choices, default: byDefault }: DeviceFacts['rateHz']): string {
  return `${choices.map((rateHz) => (rateHz === byDefault ? `**${rateHz}**` : String(rateHz))).join(', ')} Hz`;
}

function modesOf({ modes, rateHz }: DeviceFacts): string {
  if (!modes) return ratesOf(rateHz);
  return modes.map((mode) => `\`${mode.id}\`: ${mode.description}; ${ratesOf(mode.rateHz)}`).join('<br>');
}

function quantitiesOf({ modes, hasGyroscope }: DeviceFacts): string {
  const always = modes ? modes.every((mode) => mode.hasGyroscope) : hasGyroscope;
  const ever = modes ? modes.some((mode) => mode.hasGyroscope) : hasGyroscope;
  return `acceleration${ever ? `, rotation${always ? '' : ' in some modes'}` : ''}`;
}

/** How a lost packet is noticed: by counters, by a step in its clock, or by when packets come. */
function lossOf({ clock, sequenceWrap }: DeviceFacts): string {
  if (sequenceWrap !== undefined) return 'yes, packets are counted';
  return clock === undefined ? 'roughly, by when packets come' : 'yes, by a step in its time';
}

const TABLES: readonly Table[] = [
  {
    title: 'What each can show',
    about: `Falls are judged at ${FALLS_FROM_HZ} Hz and above. What a wearable cannot show is told to nobody: its events reach neither rules, nor record, nor caregivers.`,
    columns: {
      'forward bends, posture': () => 'yes',
      falls: ({ capabilities }) => (capabilities.falls ? `from ${FALLS_FROM_HZ} Hz` : '**no**'),
      sway: ({ capabilities }) => ({ full: 'yes', timeDomain: 'time domain only', none: '**no**' })[capabilities.sway],
      'twists and turns': ({ modes, hasGyroscope }) => {
        const without = modes?.filter((mode) => !mode.hasGyroscope).map(({ id }) => `\`${id}\``) ?? [];
        return `${yesNo(hasGyroscope)}${hasGyroscope && without.length > 0 ? `, not in mode ${without.join(', ')}` : ''}`;
      },
      'worn at': ({ description }) => description.placements.map((place) => PLACEMENT_WORDS[place]).join(', '),
    },
  },
  {
    title: 'What it measures',
    about: 'Modes are set with `mode`, rates with `rateHz`; the first mode and the rate in bold are the defaults.',
    columns: {
      'recognised by': ({ description }) => description.match,
      measures: quantitiesOf,
      'modes and rates': modesOf,
      ranges: ({ description }) => description.ranges,
    },
  },
  {
    title: 'Time and loss',
    about:
      'Time quality `synchronised`: the wearable is asked for its time again and again. `stamped`: the stamps of its packets are fitted to the host’s clock. `arrival`: it has no clock, and times are fitted to when packets arrive.',
    columns: {
      'time base': ({ description }) => description.timeBase,
      'time quality': (device) => `\`${timeBaseOf(device)}\``,
      'loss noticed': lossOf,
      // One that sends by itself cannot be asked.
      'lost packets sent again': (device) => yesNo(device.source === 'radio' && device.backfill !== undefined),
    },
  },
  {
    title: 'Everyday use',
    about: 'Battery: its level is shown where the wearable’s firmware tells it. Haptic: the wearer can feel a cue.',
    columns: {
      'how it is worn': ({ description }) => description.wear,
      // One that sends by itself tells it with its data.
      battery: (device) => yesNo(device.source === 'push' || device.readStatus !== undefined),
      'says who it is': ({ description }) => description.identity ?? 'no',
      haptic: ({ capabilities }) => yesNo(capabilities.haptic),
      notes: ({ description }) => description.limits.join('; ') || '-',
    },
  },
];

export function wearablesPage(devices: readonly KnownDevice[]): string {
  const head = [
    '# Wearables',
    'Made from the definitions in `src/devices/`. `plumbline devices` says the same in short. Each name leads to a page of its own: how to wear, charge and enrol it, and what was verified and how. None of them was tried on a real device here; all were played in software, written from the vendors’ documents.',
  ];
  return `${[...head, ...TABLES.flatMap((table) => sectionOf(table, devices))].join('\n\n')}\n`;
}

function sectionOf({ title, about, columns }: Table, devices: readonly KnownDevice[]): string[] {
  const rows = devices.map((device) => [linkTo(device), ...Object.values(columns).map((cell) => cell(device))]);
  const header = ['wearable', ...Object.keys(columns)];
  return [
    `## ${title}`,
    about,
    [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n'),
  ];
}

const linkTo = ({ id, vendor, model }: KnownDevice): string =>
  `[${model.startsWith(vendor) ? model : `${vendor} ${model}`}](wearables/${id}.md) \`${id}\``;

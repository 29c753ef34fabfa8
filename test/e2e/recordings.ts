/** Writes a recording that stands beside the repository as a user would have it: CSV with a sidecar, in a folder of its own. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type SharedRecording, sharedRecordings } from '../sharedData.ts';

export interface WrittenRecording {
  readonly path: string;
  readonly durationS: number;
}

const COLUMNS = ['acc_x', 'acc_y', 'acc_z', 'gyr_x', 'gyr_y', 'gyr_z'] as const;
const UNITS: Readonly<Record<string, string>> = {
  g: 'g',
  'm/s^2': 'm/s2',
  'm/s2': 'm/s2',
  'deg/s': 'deg/s',
  'rad/s': 'rad/s',
};

/** @throws Error when the set has no such recording. */
export function writeRecording(
  folder: string,
  { set, subject, id, placement }: { set: string; subject: string; id: string; placement: 'chest' | 'waist' },
): WrittenRecording {
  const recording = sharedRecordings(set, subject).find((one) => one.id === id);
  if (!recording) throw new Error(`expected recording ${id} of ${set} ${subject}, found none`);
  const path = join(folder, `${set}-${subject}-${id}.csv`);
  writeFileSync(path, csvOf(recording));
  const sidecar = {
    accUnit: unitOf(recording, 'acc_x'),
    gyrUnit: unitOf(recording, 'gyr_x'),
    placement,
    mount: mountOf(recording),
    rateHz: recording.rateHz,
  };
  writeFileSync(path.replace(/csv$/, 'json'), JSON.stringify(sidecar));
  return { path, durationS: recording.n / recording.rateHz };
}

function csvOf({ n, rateHz, data }: SharedRecording): string {
  const rows = Array.from({ length: n }, (_, i) =>
    [(i / rateHz).toFixed(4), ...COLUMNS.map((name) => data[name][i].toPrecision(7))].join(','),
  );
  return `t_s,${COLUMNS.join(',')}\n${rows.join('\n')}\n`;
}

function unitOf({ channels }: SharedRecording, name: string): string | undefined {
  return UNITS[channels.find((channel) => channel.name === name)?.unit ?? ''];
}

/** The sets state forward, left and up; a mount string states anterior, superior, right. */
function mountOf({ axes: { forward, left, up } }: SharedRecording): string {
  if (!forward || !left || !up) throw new Error('expected a recording whose axes are known');
  const right = (left.startsWith('+') ? '-' : '+') + left.slice(1);
  return (forward + up + right).toUpperCase();
}

/** Reads the recordings that stand beside the repository (format i16le-planar-gz/1). They are never copied into it. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

export const SHARED = fileURLToPath(new URL('../../shared', import.meta.url));
export const hasShared = existsSync(join(SHARED, 'data'));

interface Channel {
  readonly name: string;
  readonly scale: number;
  readonly unit: string;
}

export interface SharedRecording {
  readonly id: string;
  readonly n: number;
  readonly rateHz: number;
  readonly activity?: string;
  readonly placement?: string;
  readonly axes: { forward?: string; left?: string; up?: string };
  readonly channels: readonly Channel[];
  readonly data: Readonly<Record<string, Float64Array>>;
}

/** All recordings of one subject file of a set. */
export function sharedRecordings(set: string, subject: string): SharedRecording[] {
  const path = join(SHARED, 'data', set, `${subject}.json`);
  const meta = JSON.parse(readFileSync(path, 'utf8'));
  const bytes = gunzipSync(readFileSync(join(dirname(path), meta.bin)));
  return meta.recordings.map((r: SharedRecording & { offset: number }) => {
    const channels: readonly Channel[] = r.channels ?? meta.channels;
    const data: Record<string, Float64Array> = {};
    channels.forEach((channel, c) => {
      const column = new Float64Array(r.n);
      for (let i = 0; i < r.n; i++) column[i] = bytes.readInt16LE(r.offset + 2 * (c * r.n + i)) * channel.scale;
      data[channel.name] = column;
    });
    return { ...r, axes: r.axes ?? meta.axes ?? {}, channels, data };
  });
}

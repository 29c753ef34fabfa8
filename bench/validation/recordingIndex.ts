/** How many people, recordings and hours stand behind a group of figures, from the subject files of the data sets. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DATA_SETS } from './dataSets.ts';
import type { FigureGroup, RecordingInfo } from './figureGroup.ts';

const FORMAT = 'i16le-planar-gz/1';
const S_PER_HOUR = 3600;

export interface Extent {
  /** Undefined where the recordings are of things. */
  readonly people?: number;
  readonly agesYears?: readonly [number, number];
  readonly recordings: number;
  readonly hours: number;
}

interface SubjectFile {
  readonly format: string;
  readonly age?: number;
  readonly recordings: readonly {
    readonly id: string;
    readonly n: number;
    readonly rateHz: number;
    readonly activity?: string;
    readonly placement?: string;
    readonly quality?: string;
    readonly eventsComplete?: boolean;
    readonly accScaleBad?: boolean;
    readonly events?: unknown;
  }[];
}

export function recordingsOf(dataFolder: string, set: string): RecordingInfo[] {
  const names = readdirSync(join(dataFolder, set)).filter((name) => name.endsWith('.json') && name !== 'index.json');
  return names.sort().flatMap((name) => {
    const file = JSON.parse(readFileSync(join(dataFolder, set, name), 'utf8')) as SubjectFile;
    if (file.format !== FORMAT) return [];
    return file.recordings.map(({ n, rateHz, events, ...recording }) => ({
      ...recording,
      subject: name.replace(/\.json$/, ''),
      ageYears: file.age,
      hours: n / rateHz / S_PER_HOUR,
      labelledEvents: Array.isArray(events) ? events.length : 0,
    }));
  });
}

export function extentOf(group: FigureGroup, recordings: (set: string) => readonly RecordingInfo[]): Extent {
  const taken = group.sets.flatMap((set) =>
    recordings(set)
      .filter((recording) => group.takes(recording, set))
      .map((recording) => ({ ...recording, person: `${set} ${recording.subject}` })),
  );
  const ages = taken.flatMap(({ ageYears }) => ageYears ?? []);
  return {
    people: group.sets.every((set) => DATA_SETS[set]?.ofPeople)
      ? new Set(taken.map(({ person }) => person)).size
      : undefined,
    agesYears: ages.length === taken.length && ages.length > 0 ? [Math.min(...ages), Math.max(...ages)] : undefined,
    recordings: taken.length,
    hours: taken.reduce((sum, { hours }) => sum + hours, 0),
  };
}

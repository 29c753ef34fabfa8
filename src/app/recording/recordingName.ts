/** What the name of a recording says: its format by the ending, and the stem that results are named after. */
import { basename } from 'node:path';

const CSV = /(?<=[^/])\.csv(\.gz)?$/i;
const MCAP = /(?<=[^/])\.mcap$/i;

/** For messages to people. */
export const RECORDING_ENDINGS = 'x.mcap, x.csv or x.csv.gz';

export type RecordingFormat = 'csv' | 'mcap';

/** undefined: no recording. */
export function recordingFormatOf(path: string): RecordingFormat | undefined {
  if (MCAP.test(path)) return 'mcap';
  return CSV.test(path) ? 'csv' : undefined;
}

export const isZipped = (path: string): boolean => /\.gz$/i.test(path);

/** `walk` of `recordings/walk.csv.gz`. */
export const recordingStemOf = (path: string): string => basename(path).replace(MCAP, '').replace(CSV, '');

/** The sidecar beside `x.csv` and `x.csv.gz`. */
export const sidecarPathOf = (csvPath: string): string => csvPath.replace(CSV, '.json');

/** The format follows from the name: `x.mcap`, `x.csv`, `x.csv.gz`. */
import { existsSync, statSync } from 'node:fs';
import { PlumblineError } from '../../model/errors.ts';
import { CsvRecording } from './csvRecording.ts';
import { CsvRecordingFile, type NumberForm } from './csvRecordingFile.ts';
import type { Recording, RecordingWriter } from './recording.ts';
import { RECORDING_ENDINGS, recordingFormatOf } from './recordingName.ts';

/** @throws PlumblineError `recording/invalid`; `usage` when there is no such file or it cannot be a recording */
export async function openRecording(path: string): Promise<Recording> {
  const format = recordingFormatOf(path);
  if (format === undefined)
    throw new PlumblineError('usage', `expected a recording ${RECORDING_ENDINGS}, found ${path}`);
  if (existsSync(path) && statSync(path).isDirectory()) {
    throw new PlumblineError('usage', `expected a recording, found the folder ${path}`);
  }
  if (format === 'csv') return new CsvRecording(path);
  const { openMcapRecording } = await import('./mcapRecording.ts');
  return openMcapRecording(path);
}

/**
 * Looks whether it can be written; what is there stays as it is until `begin`.
 * @throws PlumblineError `usage` when there is something at its place and `force` is false, `storage/failed`
 */
export async function createRecording(
  path: string,
  options: { force: boolean; numbers: NumberForm },
): Promise<RecordingWriter> {
  const format = recordingFormatOf(path);
  if (format === undefined) throw new PlumblineError('usage', `expected a name ${RECORDING_ENDINGS}, found ${path}`);
  if (format === 'csv') return new CsvRecordingFile(path, options);
  const { createMcapRecording } = await import('./mcapRecordingFile.ts');
  return createMcapRecording(path, options);
}

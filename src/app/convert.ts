/** `plumbline convert`: a recording in another format, or a part of it. All numbers stay what they are. */
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { messageOf, PlumblineError } from '../model/errors.ts';
import { createRecording, openRecording } from './recording/openRecording.ts';
import type {
  ReadEnd,
  RecordedBlocks,
  Recording,
  RecordingLayout,
  RecordingNote,
  RecordingWriter,
} from './recording/recording.ts';
import { recordingFormatOf, sidecarPathOf } from './recording/recordingName.ts';
import { noteTimeS, notesOf } from './recording/recordingNotes.ts';
import { rateOf } from './recording/recordingRate.ts';
import { printable } from './textTable.ts';

export interface ConvertCommand {
  readonly path: string;
  readonly out: string;
  /** Only the samples in `[fromS, toS)`, on the recording's axis. */
  readonly fromS: number | undefined;
  readonly toS: number | undefined;
  readonly force: boolean;
}

/** @throws PlumblineError `usage`, `recording/invalid`, `storage/failed`; the output appears whole or not at all */
export async function convert(command: ConvertCommand): Promise<number> {
  const { path, out, fromS, toS } = command;
  if (!existsSync(path)) throw new PlumblineError('usage', `expected a recording, found nothing at ${path}`);
  if (resolve(path) === resolve(out)) {
    throw new PlumblineError('usage', `--out: expected another file than the recording, found ${out}`);
  }
  const recording = await openRecording(path);
  refuseExisting(command);
  const folder = partialFolder(out);
  try {
    const rateHz = await rateOf(recording);
    const writer = await createRecording(join(folder, basename(out)), { force: true, numbers: 'exact' });
    const copying = new Copying(recording, writer, rateHz);
    const end = await recording.read({ rateHz, units: 'asWritten', fromS, toS }, copying);
    await copying.finish();
    for (const name of readdirSync(folder)) renameSync(join(folder, name), join(dirname(out), name));
    report(command, copying.samples, end);
    return 0;
  } catch (error) {
    if (error instanceof PlumblineError) throw error;
    throw new PlumblineError('storage/failed', `expected to write ${out}, found ${messageOf(error)}`, { cause: error });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @throws PlumblineError `usage` */
function refuseExisting({ out, force }: ConvertCommand): void {
  const files = recordingFormatOf(out) === 'csv' ? [out, sidecarPathOf(out)] : [out];
  const existing = files.find((file) => existsSync(file));
  if (existing !== undefined && !force) {
    throw new PlumblineError('usage', `expected no recording yet, found ${existing} (--force overwrites)`);
  }
}

/** Beside the output, so that renaming is enough. @throws PlumblineError `storage/failed` */
function partialFolder(out: string): string {
  try {
    return mkdtempSync(join(dirname(out), `.${basename(out)}.partial-`));
  } catch (error) {
    throw new PlumblineError('storage/failed', `expected to write ${out}, found ${messageOf(error)}`, { cause: error });
  }
}

function report({ path, out }: ConvertCommand, samples: number, { cut, ignoredColumns }: ReadEnd): void {
  process.stdout.write(`${out}: ${samples} samples\n`);
  if (cut !== undefined) process.stderr.write(`${basename(path)} was cut off: ${cut}\n`);
  if (ignoredColumns.length > 0) {
    const names = printable(ignoredColumns.join(', '));
    process.stderr.write(`not carried over, no columns of a recording: ${names}\n`);
  }
}

/** Hands a recording on to a writer; notes stand where their time is. */
class Copying {
  samples = 0;
  readonly #recording: Recording;
  readonly #writer: RecordingWriter;
  readonly #rateHz: number;
  #layout: RecordingLayout | undefined;
  #hasBegun = false;
  #notes: RecordingNote[] = [];

  constructor(recording: Recording, writer: RecordingWriter, rateHz: number) {
    this.#recording = recording;
    this.#writer = writer;
    this.#rateHz = rateHz;
  }

  onLayout(layout: RecordingLayout): void {
    this.#layout = layout;
  }

  onNote(note: RecordingNote): void {
    this.#notes.push(note);
  }

  onBlocks(blocks: RecordedBlocks): void {
    const { main } = blocks;
    if (!this.#hasBegun) this.#begin(main.tS[0]);
    while (this.#notes.length > 0 && noteTimeS(this.#notes[0]) < main.tS[0]) this.#passNote();
    this.#writer.blocks(blocks);
    this.samples += main.n;
  }

  /** @throws PlumblineError `recording/invalid` when there was no sample, `storage/failed` */
  async finish(): Promise<void> {
    if (!this.#hasBegun) throw new PlumblineError('recording/invalid', 'expected samples to convert, found none');
    while (this.#notes.length > 0) this.#passNote();
    await this.#writer.close();
  }

  #passNote(): void {
    const note = this.#notes.shift();
    if (note) this.#writer.note(note);
  }

  #begin(firstS: number): void {
    if (!this.#layout) throw new Error('a recording has to state its layout before its first block');
    this.#hasBegun = true;
    const sidecar = notesOf(this.#recording.sidecarJson).rest;
    this.#writer.begin({ layout: this.#layout, sidecar, rateHz: this.#rateHz, firstS });
  }
}

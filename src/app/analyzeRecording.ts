/** One recording through the same motion core as the live service; writes what the analyze contract names. */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { MOTION_EVENT_TYPES, type MotionEvent } from '../model/event.ts';
import { PlumblineError } from '../model/errors.ts';
import { emptyBlock } from '../model/block.ts';
import { ExerciseSpan, Mark, motionParameters, TrunkMotion, TrunkPair, type MotionSink } from '../motion/index.ts';
import { AngleFiles, SensorTrack } from './angleFiles.ts';
import { SpineTrack } from './spineTrack.ts';
import { calibrateRecording } from './calibrateRecording.ts';
import { DaySummaries } from './daySummary.ts';
import { openRecording } from './recording/openRecording.ts';
import type { ReadEnd, Recording } from './recording/recording.ts';
import { rateOf } from './recording/recordingRate.ts';
import { VERSION } from './version.ts';
import { WORN_AS_WORDS } from './wornAsWords.ts';

export interface AnalyzeOptions {
  readonly orientation: boolean;
  readonly angles: boolean;
}

export interface AnalyzeSummary {
  readonly version: string;
  readonly input: string;
  readonly durationS: number;
  readonly coveredS: number;
  readonly wornS: number;
  readonly rateHz: number;
  readonly placement: string;
  readonly calibration: { readonly method: string; readonly confidence: number };
  readonly counts: Readonly<Record<string, number>>;
  /** Thresholds that the sidecar set in place of the defaults. */
  readonly parameters?: Readonly<Record<string, number>>;
  readonly notes: readonly string[];
}

/**
 * Analyses `path` into `folder`, which appears whole or not at all.
 * @throws PlumblineError `recording/invalid` "expected …, found … (line N)"
 */
export async function analyzeRecording(path: string, folder: string, options: AnalyzeOptions): Promise<AnalyzeSummary> {
  const recording = await openRecording(path);
  const rateHz = await rateOf(recording);
  const calibration = await calibrateRecording(recording, rateHz);
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  try {
    const pass = new AnalysisPass(partial, recording, rateHz, calibration, options);
    const summary = await pass.run();
    removeResults(folder);
    renameSync(partial, folder);
    return summary;
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    if (!isSystemError(error)) throw error;
    throw new PlumblineError('storage/failed', `expected to write results, found ${error.message}`, { cause: error });
  }
}

/** Such as a full disk. */
const isSystemError = (error: unknown): error is NodeJS.ErrnoException => error instanceof Error && 'syscall' in error;

/** Only what an earlier analysis left: a folder of somebody else's is never removed. */
function removeResults(folder: string): void {
  if (!existsSync(folder)) return;
  if (!existsSync(join(folder, 'summary.json'))) {
    throw new PlumblineError(
      'usage',
      `expected results of an earlier analysis to overwrite, found something else in ${folder}`,
    );
  }
  rmSync(folder, { recursive: true });
}

type Calibrations = Awaited<ReturnType<typeof calibrateRecording>>;
type Block = Parameters<TrunkMotion['push']>[0];

class AnalysisPass {
  readonly #folder: string;
  readonly #recording: Recording;
  readonly #rateHz: number;
  readonly #calibrations: Calibrations;
  readonly #events: MotionEvent[] = [];
  readonly #days: DaySummaries;
  readonly #files: AngleFiles | undefined;
  readonly #exercises: readonly ExerciseSpan[];
  /** Of the first sensor alone, or of both. */
  readonly #motion: TrunkMotion | TrunkPair;
  #samples = 0;
  #firstS = NaN;
  #lastS = NaN;

  constructor(
    folder: string,
    recording: Recording,
    rateHz: number,
    calibrations: Calibrations,
    options: AnalyzeOptions,
  ) {
    const { sidecar } = recording;
    this.#folder = folder;
    this.#recording = recording;
    this.#rateHz = rateHz;
    this.#calibrations = calibrations;
    this.#days = new DaySummaries(sidecar.utcStart, sidecar.placement);
    this.#exercises = (sidecar.exercises ?? []).map(({ flexCautionDeg, impactCapG, ...span }) => {
      const limits = { ...(flexCautionDeg && { flexCautionDeg }), ...(impactCapG && { impactCapG }) };
      return new ExerciseSpan({ ...span, rateHz, placement: sidecar.placement, limits });
    });
    const wantFiles = options.orientation || options.angles;
    const mainTrack = wantFiles ? new SensorTrack(calibrations.main) : undefined;
    const { placement, gyroTiming, pelvisGyroTiming = gyroTiming } = sidecar;
    const hasGyroscope = calibrations.mainHasGyroscope;
    const parameters = motionParameters(sidecar.parameters);
    const main = { rateHz, calibration: calibrations.main, hasGyroscope, placement, gyroTiming, parameters };
    const sink: MotionSink = {
      ...trackSink(mainTrack),
      onEvent: (event) => {
        this.#events.push(event);
        this.#days.addEvent(event);
        for (const span of this.#exercises) span.addEvent(event);
      },
      onSecond: (second) => this.#days.addSecond(second),
      onFrame: (frame) => {
        for (let i = 0; i < frame.n; i++) if (!(frame.marks[i] & Mark.missing)) this.#samples++;
        for (const span of this.#exercises) span.push(frame);
        mainTrack?.causal(frame);
      },
    };
    if (!calibrations.pelvis) {
      this.#motion = new TrunkMotion(main, sink);
      if (mainTrack) this.#files = new AngleFiles(folder, options, mainTrack, undefined);
      return;
    }
    const pelvis = {
      rateHz,
      calibration: calibrations.pelvis,
      hasGyroscope: calibrations.pelvisHasGyroscope,
      placement: 'lowerBack',
      gyroTiming: pelvisGyroTiming,
    } as const;
    const pelvisTrack = wantFiles ? new SensorTrack(calibrations.pelvis) : undefined;
    const spineTrack = mainTrack && pelvisTrack && new SpineTrack(mainTrack, pelvisTrack);
    this.#motion = new TrunkPair(main, pelvis, {
      chest: sink,
      pelvis: trackSink(pelvisTrack),
      onSpine: (frame) => spineTrack?.causal(frame),
    });
    if (mainTrack && pelvisTrack && spineTrack) {
      this.#files = new AngleFiles(folder, options, mainTrack, { pelvis: pelvisTrack, spine: spineTrack });
    }
  }

  async run(): Promise<AnalyzeSummary> {
    try {
      const end = await this.#recording.read(
        { rateHz: this.#rateHz, units: 'si' },
        { onBlocks: ({ main, pelvis }) => this.#push(main, pelvis) },
      );
      return this.#finish(end);
    } finally {
      this.#files?.close();
    }
  }

  #push(main: Block, pelvis: Block | undefined): void {
    if (Number.isNaN(this.#firstS)) this.#firstS = main.tS[0];
    this.#lastS = main.tS[main.n - 1];
    if (this.#motion instanceof TrunkPair) this.#motion.push(main, pelvis ?? this.#noPelvis(main));
    else this.#motion.push(main);
    this.#files?.write();
  }

  #finish(end: ReadEnd): AnalyzeSummary {
    this.#motion.flush();
    this.#files?.finish();
    this.#events.sort((a, b) => a.startS - b.startS);
    const summary = this.#summary(end);
    this.#write('summary.json', summary);
    this.#write('events.json', this.#events.map(rounded));
    const turns = this.#events.filter(({ type }) => type === 'turn').map(rounded);
    this.#write('gait.json', { initialContacts: [], bouts: [], turns });
    this.#write('balance.json', []);
    this.#write('day.json', this.#days.toJson());
    if (this.#exercises.length > 0) {
      this.#write(
        'exercises.json',
        this.#exercises.map((span) => rounded(span.result())),
      );
    }
    return summary;
  }

  /** The second sensor has ended before the first. */
  #noPelvis(main: Block): Block {
    const block = emptyBlock(main.n, this.#rateHz, this.#calibrations.pelvisHasGyroscope);
    block.tS.set(main.tS);
    block.accMps2.fill(NaN);
    block.gyrRadps?.fill(NaN);
    return block;
  }

  #summary({ cut }: ReadEnd): AnalyzeSummary {
    const { main, mainWornAs, pelvis, pelvisIsEmpty, mainHasGyroscope } = this.#calibrations;
    const counts = Object.fromEntries(
      MOTION_EVENT_TYPES.map((type) => [type, this.#events.filter((event) => event.type === type).length]),
    );
    const coveredS = this.#samples / this.#rateHz;
    const { parameters } = this.#recording.sidecar;
    return rounded({
      version: VERSION,
      input: basename(this.#recording.path),
      durationS: this.#lastS - this.#firstS + 1 / this.#rateHz,
      coveredS,
      wornS: coveredS,
      rateHz: this.#rateHz,
      placement: this.#recording.sidecar.placement,
      calibration: { ...main, ...(pelvis ? { pelvis } : {}) },
      counts,
      ...(parameters ? { parameters } : {}),
      notes: [
        ...(cut === undefined ? [] : [`the recording was cut off: ${cut}`]),
        ...(pelvisIsEmpty
          ? ['expected values of the second sensor, found none: angles are those of the first alone']
          : []),
        ...(mainWornAs === undefined || mainWornAs === 'asStated' || mainWornAs === 'slipped'
          ? []
          : [
              `going by the steps, the sensor sits ${WORN_AS_WORDS[mainWornAs]} against its stated mount: is the mount right?`,
            ]),
        ...(mainHasGyroscope
          ? []
          : ['accelerometer only: no twists and no turns are reported, fast movements are blurred']),
        'wornS counts all covered time: taking the sensor off is not yet recognised',
      ],
    });
  }

  #write(name: string, json: unknown): void {
    writeFileSync(join(this.#folder, name), `${JSON.stringify(json, null, 1)}\n`);
  }
}

const trackSink = (track: SensorTrack | undefined): MotionSink =>
  track ? { onFrame: (frame) => track.causal(frame), onSettled: (samples) => track.settled(samples) } : {};

/** Numbers to 1e-6, so that files are readable and the same on every machine. */
function rounded<T>(value: T): T {
  return JSON.parse(JSON.stringify(value, (_, v) => (typeof v === 'number' ? Math.round(v * 1e6) / 1e6 : v))) as T;
}

/** A recording that runs: the sessions of its wearables, its file, its limits, and what the person at the terminal is told. */
import { nextDelayMs } from '../ble/connection.ts';
import type { RadioProcess } from '../ble/radioProcess.ts';
import type { StreamGap } from '../devices/imuStream.ts';
import { shapeAskedFor } from '../devices/sensorSight.ts';
import type { ImuBlock } from '../model/block.ts';
import { PlumblineError } from '../model/errors.ts';
import type { DeviceHealth, Logger } from '../model/ports.ts';
import type { RecordedWearables } from './recordedWearables.ts';
import { PairedRecorder } from './recording/pairedRecorder.ts';
import { Recorder, type RecordingEnd } from './recording/recorder.ts';
import type { RecordingWriter, SensorName } from './recording/recording.ts';
import { recordingSummary } from './recording/recordingSummary.ts';
import { enrolledWearable, type WearableConfig } from './session/enrolledWearable.ts';
import { SharedScan } from './session/sharedScan.ts';
import { systemTimers } from './session/timers.ts';
import { WearableSession, type WearableSessionEvents, type WearableSessionPorts } from './session/wearableSession.ts';
import { printable } from './textTable.ts';

export interface RecordingSessionOptions {
  readonly wearables: RecordedWearables;
  readonly path: string;
  /** From the first sample on; undefined: until a signal. */
  readonly durationS: number | undefined;
  readonly file: RecordingWriter;
  readonly radio: RadioProcess;
  readonly logger: Logger;
}

const FLUSH_MS = 1000;
/** A recording of a stated length is made by scripts: they want an answer. */
const FIRST_SAMPLE_LIMIT_MS = 60_000;
/** What is still on its way when the time is over, or never comes because the link is gone. */
const LATE_LIMIT_MS = 5000;

export class RecordingSession {
  readonly #options: RecordingSessionOptions;
  readonly #recorder: Recorder;
  readonly #paired: PairedRecorder | undefined;
  readonly #sessions: readonly WearableSession[];
  readonly #flushing: NodeJS.Timeout;
  readonly #end: Promise<RecordingEnd>;
  #resolveEnd: (end: RecordingEnd) => void = () => undefined;
  #limit: NodeJS.Timeout | undefined;
  #isLimited = false;
  readonly #told = new Map<SensorName, string>();
  #diskProblem: string | undefined;

  constructor(options: RecordingSessionOptions) {
    const { main, pelvis } = options.wearables;
    this.#options = options;
    this.#end = new Promise((resolve) => {
      this.#resolveEnd = resolve;
    });
    this.#recorder = this.#createRecorder();
    if (pelvis) {
      const { device } = this.#enrolled(pelvis);
      this.#paired = new PairedRecorder(this.#recorder, shapeAskedFor(device, pelvis));
    }
    const ports = this.#sessionPorts();
    this.#sessions = [
      new WearableSession(this.#enrolled(main), ports, this.#mainEvents()),
      ...(pelvis ? [new WearableSession(this.#enrolled(pelvis), ports, this.#pelvisEvents())] : []),
    ];
    this.#flushing = setInterval(() => void this.#flush(), FLUSH_MS);
  }

  /** Resolves when the recording has its length, or cannot go on. */
  run(): Promise<RecordingEnd> {
    if (this.#options.durationS !== undefined) {
      const limit = `expected samples of ${this.#nameOf('main')} within ${FIRST_SAMPLE_LIMIT_MS / 1000} s, found none`;
      this.#endAfter(FIRST_SAMPLE_LIMIT_MS, limit);
    }
    for (const session of this.#sessions) session.start();
    return this.#end;
  }

  async stop(): Promise<void> {
    clearTimeout(this.#limit);
    await Promise.all(this.#sessions.map((session) => session.stop()));
    this.#guarded(() => this.#paired?.flush());
    clearInterval(this.#flushing);
  }

  /** @returns the exit code */
  async finish(end: RecordingEnd): Promise<number> {
    const { path, file, wearables } = this.#options;
    if (this.#recorder.samples === 0) {
      const why = end.complete ? 'found none' : end.reason;
      throw new PlumblineError('radio/timeout', why.startsWith('expected') ? why : `expected samples, ${why}`);
    }
    await file.close();
    process.stdout.write(`${recordingSummary(path, this.#recorder, wearables.pelvis?.placement)}\n`);
    const problems = [
      ...(end.complete ? [] : [`the recording ended early: ${end.reason}`]),
      ...(this.#paired?.secondSamples === 0
        ? [
            `expected samples of ${this.#nameOf('pelvis')}, found none: the recording holds only those of ${this.#nameOf('main')}`,
          ]
        : []),
    ];
    for (const problem of problems) process.stderr.write(`plumbline: ${printable(problem)}\n`);
    return problems.length === 0 ? 0 : 1;
  }

  #createRecorder(): Recorder {
    const { wearables, file, durationS } = this.#options;
    const { personId, main, pelvis } = wearables;
    const subject = { personId, ...main, gyroTiming: this.#enrolled(main).device.gyroTiming };
    const onEnd = this.#resolveEnd;
    if (!pelvis) return new Recorder(subject, file, { durationS, onEnd });
    const { device } = this.#enrolled(pelvis);
    const { hasGyroscope } = shapeAskedFor(device, pelvis);
    const second = { ...pelvis, gyroTiming: device.gyroTiming, hasGyroscope };
    return new Recorder(subject, file, { durationS, onEnd, pelvis: second });
  }

  #enrolled(wearable: WearableConfig): ReturnType<typeof enrolledWearable> {
    return enrolledWearable(this.#options.wearables.personId, wearable);
  }

  #sessionPorts(): WearableSessionPorts {
    const { radio, logger } = this.#options;
    return {
      central: radio,
      scan: new SharedScan(radio, logger),
      clock: { nowMs: radio.nowMs },
      timers: systemTimers(),
      logger,
      random: Math.random,
      nextDelayMs,
    };
  }

  #mainEvents(): WearableSessionEvents {
    return {
      onBlock: (block) => this.#guarded(() => this.#onMainBlock(block)),
      onGap: (gap) => this.#guarded(() => this.#onMainGap(gap)),
      onLate: (block) => this.#guarded(() => this.#onMainLate(block)),
      onHealth: (health) => this.#onHealth('main', health),
      onProblem: (message) => this.#tell('main', message),
    };
  }

  #pelvisEvents(): WearableSessionEvents {
    return {
      onBlock: (block) => this.#guarded(() => this.#paired?.onSecondBlock(block)),
      onGap: (gap) => this.#recorder.onPelvisGap(gap),
      onLate: (block) => this.#recorder.onPelvisLate(block),
      onHealth: (health) => this.#onHealth('pelvis', health),
      onProblem: (message) => this.#tell('pelvis', message),
    };
  }

  #onMainBlock(block: ImuBlock): void {
    if (this.#paired) this.#paired.onMainBlock(block);
    else this.#recorder.onBlock(block);
    this.#limitLength();
  }

  #onMainLate(block: ImuBlock): void {
    if (this.#paired) this.#paired.onMainLate(block);
    else this.#recorder.onLate(block);
  }

  #onMainGap(gap: StreamGap): void {
    if (this.#paired) this.#paired.onMainGap(gap);
    else this.#recorder.onGap(gap);
  }

  /** When the wearable is lost for good, its time is over as well. */
  #limitLength(): void {
    const { durationS } = this.#options;
    if (this.#isLimited || durationS === undefined) return;
    this.#isLimited = true;
    this.#endAfter(durationS * 1000 + LATE_LIMIT_MS, undefined);
  }

  #onHealth(sensor: SensorName, { state, clockResidualMs }: DeviceHealth): void {
    const name = this.#nameOf(sensor);
    if (clockResidualMs !== undefined) this.#recorder.onClockResidual(clockResidualMs, sensor);
    if (state === 'searching') this.#tell(sensor, `looking for ${name}`);
    if (state === 'streaming') this.#tell(sensor, `recording ${name} to ${this.#options.path}; Ctrl-C ends it`);
    if (state === 'silent') this.#tell(sensor, `${name} is connected but silent`);
  }

  #nameOf(sensor: SensorName): string {
    const wearable = this.#options.wearables[sensor];
    if (!wearable) return sensor;
    return wearable.name ?? wearable.address ?? `any ${this.#enrolled(wearable).device.model}`;
  }

  async #flush(): Promise<void> {
    const { file, path } = this.#options;
    try {
      const problem = await file.flush();
      if (problem !== undefined && problem !== this.#diskProblem) {
        this.#tell('main', `expected room for ${path}, found ${problem}; trying again every second`);
      }
      this.#diskProblem = problem;
    } catch (error) {
      this.#endBy(error);
    }
  }

  /** A file that cannot be written ends the recording, not the program. */
  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#endBy(error);
    }
  }

  #endBy(error: unknown): void {
    if (!(error instanceof PlumblineError)) throw error;
    this.#resolveEnd({ complete: false, reason: error.message });
  }

  #endAfter(limitMs: number, reason: string | undefined): void {
    clearTimeout(this.#limit);
    const end = reason === undefined ? { complete: true as const } : { complete: false as const, reason };
    this.#limit = setTimeout(() => this.#resolveEnd(end), limitMs);
  }

  /** The same line of the same wearable again and again is one. */
  #tell(sensor: SensorName, text: string): void {
    if (text === this.#told.get(sensor)) return;
    this.#told.set(sensor, text);
    process.stderr.write(`${printable(text)}\n`);
  }
}

/** `plumbline record`: one enrolled wearable to a recording, without rules, alerts or record. */
import { nextDelayMs } from '../ble/connection.ts';
import type { RadioProcess } from '../ble/radioProcess.ts';
import type { Config } from '../config.ts';
import { messageOf, PlumblineError } from '../model/errors.ts';
import type { DeviceHealth, Logger } from '../model/ports.ts';
import { pinoLogger } from './pinoLogger.ts';
import { radioOf, startRadio } from './radioOf.ts';
import { createRecording } from './recording/openRecording.ts';
import { Recorder, type RecordingEnd } from './recording/recorder.ts';
import type { RecordingWriter } from './recording/recording.ts';
import { enrolledWearable } from './session/enrolledWearable.ts';
import { SharedScan } from './session/sharedScan.ts';
import { systemTimers } from './session/timers.ts';
import { WearableSession } from './session/wearableSession.ts';
import { untilSignal } from './start.ts';
import { printable } from './textTable.ts';

export interface RecordCommand {
  readonly config: Config;
  readonly path: string;
  /** From the first sample on; undefined: until a signal. */
  readonly durationS: number | undefined;
  readonly personId: string | undefined;
  readonly placement: string | undefined;
  readonly force: boolean;
}

type Person = Config['people'][number];
type Wearable = Person['wearables'][number];

const FLUSH_MS = 1000;
/** A recording of a stated length is made by scripts: they want an answer. */
const FIRST_SAMPLE_LIMIT_MS = 60_000;
/** What is still on its way when the time is over, or never comes because the link is gone. */
const LATE_LIMIT_MS = 5000;

/** @throws PlumblineError `usage`, `radio/unavailable`, `storage/failed` */
export async function record(command: RecordCommand): Promise<number> {
  const { person, wearable } = chosen(command);
  const logger = pinoLogger(command.config.log.level);
  const radio = radioOf(command.config, logger);
  const abort = new AbortController();
  const signalled = untilSignal().then((): RecordingEnd => {
    abort.abort();
    return { complete: true };
  });
  const file = await createRecording(command.path, { force: command.force, numbers: 'recorded' });
  const session = new RecordingSession(command, file, { person, wearable, radio, logger });
  let end: RecordingEnd;
  try {
    const isOn = await startRadio(radio, abort.signal);
    end = await (isOn ? Promise.race([signalled, session.run()]) : signalled);
  } catch (error) {
    end = { complete: false, reason: messageOf(error) };
  } finally {
    await session.stop();
    await radio.stop();
  }
  return session.finish(end);
}

/** @throws PlumblineError `usage` */
function chosen({ config, personId, placement }: RecordCommand): { person: Person; wearable: Wearable } {
  const { people } = config;
  const person = personId === undefined ? people[0] : people.find(({ id }) => id === personId);
  if (!person) {
    const expected = people.map(({ id }) => id).join(', ') || 'a person in the configuration';
    throw new PlumblineError('usage', `--person: expected one of ${expected}, found ${personId ?? 'none'}`);
  }
  const { wearables, id } = person;
  const wearable = placement === undefined ? wearables[0] : wearables.find((each) => each.placement === placement);
  if (wearable) return { person, wearable };
  const worn = wearables.map((each) => each.placement).join(', ');
  throw new PlumblineError('usage', `--placement: expected one of ${worn} for ${id}, found ${placement}`);
}

class RecordingSession {
  readonly #command: RecordCommand;
  readonly #file: RecordingWriter;
  readonly #recorder: Recorder;
  readonly #session: WearableSession;
  readonly #wanted: string;
  readonly #flushing: NodeJS.Timeout;
  readonly #end: Promise<RecordingEnd>;
  #resolveEnd: (end: RecordingEnd) => void = () => undefined;
  #limit: NodeJS.Timeout | undefined;
  #told = '';
  #diskProblem: string | undefined;

  constructor(
    command: RecordCommand,
    file: RecordingWriter,
    { person, wearable, radio, logger }: { person: Person; wearable: Wearable; radio: RadioProcess; logger: Logger },
  ) {
    const enrolled = enrolledWearable(person.id, wearable);
    const { device } = enrolled;
    this.#command = command;
    this.#file = file;
    this.#wanted = wearable.name ?? wearable.address ?? `any ${device.model}`;
    this.#end = new Promise((resolve) => {
      this.#resolveEnd = resolve;
    });
    this.#recorder = new Recorder({ personId: person.id, ...wearable, gyroTiming: device.gyroTiming }, file, {
      durationS: command.durationS,
      onEnd: this.#resolveEnd,
    });
    this.#session = new WearableSession(
      enrolled,
      {
        central: radio,
        scan: new SharedScan(radio, logger),
        clock: { nowMs: radio.nowMs },
        timers: systemTimers(),
        logger,
        random: Math.random,
        nextDelayMs,
      },
      {
        onBlock: (block) => this.#guarded(() => this.#onBlock(block)),
        onGap: (gap) => this.#recorder.onGap(gap),
        onHealth: (health) => this.#onHealth(health),
        onProblem: (message) => this.#tell(message),
      },
    );
    this.#flushing = setInterval(() => void this.#flush(), FLUSH_MS);
  }

  /** Resolves when the recording has its length, or cannot go on. */
  run(): Promise<RecordingEnd> {
    if (this.#command.durationS !== undefined) {
      const seconds = FIRST_SAMPLE_LIMIT_MS / 1000;
      this.#endAfter(FIRST_SAMPLE_LIMIT_MS, `expected samples of ${this.#wanted} within ${seconds} s, found none`);
    }
    this.#session.start();
    return this.#end;
  }

  async stop(): Promise<void> {
    clearTimeout(this.#limit);
    await this.#session.stop();
    clearInterval(this.#flushing);
  }

  /** @returns the exit code */
  async finish(end: RecordingEnd): Promise<number> {
    const { samples, lostSamples: lost, gaps, lengthS, rateHz } = this.#recorder;
    if (samples === 0) {
      const why = end.complete ? 'found none' : end.reason;
      throw new PlumblineError('radio/timeout', why.startsWith('expected') ? why : `expected samples, ${why}`);
    }
    await this.#file.close();
    const share = ((100 * lost) / (samples + lost)).toFixed(1);
    const length = `${samples} samples in ${lengthS.toFixed(1)} s at ${rateHz} Hz`;
    const missing = `${lost} lost (${share} %), ${gaps} gap${gaps === 1 ? '' : 's'}`;
    process.stdout.write(`${this.#command.path}: ${length}, ${missing}\n`);
    if (end.complete) return 0;
    process.stderr.write(`plumbline: the recording ended early: ${end.reason}\n`);
    return 1;
  }

  #onBlock(block: Parameters<Recorder['onBlock']>[0]): void {
    const isFirst = this.#recorder.samples === 0;
    this.#recorder.onBlock(block);
    const { durationS } = this.#command;
    // When the wearable is lost for good, its time is over as well.
    if (isFirst && durationS !== undefined) this.#endAfter(durationS * 1000 + LATE_LIMIT_MS, undefined);
  }

  #onHealth({ state, clockResidualMs }: DeviceHealth): void {
    if (clockResidualMs !== undefined) this.#recorder.onClockResidual(clockResidualMs);
    if (state === 'searching') this.#tell(`looking for ${this.#wanted}`);
    if (state === 'streaming') this.#tell(`recording ${this.#wanted} to ${this.#command.path}; Ctrl-C ends it`);
    if (state === 'silent') this.#tell(`${this.#wanted} is connected but silent`);
  }

  async #flush(): Promise<void> {
    try {
      const problem = await this.#file.flush();
      if (problem !== undefined && problem !== this.#diskProblem) {
        this.#tell(`expected room for ${this.#command.path}, found ${problem}; trying again every second`);
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

  #tell(text: string): void {
    if (text === this.#told) return;
    this.#told = text;
    process.stderr.write(`${printable(text)}\n`);
  }
}

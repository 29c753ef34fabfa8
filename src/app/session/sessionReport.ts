/** What a session tells about itself: state, counts, what the wearable reports, the last problem. Shared by all kinds of session. */
import type { DeviceFacts, StreamStart } from '../../devices/define.ts';
import type { ImuStream, StreamGap } from '../../devices/imuStream.ts';
import { fallsProblemOf, shapeAskedFor, sightOf, type StreamShape } from '../../devices/sensorSight.ts';
import type { ImuBlock } from '../../model/block.ts';
import type { Clock, DeviceHealth } from '../../model/ports.ts';
import { ProblemGate } from './problemGate.ts';

export interface SessionEvents {
  /** Sensor frame, host time. */
  readonly onBlock: (block: ImuBlock) => void;
  /** Comes before the block after it. Reason `hostClockSet`: time may have gone back; start everything anew. */
  readonly onGap: (gap: StreamGap) => void;
  readonly onHealth: (health: DeviceHealth) => void;
  /** One clear line, each kind at most once a minute. */
  readonly onProblem: (message: string) => void;
}

/** Whose wearable it is, of what kind, and what it is asked for. */
export interface SessionSubject extends Pick<DeviceHealth, 'personId' | 'deviceId' | 'placement'> {
  readonly device: DeviceFacts;
  readonly mode?: string;
  readonly rateHz?: number;
}
type Reports = Pick<DeviceHealth, 'rssiDbm' | 'batteryPct' | 'lastReason' | 'lastLostMs' | 'identity'>;

export const HEALTH_EVERY_MS = 5000;
const PROBLEM_SHOWN_MS = 60_000;

export class SessionReport {
  readonly #subject: SessionSubject;
  readonly #stream: ImuStream;
  readonly #clock: Clock;
  readonly #events: Pick<SessionEvents, 'onHealth' | 'onProblem'>;
  readonly #gate = new ProblemGate();
  #state: DeviceHealth['state'] = 'stopped';
  #reports: Reports = {};
  /** As the stream runs, or ran last. */
  #shape: StreamShape | undefined;
  #problem: { message: string; atMs: number } | undefined;
  #starts = 0;

  constructor(
    subject: SessionSubject,
    stream: ImuStream,
    clock: Clock,
    events: Pick<SessionEvents, 'onHealth' | 'onProblem'>,
  ) {
    this.#subject = subject;
    this.#stream = stream;
    this.#clock = clock;
    this.#events = events;
  }

  health(): DeviceHealth {
    const { samples, lostSamples, repairedSamples, clockResidualMs, timeQuality, lastSampleS } = this.#stream.stats;
    const { personId, deviceId, placement, device } = this.#subject;
    const problem = this.#problem;
    const isShown = problem !== undefined && this.#clock.nowMs() - problem.atMs < PROBLEM_SHOWN_MS;
    // One that does not pass is said as long as it lasts.
    const said = isShown ? problem.message : this.#shape && fallsProblemOf(device.capabilities, this.#shape);
    return {
      personId,
      deviceId,
      kind: device.id,
      ...(placement === undefined ? {} : { placement }),
      state: this.#state,
      ...this.#reports,
      sees: sightOf(device.capabilities, this.#shape ?? shapeAskedFor(device, this.#subject)),
      ...(this.#state === 'streaming' ? { timeQuality } : {}),
      ...(samples + lostSamples > 0 ? { lossPct: (100 * lostSamples) / (samples + lostSamples) } : {}),
      samples,
      lostSamples,
      repairedSamples,
      reconnects: Math.max(0, this.#starts - 1),
      ...(Number.isNaN(clockResidualMs) ? {} : { clockResidualMs }),
      ...(Number.isNaN(lastSampleS) ? {} : { lastSampleMs: lastSampleS * 1000 }),
      ...(said === undefined ? {} : { problem: said }),
    };
  }

  /** What the wearable or the radio says of itself; told with the next health. */
  note(reports: Reports): void {
    this.#reports = { ...this.#reports, ...reports };
  }

  /** The stream runs as the wearable says. */
  noteStream({ identity, rateHz, hasGyroscope }: StreamStart): void {
    if (identity) this.note({ identity });
    this.#shape = { rateHz, hasGyroscope };
    const blind = fallsProblemOf(this.#subject.device.capabilities, this.#shape);
    if (blind !== undefined) this.sayProblem(blind);
  }

  /** Data have ended, for a reason in words. */
  noteLoss(lastReason: string): void {
    this.note({ lastReason, lastLostMs: this.#clock.nowMs() });
  }

  /** Connected, or heard of again. */
  countStart(): void {
    this.#starts++;
  }

  setState(state: DeviceHealth['state']): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#events.onHealth(this.health());
  }

  sayProblem(message: string): void {
    const nowMs = this.#clock.nowMs();
    this.#problem = { message, atMs: nowMs };
    const line = this.#gate.pass(message, nowMs);
    if (line === undefined) return;
    this.#events.onProblem(line);
    this.#events.onHealth(this.health());
  }
}

/**
 * One enrolled wearable that sends by itself, for ever: waits for its messages, and says when they stay away. What comes out is
 * what comes out of a `WearableSession`: the same blocks, gaps and health, by the same time and gap rules.
 */
import { ImuStream } from '../../devices/imuStream.ts';
import type { EmitPushed, PushDecoder, PushedDevice, PushedItem, PushOutcome } from '../../devices/pushedDevice.ts';
import type { StreamStart } from '../../devices/define.ts';
import type { Placement } from '../../model/person.ts';
import type { Clock, DeviceHealth, Logger } from '../../model/ports.ts';
import { HEALTH_EVERY_MS, type SessionEvents, SessionReport } from './sessionReport.ts';
import { every, type Timers } from './timers.ts';

export interface EnrolledPushed {
  readonly personId: string;
  /** Our own id of it. */
  readonly deviceId: string;
  readonly device: PushedDevice;
  readonly placement?: Placement;
  /** The id that it gives itself; absent: that of the first one heard. */
  readonly senderId?: string;
  /** One of the device's modes; its first when absent. */
  readonly mode?: string;
  /** What the wearable was set to; its default when absent. What it really does is learned. */
  readonly rateHz?: number;
}

export interface PushedSessionPorts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}

/** Messages come every 0.2 to 1 s. */
const SILENT_MS = 5000;
const WATCH_EVERY_MS = 1000;
const RATE_TOLERANCE_RATIO = 0.1;

export class PushedSession {
  readonly #enrolled: EnrolledPushed;
  readonly #ports: PushedSessionPorts;
  readonly #stream: ImuStream;
  readonly #report: SessionReport;
  readonly #decoder: PushDecoder;
  readonly #events: SessionEvents;
  readonly #cancels: (() => void)[] = [];
  #isRunning = false;
  #silentMs = 0;
  #isHeard = false;

  constructor(enrolled: EnrolledPushed, ports: PushedSessionPorts, events: SessionEvents) {
    const { device, senderId, mode } = enrolled;
    this.#enrolled = enrolled;
    this.#ports = ports;
    this.#events = events;
    this.#decoder = device.createDecoder({
      ...(senderId === undefined ? {} : { senderId }),
      ...(mode === undefined ? {} : { mode }),
    });
    this.#stream = new ImuStream(device, {
      block: (block) => events.onBlock(block),
      gap: (gap) => events.onGap(gap),
      problem: (message) => this.#report.sayProblem(message),
      // It cannot be asked.
      wanted: () => undefined,
    });
    this.#report = new SessionReport(enrolled, this.#stream, ports.clock, events);
  }

  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#report.setState('searching');
    const { timers } = this.#ports;
    this.#cancels.push(
      every(timers, HEALTH_EVERY_MS, () => this.#events.onHealth(this.health())),
      every(timers, WATCH_EVERY_MS, () => this.#watch()),
    );
  }

  async stop(): Promise<void> {
    if (!this.#isRunning) return;
    for (const cancel of this.#cancels.splice(0)) cancel();
    this.#decoder.flush(this.#onItem);
    this.#stream.flush();
    this.#isRunning = false;
    this.#report.setState('stopped');
  }

  /** One message, which arrived at `arrivalMs` of the service's clock. Never throws; answers what became of it. */
  take(message: string, arrivalMs: number): PushOutcome {
    if (!this.#isRunning) {
      return { kind: 'refused', because: 'message', expected: 'a running service', found: 'that it is being stopped' };
    }
    const outcome = this.#decoder.push(message, arrivalMs, this.#onItem);
    if (outcome.kind === 'taken') this.#report.note({ identity: { serial: outcome.senderId } });
    if (outcome.kind === 'test') this.#ports.logger.info('wearable.tested', { deviceId: this.#enrolled.deviceId });
    return outcome;
  }

  health(): DeviceHealth {
    return this.#report.health();
  }

  readonly #onItem: EmitPushed = (item: PushedItem, arrivalMs: number): void => {
    switch (item.kind) {
      case 'start':
        return this.#start(item.start);
      case 'imu':
      case 'part':
        return this.#take(item, arrivalMs);
      case 'status':
        if (item.status.batteryPct !== undefined) this.#report.note({ batteryPct: item.status.batteryPct });
        return;
      case 'problem':
        return this.#report.sayProblem(item.message);
      case 'notice':
        return;
    }
  };

  #start(start: StreamStart): void {
    const { device, deviceId } = this.#enrolled;
    const wishedHz = this.#enrolled.rateHz ?? device.rateHz.default;
    this.#stream.start(start);
    this.#report.noteStream(start);
    this.#ports.logger.info('wearable.started', { deviceId, ...start });
    if (Math.abs(start.rateHz / wishedHz - 1) > RATE_TOLERANCE_RATIO) {
      this.#report.sayProblem(`rate: expected about ${wishedHz} Hz, found that it measures at ${start.rateHz} Hz`);
    }
    if (device.hasGyroscope && !start.hasGyroscope) {
      this.#report.sayProblem('gyroscope: expected its readings, found none: rotation cannot be seen');
    }
  }

  #take(item: Extract<PushedItem, { kind: 'imu' | 'part' }>, arrivalMs: number): void {
    const { releasedSamples } = this.#stream;
    if (item.kind === 'imu') this.#stream.push(item.packet, arrivalMs);
    else this.#stream.pushPart(item.part, arrivalMs);
    // Messages are no data: an app that has hung may say the same again and again.
    if (this.#stream.releasedSamples > releasedSamples) this.#hear();
  }

  #hear(): void {
    this.#silentMs = 0;
    if (!this.#isHeard) this.#report.countStart();
    this.#isHeard = true;
    this.#report.setState('streaming');
  }

  /** Counted in ticks, not read from a clock: a clock that is set must not look like silence. */
  #watch(): void {
    this.#decoder.poll(this.#ports.clock.nowMs(), this.#onItem);
    if (!this.#isHeard) return;
    this.#silentMs += WATCH_EVERY_MS;
    if (this.#silentMs < SILENT_MS) return;
    this.#isHeard = false;
    this.#decoder.flush(this.#onItem);
    this.#stream.flush();
    this.#report.noteLoss(`no data for ${SILENT_MS / 1000} s`);
    this.#report.setState('silent');
    const { deviceId } = this.#enrolled;
    this.#ports.logger.warn('wearable.lost', { deviceId, reason: `no data for ${SILENT_MS / 1000} s` });
  }
}

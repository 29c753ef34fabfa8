/**
 * One enrolled wearable, for ever: search → connect → start → stream → lost → back off → search.
 * It never gives up while it is enrolled, says why it is silent, and never takes another person's wearable for this one.
 */
import type { DeviceDefinition, DeviceNotice, GattScript, HapticCue } from '../../devices/define.ts';
import { ImuStream } from '../../devices/imuStream.ts';
import { shapeAskedFor } from '../../devices/sensorSight.ts';
import { ALERT_LEVEL, immediateAlert } from '../../devices/sigServices.ts';
import type { ImuBlock } from '../../model/block.ts';
import { messageOf, PlumblineError } from '../../model/errors.ts';
import type { Placement } from '../../model/person.ts';
import type { Advertisement, BleCentral, BleLink, Clock, DeviceHealth, Logger } from '../../model/ports.ts';
import { HEALTH_EVERY_MS, type SessionEvents, SessionReport } from './sessionReport.ts';
import type { SharedScan } from './sharedScan.ts';
import { every, pause, type Timers, unlessAborted } from './timers.ts';
import { DEFAULT_TIMING, type LinkTiming, type StreamWish, WearableLink } from './wearableLink.ts';
import { WearableSearch } from './wearableSearch.ts';

export interface EnrolledWearable {
  readonly personId: string;
  /** Our own id of it. */
  readonly deviceId: string;
  readonly device: DeviceDefinition;
  readonly placement?: Placement;
  /** Advertised name; without name and address any wearable of this model, as long as there is only one. */
  readonly name?: string;
  readonly address?: string;
  /** One of the device's modes; its first when absent. */
  readonly mode?: string;
  /** One of the choices of the device or its mode; their default when absent. */
  readonly rateHz?: number;
}

export interface WearableSessionPorts {
  readonly central: BleCentral;
  /** Shared by all sessions of the central. */
  readonly scan: SharedScan;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Wait before attempt number 1, 2, … after a failure. */
  readonly nextDelayMs: (attempt: number, random: () => number) => number;
}

export interface WearableSessionEvents extends SessionEvents {
  readonly onNotice?: (notice: DeviceNotice) => void;
  /** Samples of a gap that was stated before, fetched afterwards from the wearable's memory. Never for cues. */
  readonly onLate?: (block: ImuBlock) => void;
}

const SEARCH_EVERY_MS = 250;
/** A link that has streamed for so long was a good one: the next failure starts from the shortest delay. */
const GOOD_LINK_MS = 10_000;

export class WearableSession {
  readonly #wearable: EnrolledWearable;
  readonly #ports: WearableSessionPorts;
  readonly #events: WearableSessionEvents;
  readonly #timing: LinkTiming;
  readonly #stream: ImuStream;
  readonly #report: SessionReport;
  readonly #abort = new AbortController();
  #running: Promise<void> | undefined;
  #link: WearableLink | undefined;
  #streamingSinceMs: number | undefined;
  #lastReasonLogged: string | undefined;

  constructor(
    wearable: EnrolledWearable,
    ports: WearableSessionPorts,
    events: WearableSessionEvents,
    timing: Partial<LinkTiming> = {},
  ) {
    this.#wearable = wearable;
    this.#ports = ports;
    this.#events = events;
    this.#timing = { ...DEFAULT_TIMING, ...timing };
    this.#stream = new ImuStream(wearable.device, {
      block: (block) => events.onBlock(block),
      gap: (gap) => events.onGap(gap),
      problem: (message) => this.#report.sayProblem(message),
      wanted: (firstSequence, count) => this.#link?.requestBackfill(firstSequence, count),
      late: (block) => events.onLate?.(block),
    });
    this.#report = new SessionReport(wearable, this.#stream, ports.clock, events);
  }

  start(): void {
    this.#running ??= this.#run(this.#abort.signal);
  }

  /** Tells the wearable to stop and lets go of it; within 2 s. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#running;
    this.#stream.end();
  }

  /** Runs one of the device's own scripts (haptic cue, identify, calibration store) on the live link. @throws `radio/closed` when there is none. */
  async carryOut<T>(script: (device: DeviceDefinition) => GattScript<T> | undefined): Promise<T> {
    const steps = script(this.#wearable.device);
    if (!steps) {
      const { model } = this.#wearable.device;
      throw new PlumblineError('device/refused', `expected a device that can do this, found ${model}, which cannot`);
    }
    if (!this.#link) throw new PlumblineError('radio/closed', 'expected a connected wearable, found none');
    return this.#link.carryOut(steps);
  }

  /** The wearer feels a cue, by the device's own motor or by the standard alert service. @throws `device/refused` when it has neither */
  cue(cue: HapticCue): Promise<void> {
    return this.carryOut(
      (device) => device.haptic?.(cue) ?? (this.#link?.offers(ALERT_LEVEL) ? immediateAlert(cue) : undefined),
    );
  }

  health(): DeviceHealth {
    return this.#report.health();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const endHealth = every(this.#ports.timers, HEALTH_EVERY_MS, () => this.#events.onHealth(this.health()));
    let attempt = 0;
    const offState = this.#ports.central.onStateChange((state) => {
      // A radio that has come back is a reason to try at once, from the shortest delay on.
      if (state === 'poweredOn') attempt = 0;
    });
    while (!signal.aborted) {
      this.#streamingSinceMs = undefined;
      const reason = await this.#attempt(signal).catch((error: unknown) => this.#reasonOf(error));
      if (signal.aborted) break;
      if (this.#wasGood()) attempt = 0;
      attempt++;
      this.#report.noteLoss(reason);
      this.#report.setState('searching');
      this.#logReason(reason, attempt);
      await this.#backOff(attempt, signal);
    }
    offState();
    endHealth();
    this.#report.setState('stopped');
  }

  /** One round, until the link is gone; answers why. */
  async #attempt(signal: AbortSignal): Promise<string> {
    this.#report.setState('searching');
    const advertisement = await this.#search(signal);
    if (!advertisement) return 'stopped';
    const release = this.#ports.scan.claim(advertisement.id);
    if (!release) {
      const found = `${advertisement.address} in use for another person`;
      throw new PlumblineError('device/ambiguous', `expected a wearable that nobody else wears, found ${found}`);
    }
    try {
      return await this.#streamFrom(advertisement, signal);
    } finally {
      release();
    }
  }

  async #streamFrom(advertisement: Advertisement, signal: AbortSignal): Promise<string> {
    this.#report.note({ rssiDbm: advertisement.rssiDbm });
    this.#report.setState('connecting');
    const link = await this.#connect(advertisement.id, signal);
    if (!link) return 'stopped';
    this.#report.countStart();
    this.#link = new WearableLink(link, this.#wearable.device, this.#stream, this.#ports, this.#timing, {
      started: (start) => this.#report.noteStream(start),
      silent: () => this.#report.setState('silent'),
      data: () => this.#onData(),
      status: ({ batteryPct }) => {
        if (batteryPct !== undefined) this.#report.note({ batteryPct });
      },
      notice: (notice) => this.#events.onNotice?.(notice),
      rssi: (rssiDbm) => this.#report.note({ rssiDbm }),
      problem: (message) => this.#report.sayProblem(message),
    });
    try {
      return await this.#link.run(this.#wish(), signal);
    } finally {
      this.#link = undefined;
    }
  }

  #wish(): StreamWish {
    const { device, mode, rateHz } = this.#wearable;
    return { rateHz: shapeAskedFor(device, { mode, rateHz }).rateHz, ...(mode === undefined ? {} : { mode }) };
  }

  async #search(signal: AbortSignal): Promise<Advertisement | undefined> {
    const { central, scan, clock, timers } = this.#ports;
    const search = new WearableSearch(this.#wearable);
    const off = central.onAdvertisement((advertisement) => search.see(advertisement, clock.nowMs()));
    try {
      const release = await scan.acquire();
      try {
        while (!signal.aborted) {
          const result = search.result(clock.nowMs());
          if (result && 'found' in result) return result.found;
          if (result) this.#report.sayProblem(result.ambiguous);
          await pause(timers, SEARCH_EVERY_MS, signal);
        }
        return undefined;
      } finally {
        release();
      }
    } finally {
      off();
    }
  }

  /** A connect can take 15 s; a stop does not wait for it, the link is let go when it comes. */
  async #connect(id: string, signal: AbortSignal): Promise<BleLink | undefined> {
    const connecting = this.#ports.central.connect(id);
    const link = await unlessAborted(signal, undefined, [connecting]);
    if (!link) connecting.then((late) => late.disconnect()).catch(() => undefined);
    return link;
  }

  async #backOff(attempt: number, signal: AbortSignal): Promise<void> {
    const { central, timers, nextDelayMs, random } = this.#ports;
    const wake = new AbortController();
    const offState = central.onStateChange((state) => {
      if (state === 'poweredOn') wake.abort();
    });
    await pause(timers, nextDelayMs(attempt, random), AbortSignal.any([signal, wake.signal]));
    offState();
  }

  #onData(): void {
    this.#streamingSinceMs ??= this.#ports.clock.nowMs();
    this.#lastReasonLogged = undefined;
    this.#report.setState('streaming');
  }

  #wasGood(): boolean {
    return this.#streamingSinceMs !== undefined && this.#ports.clock.nowMs() - this.#streamingSinceMs >= GOOD_LINK_MS;
  }

  #reasonOf(error: unknown): string {
    if (!(error instanceof PlumblineError)) {
      const stack = error instanceof Error ? error.stack : undefined;
      this.#ports.logger.error('wearable.session-failed', { deviceId: this.#wearable.deviceId, stack });
    } else if (error.code === 'device/refused' || error.code === 'device/ambiguous')
      this.#report.sayProblem(error.message);
    return messageOf(error);
  }

  /** The same reason again and again is one line. */
  #logReason(reason: string, attempt: number): void {
    if (reason === this.#lastReasonLogged) return;
    this.#lastReasonLogged = reason;
    this.#ports.logger.warn('wearable.lost', { deviceId: this.#wearable.deviceId, reason, attempt });
  }
}

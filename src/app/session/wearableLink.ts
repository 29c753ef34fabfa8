/** One connection to one wearable, from the start script to the last byte: streaming, upkeep, repair, and the watch over silence. */
import type {
  Decode,
  DecodedItem,
  DeviceDefinition,
  DeviceNotice,
  DeviceStatus,
  GattScript,
  StreamRequest,
  StreamStart,
} from '../../devices/define.ts';
import type { ImuStream } from '../../devices/imuStream.ts';
import { GattScriptRunner } from './gattScript.ts';
import { messageOf, PlumblineError } from '../../model/errors.ts';
import type { BleLink, Clock, Logger } from '../../model/ports.ts';
import { every, type Timers, unlessAborted, within } from './timers.ts';

export interface LinkSurroundings {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}

/** How long is too long; all on the service's clock. */
export interface LinkTiming {
  /** Without data while started: stop and start again; once more as long: give the link up. */
  readonly stallMs: number;
  readonly rssiEveryMs: number;
  readonly statusEveryMs: number;
  /** For the stop script and the disconnect together. */
  readonly farewellMs: number;
}

export const DEFAULT_TIMING: LinkTiming = {
  stallMs: 5000,
  rssiEveryMs: 30_000,
  statusEveryMs: 300_000,
  // Well below the two seconds in which the service ends.
  farewellMs: 800,
};

/** What the wearable is asked for. */
export type StreamWish = Pick<StreamRequest, 'rateHz' | 'mode'>;

export interface LinkEvents {
  /** The start script is through; nothing has come yet. */
  readonly started: (start: StreamStart) => void;
  readonly silent: () => void;
  /** New samples have been handed out. */
  readonly data: () => void;
  readonly status: (status: DeviceStatus) => void;
  readonly notice: (notice: DeviceNotice) => void;
  readonly rssi: (rssiDbm: number) => void;
  readonly problem: (message: string) => void;
}

type SampleItem = Extract<DecodedItem, { kind: 'imu' | 'part' }>;

/** The device sends before its stream is known: a few seconds' worth are kept. */
const MOST_EARLY_PACKETS = 256;
const WATCH_EVERY_MS = 1000;
/** Of the time for the farewell; the rest is for the disconnect. */
const STOP_SHARE_RATIO = 0.75;

export class WearableLink {
  readonly #link: BleLink;
  readonly #device: DeviceDefinition;
  readonly #stream: ImuStream;
  readonly #around: LinkSurroundings;
  readonly #timing: LinkTiming;
  readonly #events: LinkEvents;
  readonly #runner: GattScriptRunner;
  readonly #decode: Decode;
  readonly #cancels: (() => void)[] = [];
  #cancelPoll: (() => void) | undefined;
  /** The start script has begun: from then on the device may stream. */
  #wasTold = false;
  #isStarted = false;
  #early: { item: SampleItem; arrivalMs: number }[] = [];
  #silentMs = 0;
  #seenSamples = 0;
  #restartedWithoutData = false;
  #isRestarting = false;
  #restart: ((why: string) => void) | undefined;
  #hasEnded = false;

  constructor(
    link: BleLink,
    device: DeviceDefinition,
    stream: ImuStream,
    around: LinkSurroundings,
    timing: LinkTiming,
    events: LinkEvents,
  ) {
    this.#link = link;
    this.#device = device;
    this.#stream = stream;
    this.#around = around;
    this.#timing = timing;
    this.#events = events;
    this.#decode = device.createDecoder();
    this.#runner = new GattScriptRunner(link, around.clock, around.timers, (uuid, bytes, arrivalMs) =>
      this.#onNotification(uuid, bytes, arrivalMs),
    );
  }

  /** Streams until the link is gone, the device stays silent, or `signal` aborts; answers why, in words. Leaves the link closed. */
  async run(wish: StreamWish, signal: AbortSignal): Promise<string> {
    try {
      const started = this.#start(wish).then(() => undefined);
      const endedEarly = await unlessAborted(signal, 'stopped', [started, this.#link.closed]);
      if (endedEarly !== undefined) return endedEarly;
      const gaveUp = new Promise<string>((resolve) => {
        this.#restart = (why) => this.#restartStream(wish, why, resolve);
        this.#watch(resolve);
      });
      return await unlessAborted(signal, 'stopped', [this.#link.closed, gaveUp]);
    } finally {
      this.#hasEnded = true;
      for (const cancel of this.#cancels) cancel();
      this.#cancelPoll?.();
      this.#stream.flush();
      // What a start script would still say must not come after the stop.
      this.#runner.abandon();
      await this.#farewell();
    }
  }

  offers(characteristicUuid: string): boolean {
    return this.#link.characteristics.some(({ uuid }) => uuid === characteristicUuid);
  }

  /** @throws what the script throws; `radio/closed` when the link is gone. */
  carryOut<T>(script: GattScript<T>): Promise<T> {
    return this.#runner.run(script);
  }

  async #start({ rateHz, mode }: StreamWish): Promise<void> {
    const nowMs = this.#around.clock.nowMs();
    const request = { rateHz, mtu: this.#link.mtu, nowMs, ...(mode === undefined ? {} : { mode }) };
    this.#wasTold = true;
    const start = await this.#runner.run(this.#device.start(request));
    if (this.#hasEnded) return;
    if (start.rateHz !== rateHz) {
      this.#events.problem(`rate: expected ${rateHz} Hz, found that device and link allow ${start.rateHz} Hz`);
    }
    this.#stream.start(start);
    this.#isStarted = true;
    this.#silentMs = 0;
    this.#seenSamples = this.#stream.releasedSamples;
    this.#events.started(start);
    const early = start.discardsEarlier === true ? [] : this.#early;
    this.#early = [];
    for (const { item, arrivalMs } of early) this.#take(item, arrivalMs);
    this.#around.logger.info('wearable.started', { ...start, clockSamples: start.clockSamples?.length ?? 0 });
  }

  #watch(giveUp: (reason: string) => void): void {
    const { timers } = this.#around;
    const { upkeep, readStatus } = this.#device;
    this.#cancels.push(
      every(timers, WATCH_EVERY_MS, () => this.#watchSilence(giveUp)),
      every(timers, this.#timing.rssiEveryMs, () => this.#try('rssi', this.#readRssi())),
      every(timers, this.#timing.statusEveryMs, () => readStatus && this.#try('status', this.#readStatus(readStatus))),
    );
    if (upkeep) {
      this.#cancels.push(every(timers, upkeep.everyS * 1000, () => this.#try('upkeep', this.#keepUp(upkeep.script))));
    }
    if (readStatus) this.#try('status', this.#readStatus(readStatus));
    this.#try('rssi', this.#readRssi());
  }

  /** Counted in ticks, not read from a clock: a clock that is set must not look like silence. */
  #watchSilence(giveUp: (reason: string) => void): void {
    if (this.#isRestarting) return;
    this.#silentMs += WATCH_EVERY_MS;
    if (this.#silentMs < this.#timing.stallMs) return;
    this.#events.silent();
    if (this.#restartedWithoutData) {
      giveUp(`no data for ${this.#timing.stallMs / 1000} s after stop and start`);
      return;
    }
    this.#restart?.('start after silence');
  }

  #restartStream(wish: StreamWish, why: string, giveUp: (reason: string) => void): void {
    this.#isRestarting = true;
    this.#isStarted = false;
    const restart = async (): Promise<void> => {
      await this.#runner.run(this.#device.stop()).catch((error: unknown) => this.#doubt('stop', error));
      // Late packets of the old stream are counted otherwise than those of the new one.
      this.#early = [];
      this.#restartedWithoutData = true;
      await this.#start(wish);
    };
    restart()
      .catch((error: unknown) => giveUp(`${why}: ${messageOf(error)}`))
      .finally(() => {
        this.#isRestarting = false;
      });
  }

  /** The device says that it has stopped. At once, but not again and again: without data in between that is silence. */
  #onStopped(message: string): void {
    if (!this.#isStarted || this.#isRestarting || this.#restartedWithoutData) return;
    this.#events.problem(message);
    this.#restart?.('start after the device stopped');
  }

  /** Asks for lost packets again. */
  readonly requestBackfill = (firstSequence: number, count: number): void => {
    const { backfill } = this.#device;
    if (backfill) this.#try('backfill', this.#backfill(backfill(firstSequence, count), firstSequence, count));
  };

  async #backfill(script: GattScript<void>, firstSequence: number, count: number): Promise<void> {
    try {
      await this.#runner.run(script);
    } catch (error) {
      // It says so of all of them or of none: what it still has comes.
      if (error instanceof PlumblineError && error.code === 'device/refused') {
        this.#stream.notStored(firstSequence, count);
      }
      throw error;
    }
  }

  #onNotification(uuid: string, bytes: Uint8Array, arrivalMs: number): void {
    this.#decode(uuid, bytes, (item) => this.#onItem(item, arrivalMs));
  }

  #onItem(item: DecodedItem, arrivalMs: number): void {
    // What still comes while the wearable is being told to stop belongs to no stream.
    if (this.#hasEnded) return;
    switch (item.kind) {
      case 'imu':
      case 'part':
        if (this.#isStarted) this.#take(item, arrivalMs);
        else if (this.#early.length < MOST_EARLY_PACKETS) this.#early.push({ item, arrivalMs });
        return;
      case 'status':
        return this.#events.status(item.status);
      case 'notice':
        return this.#events.notice(item.notice);
      case 'stopped':
        return this.#onStopped(item.message);
      case 'problem':
        return this.#events.problem(item.message);
    }
  }

  #take(item: SampleItem, arrivalMs: number): void {
    if (item.kind === 'imu') this.#stream.push(item.packet, arrivalMs);
    else this.#stream.pushPart(item.part, arrivalMs);
    this.#noteData();
    this.#schedulePoll();
  }

  /** Packets are no data: a sensor that has hung repeats one, and of two halves one may come alone. */
  #noteData(): void {
    const { releasedSamples } = this.#stream;
    if (releasedSamples === this.#seenSamples) return;
    this.#seenSamples = releasedSamples;
    this.#silentMs = 0;
    this.#restartedWithoutData = false;
    this.#events.data();
  }

  #schedulePoll(): void {
    this.#cancelPoll?.();
    this.#cancelPoll = undefined;
    const { dueMs } = this.#stream;
    if (dueMs === undefined) return;
    const { clock, timers } = this.#around;
    // At most half a second, whatever the clock has been set to.
    const delayMs = Math.min(500, Math.max(1, dueMs - clock.nowMs()));
    this.#cancelPoll = timers.after(delayMs, () => {
      this.#stream.poll(clock.nowMs());
      this.#noteData();
      this.#schedulePoll();
    });
  }

  async #keepUp(script: NonNullable<DeviceDefinition['upkeep']>['script']): Promise<void> {
    const sample = await this.#runner.run(script(this.#around.clock.nowMs()));
    if (sample) this.#stream.exchange(sample);
  }

  async #readStatus(script: NonNullable<DeviceDefinition['readStatus']>): Promise<void> {
    this.#events.status(await this.#runner.run(script()));
  }

  async #readRssi(): Promise<void> {
    this.#events.rssi(await this.#link.readRssiDbm());
  }

  /** What may fail without harm to the stream. */
  #try(what: string, work: Promise<void>): void {
    work.catch((error: unknown) => this.#doubt(what, error));
  }

  #doubt(what: string, error: unknown): void {
    const code = error instanceof PlumblineError ? error.code : undefined;
    if (code === 'radio/closed') return;
    this.#around.logger.debug('wearable.step-failed', { what, code, reason: messageOf(error) });
  }

  /** A wearable that is not told to stop streams on into nothing and empties its battery. */
  async #farewell(): Promise<void> {
    const { timers } = this.#around;
    const { farewellMs } = this.#timing;
    const goodbye = async (): Promise<void> => {
      if (this.#wasTold) {
        const stop = this.#runner.run(this.#device.stop()).catch((error: unknown) => this.#doubt('stop', error));
        // One that does not answer is let go of all the same.
        await within(timers, STOP_SHARE_RATIO * farewellMs, stop, undefined);
      }
      await this.#link.disconnect();
    };
    await within(timers, farewellMs, goodbye(), undefined).catch((error: unknown) => this.#doubt('disconnect', error));
  }
}

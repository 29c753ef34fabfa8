/**
 * `BleCentral` in a process of its own: starts it, speaks for it, and starts it again when it dies. Native Bluetooth
 * code can abort its process; the service and its alarms must not die with it.
 */
import { messageOf, PlumblineError } from '../model/errors.ts';
import type { Advertisement, BleCentral, BleLink, CentralState, Logger, Unsubscribe } from '../model/ports.ts';
import { reasonCode } from './hciReason.ts';
import type { RadioLimits } from './limits.ts';
import { RadioChannel } from './radioChannel.ts';
import { type RadioClockSetting, radioClock } from './radioClock.ts';
import { errorFromData, type FromChild, type OpenedLink, type RadioAdapter } from './radioProtocol.ts';
import { RadioCounter, type RadioStats } from './radioStats.ts';
import { RemoteLink } from './remoteLink.ts';

const FIRST_RESTART_MS = 250;
/** A process that dies again and again is still tried this often; with its start that is within five seconds. */
const MAX_RESTART_MS = 4000;
/** A process that lived this long did not die of its start. */
const STABLE_MS = 30_000;
const START_LIMIT_MS = 15_000;
const SCAN_RETRY_MS = 2000;
/** A process that misses five of these is taken for hung and replaced. */
const HEARTBEAT_MS = 2000;

export interface RadioProcessOptions {
  readonly adapter: RadioAdapter;
  readonly logger: Logger;
  /** Time of the radio and its virtual wearables; the wall clock when absent. `startedWallMs` is now unless told. */
  readonly clock?: { readonly epochMs: number; readonly speed: number; readonly startedWallMs?: number } | undefined;
  readonly limits?: Partial<RadioLimits> | undefined;
  /** Compiled entry of the process. */
  readonly childEntry?: URL | undefined;
  readonly heartbeatMs?: number | undefined;
}

export class RadioProcess implements BleCentral {
  readonly clock: RadioClockSetting;
  /** The clock with which notifications are stamped, Unix ms. */
  readonly nowMs: () => number;
  readonly #options: RadioProcessOptions;
  readonly #stateListeners = new Set<(state: CentralState) => void>();
  readonly #advertisementListeners = new Set<(advertisement: Advertisement) => void>();
  readonly #links = new Map<number, RemoteLink>();
  readonly #counter = new RadioCounter();
  #channel: RadioChannel | undefined;
  #state: CentralState = 'unknown';
  /** Between `start` and `stop`: the process is to be kept alive. */
  #active = false;
  #wantsScan = false;
  #scanComplaint = '';
  #startComplaint = '';
  #failuresInRow = 0;
  #readyAtMs = 0;
  /** As in `NobleScanOptions`. */
  #deafReplacements = 0;
  #timer: NodeJS.Timeout | undefined;
  #scanTimer: NodeJS.Timeout | undefined;
  #onStarted: ((error?: PlumblineError) => void) | undefined;

  constructor(options: RadioProcessOptions) {
    this.#options = options;
    const startedWallMs = options.clock?.startedWallMs ?? Date.now();
    this.clock = { epochMs: startedWallMs, speed: 1, ...options.clock, startedWallMs };
    this.nowMs = radioClock(this.clock);
  }

  get state(): CentralState {
    return this.#state;
  }

  /** Of the process that runs now. */
  get pid(): number | undefined {
    return this.#channel?.pid;
  }

  /** Since the start of the service, whatever happened to the process. */
  get stats(): RadioStats {
    return this.#counter.snapshot([...this.#links.values()].map(({ stats }) => stats));
  }

  async start(signal?: AbortSignal): Promise<void> {
    if (this.#active) return;
    signal?.throwIfAborted();
    this.#active = true;
    const onAbort = (): void =>
      this.#onStarted?.(new PlumblineError('radio/closed', 'starting the radio was called off'));
    signal?.addEventListener('abort', onAbort);
    try {
      await this.#launch();
    } catch (error) {
      this.#active = false;
      this.#setState('unknown');
      throw error;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    clearTimeout(this.#scanTimer);
    this.#active = false;
    this.#wantsScan = false;
    this.#onStarted?.(new PlumblineError('radio/closed', 'the radio is stopping'));
    const channel = this.#channel;
    this.#channel = undefined;
    await channel?.stop();
    this.#closeLinks('the radio was stopped');
    this.#setState('unknown');
  }

  onStateChange(listener: (state: CentralState) => void): Unsubscribe {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  }

  onAdvertisement(listener: (advertisement: Advertisement) => void): Unsubscribe {
    this.#advertisementListeners.add(listener);
    return () => this.#advertisementListeners.delete(listener);
  }

  /** While the process is being restarted this only notes the wish. */
  async startScan(): Promise<void> {
    this.#wantsScan = true;
    if (this.#state === 'restarting') return;
    try {
      await this.#running().call({ op: 'startScan' }, () => undefined);
    } catch (error) {
      // A process that died under the request resumes the scan when it is back.
      if (error instanceof PlumblineError && error.code === 'radio/child-died') return;
      this.#wantsScan = false;
      throw error;
    }
  }

  async stopScan(): Promise<void> {
    this.#wantsScan = false;
    if (this.#state === 'restarting' || !this.#channel) return;
    await this.#channel.call({ op: 'stopScan' }, () => undefined);
  }

  async connect(id: string): Promise<BleLink> {
    const channel = this.#running();
    this.#counter.connectAttempts++;
    try {
      return await channel.call({ op: 'connect', id }, (value) => {
        const opened = new RemoteLink(channel, value as OpenedLink);
        this.#links.set((value as OpenedLink).link, opened);
        return opened;
      });
    } catch (error) {
      this.#counter.connectFailures++;
      throw error;
    }
  }

  #running(): RadioChannel {
    if (this.#channel && this.#state !== 'restarting') return this.#channel;
    throw new PlumblineError('radio/closed', `expected a running radio process, found it ${this.#state}`);
  }

  /** Starts a process and waits until its adapter is on. @throws what the process says is wrong, or `radio/unavailable`. */
  #launch(): Promise<void> {
    return new Promise((resolve, reject) => {
      const { adapter, limits = {} } = this.#options;
      const channel = new RadioChannel({
        childEntry: this.#options.childEntry ?? new URL('./radioChild.js', import.meta.url),
        settings: { adapter, clock: this.clock, limits, deafReplacements: this.#deafReplacements },
        heartbeatMs: this.#options.heartbeatMs ?? HEARTBEAT_MS,
        onMessage: (message) => this.#onMessage(message),
        onEnd: (how) => this.#onEnd(channel, how),
      });
      const timer = setTimeout(() => {
        const found = `expected the radio process to start within ${START_LIMIT_MS} ms, found no answer`;
        this.#onStarted?.(new PlumblineError('radio/unavailable', found));
      }, START_LIMIT_MS);
      this.#channel = channel;
      this.#onStarted = (error) => {
        clearTimeout(timer);
        this.#onStarted = undefined;
        if (!error) {
          resolve();
          return;
        }
        if (this.#channel === channel) this.#channel = undefined;
        channel.kill();
        reject(error);
      };
    });
  }

  #onMessage(message: FromChild): void {
    switch (message.type) {
      case 'ready':
        this.#onReady();
        return;
      case 'failed':
        this.#onFailed(errorFromData(message.error));
        return;
      case 'state':
        if (!this.#onStarted) this.#setState(message.state);
        return;
      case 'advertisement':
        this.#deafReplacements = 0;
        for (const listener of this.#advertisementListeners) listener(message.advertisement);
        return;
      case 'notifications':
        this.#counter.notifications += message.items.length;
        for (const item of message.items) this.#links.get(item.link)?.deliver(item);
        return;
      case 'closed':
        this.#closeLink(message.link, message.reason, message.hciReason);
        return;
      case 'scan-restarted':
        this.#counter.scanRestarts++;
        return;
      case 'scan-dead':
        this.#deafReplacements++;
        return;
      case 'log':
        this.#options.logger[message.level](message.event, { ...message.fields });
        return;
      default:
    }
  }

  #onReady(): void {
    this.#readyAtMs = performance.now();
    this.#startComplaint = '';
    this.#onStarted?.();
    this.#setState('poweredOn');
    if (this.#wantsScan) void this.#resumeScan();
  }

  #onFailed(error: PlumblineError): void {
    if (this.#onStarted) this.#onStarted(error);
    else this.#options.logger.error('radio.process-error', { code: error.code, found: error.message });
  }

  #onEnd(channel: RadioChannel, how: string): void {
    if (channel !== this.#channel) return;
    this.#channel = undefined;
    this.#closeLinks(`the radio process ended (${how})`);
    if (this.#onStarted) {
      const printed = channel.output ? `; it said: ${channel.output}` : '';
      const found = `expected the radio process to start, found it ended (${how})${printed}`;
      this.#onStarted(new PlumblineError('radio/unavailable', found));
      return;
    }
    this.#options.logger.error('radio.process-ended', { code: 'radio/child-died', how, printed: channel.output });
    if (performance.now() - this.#readyAtMs > STABLE_MS) this.#failuresInRow = 0;
    this.#setState('restarting');
    this.#scheduleRestart();
  }

  #scheduleRestart(): void {
    const delayMs = Math.min(MAX_RESTART_MS, FIRST_RESTART_MS * 2 ** this.#failuresInRow);
    this.#failuresInRow++;
    this.#counter.radioRestarts++;
    this.#timer = setTimeout(() => {
      this.#launch().catch((error: PlumblineError) => this.#onRestartFailed(error));
    }, delayMs);
  }

  #onRestartFailed(error: PlumblineError): void {
    if (!this.#active) return;
    if (error.message !== this.#startComplaint) {
      this.#options.logger.error('radio.restart-failed', { code: error.code, found: error.message });
    }
    this.#startComplaint = error.message;
    this.#scheduleRestart();
  }

  /** Never rejects; a refused scan is asked for again. */
  async #resumeScan(): Promise<void> {
    const channel = this.#channel;
    try {
      await channel?.call({ op: 'startScan' }, () => undefined);
      this.#scanComplaint = '';
    } catch (error) {
      if (channel !== this.#channel || !this.#wantsScan) return;
      const found = messageOf(error);
      if (found !== this.#scanComplaint) this.#options.logger.warn('radio.scan-refused', { found });
      this.#scanComplaint = found;
      this.#scanTimer = setTimeout(() => void this.#resumeScan(), SCAN_RETRY_MS);
    }
  }

  #closeLinks(reason: string): void {
    for (const number of this.#links.keys()) this.#closeLink(number, reason, undefined);
  }

  #closeLink(number: number, reason: string, hciReason: number | undefined): void {
    const link = this.#links.get(number);
    if (!link) return;
    this.#links.delete(number);
    this.#counter.linkEnded(hciReason);
    const code = hciReason === undefined ? {} : { hciReason: reasonCode(hciReason) };
    this.#options.logger.info('radio.link-ended', { ...link.stats, reason, ...code });
    link.close(reason);
  }

  #setState(state: CentralState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of this.#stateListeners) listener(state);
  }
}

/** `BleCentral` over noble: one adapter, made dependable. Together with `loadNoble.ts` the only place that knows noble. */
import { messageOf, PlumblineError } from '../model/errors.ts';
import type { Advertisement, BleCentral, BleLink, CentralState, Logger, Unsubscribe } from '../model/ports.ts';
import { centralState, powerError } from './adapterState.ts';
import { advertisementOf } from './advertisementOf.ts';
import { reasonWords } from './hciReason.ts';
import { DEFAULT_LIMITS, type RadioLimits } from './limits.ts';
import { loadNoble } from './loadNoble.ts';
import { NobleLink } from './nobleLink.ts';
import {
  type AttRefusal,
  DEFAULT_MTU,
  dropPacketsOfLostLinks,
  endAllLinks,
  forgetPendingConnection,
  hasPendingConnection,
  initStoppable,
  limitMtu,
  MAX_MTU,
  reportRefusals,
} from './nobleRepairs.ts';
import { NobleScan } from './nobleScan.ts';
import type { HciSocketClass, Noble, NoblePeripheral } from './nobleShape.ts';
import { PeerMemory } from './peerMemory.ts';

/** 30-50 ms interval and 4 s supervision: noble's own 420 ms ends links that a body shadows for a moment. */
const CONNECTION_PARAMETERS = { minInterval: 0x18, maxInterval: 0x28, latency: 0, timeout: 400 };
const POLL_MS = 10;
const REASON_TIMEOUT = 0x08;

export interface NobleCentralOptions {
  /** Unix ms; stamps notifications. */
  readonly nowMs: () => number;
  readonly logger: Logger;
  /** Stands in for the kernel's HCI socket. */
  readonly hciSocket?: HciSocketClass | undefined;
  readonly hciDevice?: number | undefined;
  readonly limits?: Partial<RadioLimits> | undefined;
  /** Nobody is heard although scanning was restarted several times and nobody is connected: the radio should be restarted. */
  readonly onScanDead?: (() => void) | undefined;
}

export class NobleCentral implements BleCentral {
  readonly #options: NobleCentralOptions;
  readonly #limits: RadioLimits;
  readonly #stateListeners = new Set<(state: CentralState) => void>();
  readonly #advertisementListeners = new Set<(advertisement: Advertisement) => void>();
  readonly #links = new Map<string, NobleLink>();
  readonly #connecting = new Map<string, Promise<BleLink>>();
  #serial: Promise<unknown> = Promise.resolve();
  #noble: Noble | undefined;
  #scan: NobleScan | undefined;
  #peers: PeerMemory | undefined;
  #stopNoble: () => void = () => undefined;
  #abandonConnect: ((error: PlumblineError) => void) | undefined;
  #state: CentralState = 'unknown';

  constructor(options: NobleCentralOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
  }

  get state(): CentralState {
    return this.#state;
  }

  /** Peers that noble remembers, for the test of its memory. */
  get knownPeers(): number {
    return this.#peers?.size ?? 0;
  }

  async start(signal?: AbortSignal): Promise<void> {
    if (this.#noble) return;
    signal?.throwIfAborted();
    const noble = loadNoble(this.#options);
    this.#noble = noble;
    this.#peers = new PeerMemory(noble, (id) => this.#links.has(id) || this.#connecting.has(id));
    this.#scan = new NobleScan({
      noble,
      limits: this.#limits,
      logger: this.#options.logger,
      onDead: () => {
        if (this.#links.size === 0 && this.#connecting.size === 0) this.#options.onScanDead?.();
      },
    });
    try {
      await this.#powerOn(noble, signal);
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  async stop(): Promise<void> {
    if (!this.#noble) return;
    this.#abandonConnect?.(closedError('the radio is stopping'));
    this.#scan?.close();
    await Promise.all([
      this.#scan?.stop().catch(() => undefined),
      ...[...this.#links.values()].map((link) => link.disconnect()),
    ]);
    this.#release();
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

  async startScan(): Promise<void> {
    await this.#running().scan.start();
  }

  async stopScan(): Promise<void> {
    await this.#scan?.stop();
  }

  connect(id: string): Promise<BleLink> {
    const underWay = this.#connecting.get(id);
    if (underWay) return underWay;
    const link = this.#serial.then(() => this.#establish(id));
    this.#serial = link.catch(() => undefined);
    const ready = link.then((l) => this.#prepare(l));
    this.#connecting.set(id, ready);
    const forget = (): void => {
      this.#connecting.delete(id);
    };
    ready.then(forget, forget);
    return ready;
  }

  #running(): { noble: Noble; scan: NobleScan } {
    if (!this.#noble || !this.#scan || this.#state !== 'poweredOn') {
      throw closedError(`expected an adapter that is on, found it ${this.#state}`);
    }
    return { noble: this.#noble, scan: this.#scan };
  }

  #powerOn(noble: Noble, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => settle(closedError('starting the radio was called off'));
      const settle = (error?: PlumblineError): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        noble.removeListener('stateChange', onState);
        if (error) reject(error);
        else resolve();
      };
      const onState = (state: string): void => settle(powerError(state));
      const timer = setTimeout(() => settle(powerError('silent')), this.#limits.powerOnMs);
      signal?.addEventListener('abort', onAbort);
      noble.initialized = true;
      noble.on('stateChange', (state: string) => this.#onNobleState(state));
      noble.on('stateChange', onState);
      noble.on('discover', (peripheral: NoblePeripheral) => this.#onDiscover(peripheral));
      noble.on('warning', (found: string) => this.#options.logger.debug('radio.noble-warning', { found }));
      reportRefusals(noble._bindings, (refusal) => this.#onRefusal(refusal));
      dropPacketsOfLostLinks(noble._bindings);
      try {
        this.#stopNoble = initStoppable(noble._bindings);
      } catch (cause) {
        settle(powerError(messageOf(cause)));
      }
    });
  }

  #release(): void {
    this.#scan?.close();
    for (const link of this.#links.values()) link.close('the radio was stopped');
    this.#links.clear();
    this.#peers?.close();
    this.#stopNoble();
    this.#noble?.removeAllListeners();
    this.#noble = undefined;
    this.#scan = undefined;
  }

  #setState(state: CentralState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of this.#stateListeners) listener(state);
  }

  #onNobleState(nobleState: string): void {
    const state = centralState(nobleState);
    const wasOn = this.#state === 'poweredOn';
    this.#setState(state);
    if (wasOn && state !== 'poweredOn') this.#lose(`the adapter is ${nobleState}`);
    if (!wasOn && state === 'poweredOn') this.#scan?.restore();
  }

  /** The adapter went away under our links; noble would go on believing in them. */
  #lose(reason: string): void {
    this.#scan?.lost();
    for (const link of this.#links.values()) link.close(reason);
    if (this.#noble) endAllLinks(this.#noble._bindings, REASON_TIMEOUT);
    this.#abandonConnect?.(closedError(reason));
  }

  #onRefusal({ peripheralId, requestOpcode, attError }: AttRefusal): void {
    this.#links.get(peripheralId)?.refused(requestOpcode, attError);
  }

  #onDiscover(peripheral: NoblePeripheral): void {
    this.#scan?.heard();
    this.#peers?.remember(peripheral);
    const advertisement = advertisementOf(peripheral);
    for (const listener of this.#advertisementListeners) listener(advertisement);
  }

  async #establish(id: string): Promise<NobleLink> {
    const { noble, scan } = this.#running();
    const peripheral = this.#peers?.get(id);
    if (!peripheral) {
      throw new PlumblineError('radio/refused', `expected a device that was heard before, found the unknown id ${id}`);
    }
    if (this.#links.has(id)) {
      throw new PlumblineError('radio/refused', `expected no open link to ${id}, found one`);
    }
    const link = new NobleLink({ peripheral, limits: this.#limits, nowMs: this.#options.nowMs });
    peripheral.removeAllListeners();
    peripheral.once('disconnect', (reason?: number) => link.close(reasonWords(reason)));
    await scan.pause();
    try {
      await this.#request(noble, peripheral);
    } finally {
      scan.resume();
    }
    this.#links.set(id, link);
    void link.closed.then(() => this.#onLinkClosed(link, peripheral));
    return link;
  }

  #onLinkClosed(link: NobleLink, peripheral: NoblePeripheral): void {
    if (this.#links.get(link.id) === link) this.#links.delete(link.id);
    // The adapter did not confirm in time; noble would refuse to connect again.
    peripheral.state = 'disconnected';
  }

  /** Asks for the connection and waits for it; takes the request back when it takes too long. */
  async #request(noble: Noble, peripheral: NoblePeripheral): Promise<void> {
    const { error, isPending } = await this.#requestOutcome(peripheral);
    if (isPending) await this.#takeBack(noble, peripheral);
    if (error) throw error;
  }

  #requestOutcome(peripheral: NoblePeripheral): Promise<{ error?: PlumblineError; isPending: boolean }> {
    const { connectMs } = this.#limits;
    return new Promise((resolve) => {
      const settle = (isPending: boolean, error?: PlumblineError): void => {
        clearTimeout(timer);
        peripheral.removeListener('connect', onConnect);
        this.#abandonConnect = undefined;
        resolve(error ? { error, isPending } : { isPending });
      };
      const onConnect = (error: unknown): void => {
        if (error)
          settle(false, new PlumblineError('radio/refused', `expected a connection, found ${messageOf(error)}`));
        else settle(false);
      };
      const timer = setTimeout(() => {
        const message = `expected a connection to ${peripheral.address} within ${connectMs} ms, found no answer`;
        settle(true, new PlumblineError('radio/timeout', message));
      }, connectMs);
      this.#abandonConnect = (error) => settle(true, error);
      peripheral.mtu = null;
      peripheral.on('connect', onConnect);
      peripheral.connect(CONNECTION_PARAMETERS);
    });
  }

  async #takeBack(noble: Noble, peripheral: NoblePeripheral): Promise<void> {
    if (this.#state === 'poweredOn') {
      peripheral.cancelConnect();
      await until(() => !hasPendingConnection(noble._bindings), this.#limits.scanCommandMs);
    }
    forgetPendingConnection(noble._bindings);
    // The connection may have come about just before the request was taken back.
    if (peripheral.state === 'connected') peripheral.disconnect();
    else peripheral.state = 'disconnected';
  }

  /** MTU, then services. A link that cannot be prepared is ended. */
  async #prepare(link: NobleLink): Promise<BleLink> {
    const { noble } = this.#running();
    const peripheral = this.#peers?.get(link.id);
    await until(() => !link.isOpen || (peripheral?.mtu ?? null) !== null, this.#limits.mtuWaitMs);
    limitMtu(noble._bindings, link.id);
    link.mtu = Math.min(peripheral?.mtu ?? DEFAULT_MTU, MAX_MTU);
    try {
      await link.discover();
    } catch (error) {
      await link.disconnect();
      throw error;
    }
    return link;
  }
}

const closedError = (found: string): PlumblineError => new PlumblineError('radio/closed', found);

/** Resolves when `condition` holds or the time is over. */
async function until(condition: () => boolean, limitMs: number): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!condition() && performance.now() < endMs) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

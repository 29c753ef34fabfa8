/** `BleCentral` over noble, of either library: one adapter, made dependable. */
import { messageOf, PlumblineError } from '../model/errors.ts';
import type { Advertisement, BleCentral, CentralState, Logger, Unsubscribe } from '../model/ports.ts';
import { centralState, lostState, powerError } from './adapterState.ts';
import { advertisementOf } from './advertisementOf.ts';
import { reasonWords } from './hciReason.ts';
import { DEFAULT_LIMITS, type RadioLimits } from './limits.ts';
import { loadNoble, noblePackage } from './loadNoble.ts';
import { NobleConnector } from './nobleConnector.ts';
import { missingInternals } from './nobleInternals.ts';
import { DEFAULT_NOBLE_LIBRARY, type NobleLibrary } from './nobleLibrary.ts';
import { NobleLink } from './nobleLink.ts';
import {
  type AttRefusal,
  DEFAULT_MTU,
  dropPacketsOfLostLinks,
  endAllLinks,
  limitMtu,
  MAX_MTU,
  reportRefusals,
} from './nobleRepairs.ts';
import { NobleScan } from './nobleScan.ts';
import type { HciSocketClass, Noble, NoblePeripheral } from './nobleShape.ts';
import { holdStart, type PacketFailure, startNoble, survivePackets } from './nobleStart.ts';
import { PeerMemory } from './peerMemory.ts';
import { until } from './until.ts';

const REASON_TIMEOUT = 0x08;
/** Of a packet that could not be read, bytes in the log. */
const LOGGED_BYTES = 32;

export interface NobleCentralOptions {
  /** Unix ms; stamps notifications. */
  readonly nowMs: () => number;
  readonly logger: Logger;
  readonly library?: NobleLibrary | undefined;
  /** Stands in for the kernel's HCI socket. */
  readonly hciSocket?: HciSocketClass | undefined;
  readonly hciDevice?: number | undefined;
  readonly limits?: Partial<RadioLimits> | undefined;
  /** As in `NobleScanOptions`. */
  readonly deafReplacements?: number | undefined;
  /** Nobody was heard for so long that scanning was restarted. */
  readonly onScanRestart?: (() => void) | undefined;
  /**
   * Nobody is connected, and nobody is heard although scanning was restarted several times, or the adapter refuses to scan: the radio
   * should be restarted.
   */
  readonly onScanDead?: (() => void) | undefined;
}

export class NobleCentral implements BleCentral {
  readonly #options: NobleCentralOptions;
  readonly #limits: RadioLimits;
  readonly #stateListeners = new Set<(state: CentralState) => void>();
  readonly #advertisementListeners = new Set<(advertisement: Advertisement) => void>();
  readonly #links = new Map<string, NobleLink>();
  readonly #connecting = new Map<string, Promise<NobleLink>>();
  #serial: Promise<unknown> = Promise.resolve();
  #noble: Noble | undefined;
  #scan: NobleScan | undefined;
  #connector: NobleConnector | undefined;
  #peers: PeerMemory | undefined;
  #stopNoble: () => void = () => undefined;
  #packetFailed = false;
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
    this.#connector = new NobleConnector({
      noble,
      limits: this.#limits,
      logger: this.#options.logger,
      isLinked: (id) => this.#links.has(id),
    });
    this.#scan = new NobleScan({
      noble,
      limits: this.#limits,
      logger: this.#options.logger,
      deafReplacements: this.#options.deafReplacements,
      onRestart: () => this.#options.onScanRestart?.(),
      onDead: () => {
        if (this.#links.size === 0 && this.#connecting.size === 0) this.#options.onScanDead?.();
      },
    });
    try {
      await this.#powerOn(noble, signal);
      const { library = DEFAULT_NOBLE_LIBRARY, logger } = this.#options;
      logger.info('radio.started', { library, version: noblePackage(library).version });
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  async stop(): Promise<void> {
    if (!this.#noble) return;
    this.#connector?.abandon(closedError('the radio is stopping'));
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

  connect(id: string): Promise<NobleLink> {
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

  #running(): { noble: Noble; scan: NobleScan; connector: NobleConnector } {
    if (!this.#noble || !this.#scan || !this.#connector || this.#state !== 'poweredOn') {
      throw closedError(`expected an adapter that is on, found it ${this.#state}`);
    }
    return { noble: this.#noble, scan: this.#scan, connector: this.#connector };
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
      holdStart(noble);
      noble.on('stateChange', (state: string) => this.#onNobleState(state));
      noble.on('stateChange', onState);
      noble.on('discover', (peripheral: NoblePeripheral) => this.#onDiscover(peripheral));
      // noble's own listener prints them.
      noble.removeAllListeners('warning');
      noble.on('warning', (found: string) => this.#options.logger.debug('radio.noble-warning', { found }));
      try {
        this.#startNoble(noble);
      } catch (cause) {
        settle(powerError(messageOf(cause)));
      }
    });
  }

  #startNoble(noble: Noble): void {
    const { library = DEFAULT_NOBLE_LIBRARY, logger } = this.#options;
    reportRefusals(noble._bindings, (refusal) => this.#onRefusal(refusal));
    this.#stopNoble = startNoble(noble);
    dropPacketsOfLostLinks(noble._bindings);
    survivePackets(noble._bindings, (failure) => this.#onPacketFailure(failure));
    this.#scan?.attach();
    const missing = missingInternals(noble, library);
    if (missing.length > 0) logger.warn('radio.repairs-missing', { library, missing });
  }

  /** Logged once: a peer that sends one such packet may send thousands. */
  #onPacketFailure({ found, packet }: PacketFailure): void {
    if (!this.#packetFailed) {
      const bytes = packet.subarray(0, LOGGED_BYTES).toString('hex');
      this.#options.logger.error('radio.packet-failed', { found, bytes });
    }
    this.#packetFailed = true;
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
    this.#connector = undefined;
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
    this.#connector?.abandon(closedError(reason));
    this.#peers?.forgetAll();
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
    const { noble, scan, connector } = this.#running();
    const peripheral = this.#peers?.get(id);
    if (!peripheral) {
      throw new PlumblineError('radio/refused', `expected a device that was heard before, found the unknown id ${id}`);
    }
    if (this.#links.has(id)) {
      throw new PlumblineError('radio/refused', `expected no open link to ${id}, found one`);
    }
    const link = new NobleLink({ peripheral, limits: this.#limits, nowMs: this.#options.nowMs });
    peripheral.removeAllListeners();
    peripheral.once('disconnect', (reason: unknown) => this.#onDisconnect(noble, link, reason));
    await scan.pause();
    try {
      await connector.request(peripheral, () => this.#state === 'poweredOn');
    } finally {
      scan.resume();
    }
    this.#links.set(id, link);
    void link.closed.then(() => this.#onLinkClosed(link, peripheral));
    return link;
  }

  #onDisconnect({ _bindings }: Noble, link: NobleLink, reason: unknown): void {
    const lost = lostState(_bindings);
    // stoprocent ends the links itself when the adapter goes away, before it says so.
    if (lost !== undefined) link.close(lost);
    else if (typeof reason === 'number') link.close(reasonWords(reason), reason);
    else link.close(reasonWords(undefined));
  }

  #onLinkClosed(link: NobleLink, peripheral: NoblePeripheral): void {
    if (this.#links.get(link.id) === link) this.#links.delete(link.id);
    // The adapter did not confirm in time; noble would refuse to connect again.
    peripheral.state = 'disconnected';
  }

  /** MTU, then services. A link that cannot be prepared is ended. */
  async #prepare(link: NobleLink): Promise<NobleLink> {
    const { noble } = this.#running();
    await until(() => !link.isOpen || link.offeredMtu !== undefined, this.#limits.mtuWaitMs);
    limitMtu(noble._bindings, link.id);
    link.mtu = Math.min(link.offeredMtu ?? DEFAULT_MTU, MAX_MTU);
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

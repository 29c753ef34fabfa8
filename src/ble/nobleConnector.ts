/** Asks the adapter for one connection at a time, and takes the request back when it takes too long (traps 13 and 14). */
import { messageOf, PlumblineError } from '../model/errors.ts';
import type { Logger } from '../model/ports.ts';
import { lostState } from './adapterState.ts';
import type { RadioLimits } from './limits.ts';
import { forgetPendingConnection, hasPendingConnection } from './nobleRepairs.ts';
import type { Noble, NoblePeripheral } from './nobleShape.ts';
import { until } from './until.ts';

/** 30-50 ms interval and 4 s supervision: noble's own 420 ms ends links that a body shadows for a moment. */
const CONNECTION_PARAMETERS = { minInterval: 0x18, maxInterval: 0x28, latency: 0, timeout: 400 };

export interface NobleConnectorOptions {
  readonly noble: Noble;
  readonly limits: RadioLimits;
  readonly logger: Logger;
  /** Somebody has a link to that device. */
  readonly isLinked: (id: string) => boolean;
}

export class NobleConnector {
  readonly #options: NobleConnectorOptions;
  #requestedId: string | undefined;
  #abandon: ((error: PlumblineError) => void) | undefined;

  constructor(options: NobleConnectorOptions) {
    this.#options = options;
    options.noble._bindings.on('connect', (id: string, error: unknown) => this.#onConnect(id, error));
  }

  /** The adapter went away, or is about to: whoever waits for a connection is told. */
  abandon(error: PlumblineError): void {
    this.#abandon?.(error);
  }

  /** @throws PlumblineError `radio/timeout`, `radio/refused`, or what it was abandoned with */
  async request(peripheral: NoblePeripheral, isAdapterOn: () => boolean): Promise<void> {
    this.#requestedId = peripheral.id;
    const { error, isPending } = await this.#outcome(peripheral);
    this.#requestedId = undefined;
    if (isPending) await this.#takeBack(peripheral, isAdapterOn());
    if (error) throw error;
  }

  #outcome(peripheral: NoblePeripheral): Promise<{ error?: PlumblineError; isPending: boolean }> {
    const { connectMs } = this.#options.limits;
    return new Promise((resolve) => {
      const settle = (isPending: boolean, error?: PlumblineError): void => {
        clearTimeout(timer);
        peripheral.removeListener('connect', onConnect);
        this.#abandon = undefined;
        if (isPending) this.#requestedId = undefined;
        resolve(error ? { error, isPending } : { isPending });
      };
      const onConnect = (error: unknown): void => settle(false, error ? this.#refusal(error) : undefined);
      const timer = setTimeout(() => {
        const message = `expected a connection to ${peripheral.address} within ${connectMs} ms, found no answer`;
        settle(true, new PlumblineError('radio/timeout', message));
      }, connectMs);
      this.#abandon = (error) => settle(true, error);
      peripheral.mtu = null;
      peripheral.on('connect', onConnect);
      peripheral.connect(CONNECTION_PARAMETERS);
    });
  }

  #refusal(error: unknown): PlumblineError {
    const lost = lostState(this.#options.noble._bindings);
    return new PlumblineError(
      lost === undefined ? 'radio/refused' : 'radio/closed',
      `expected a connection, found ${lost ?? messageOf(error)}`,
    );
  }

  async #takeBack(peripheral: NoblePeripheral, isAdapterOn: boolean): Promise<void> {
    const { noble, limits } = this.#options;
    if (isAdapterOn) {
      peripheral.cancelConnect();
      await until(() => !hasPendingConnection(noble._bindings), limits.scanCommandMs);
    }
    forgetPendingConnection(noble._bindings);
    if (peripheral.state === 'connecting' || peripheral.state === 'error') peripheral.state = 'disconnected';
  }

  /** A request may have been granted just before it was taken back; a link that nobody holds would block its device. */
  #onConnect(id: string, error: unknown): void {
    const { noble, logger, isLinked } = this.#options;
    if (error || typeof id !== 'string' || id === this.#requestedId || isLinked(id)) return;
    logger.warn('radio.unwanted-link', { id });
    noble._bindings.disconnect?.(id);
  }
}
